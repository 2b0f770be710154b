package host

import "encoding/binary"

// xCookie finds the key for a display in a file of keys (Xau(3)): big-endian,
// family, then address, display, name and value, each behind its length. One
// without a display's number is for all.
func xCookie(keys []byte, display string) []byte {
	for len(keys) > 2 {
		keys = keys[2:]
		var fields [4][]byte
		for i := range fields {
			if len(keys) < 2 || len(keys) < 2+int(binary.BigEndian.Uint16(keys)) {
				return nil
			}
			end := 2 + int(binary.BigEndian.Uint16(keys))
			fields[i], keys = keys[2:end], keys[end:]
		}
		if string(fields[2]) == cookieName && (len(fields[1]) == 0 || string(fields[1]) == display) {
			return fields[3]
		}
	}
	return nil
}
