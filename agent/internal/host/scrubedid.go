package host

import (
	"encoding/binary"
	"fmt"
	"strings"
)

const edidBlock = 128

// edid replaces the serial numbers of a display's identity block. Sums keep
// their remainder, so that a block that was in order stays so and a faulty one
// stays faulty. Of what is no EDID only the part before a serial number is kept.
func (s scrubber) edid(raw []byte) []byte {
	if len(raw) < edidBlock || raw[0] != 0 || raw[1] != 0xff {
		return raw[:min(len(raw), 12)]
	}
	out := append([]byte(nil), raw...)
	base := out[:edidBlock]
	s.serialNumber(base[12:16])
	for at := 54; at <= 108; at += 18 {
		if d := base[at : at+18]; d[0] == 0 && d[1] == 0 && d[3] == 0xff {
			s.serialText(d[5:18])
		}
	}
	keepSum(base, raw[:edidBlock], edidBlock-1)
	for at := edidBlock; at+edidBlock <= len(out); at += edidBlock {
		if out[at] == 0x70 {
			s.displayID(out[at : at+edidBlock])
			keepSum(out[at:at+edidBlock], raw[at:at+edidBlock], edidBlock-1)
		}
	}
	return out
}

// serialNumber replaces four bytes in place; none stays none.
func (s scrubber) serialNumber(field []byte) {
	number := binary.LittleEndian.Uint32(field)
	bytes, changed := s.stream(fmt.Sprintf("%08x", number))
	if number != 0 && changed {
		bytes[0] |= 1 // not none
		copy(field, bytes[:4])
	}
}

// serialText replaces the text of a descriptor up to its line end.
func (s scrubber) serialText(field []byte) {
	text, _, _ := strings.Cut(string(field), "\n")
	trimmed := strings.TrimRight(text, " \x00")
	copy(field, s.serial(trimmed))
}

// displayID replaces what tells one unit from another in a DisplayID extension.
func (s scrubber) displayID(block []byte) {
	before := append([]byte(nil), block...)
	end := min(5+int(block[2]), edidBlock-2) // of the section; its own sum follows
	for at := 5; at+3 <= end; {
		tag, length := block[at], int(block[at+2])
		if length == 0 && tag == 0 {
			break // padding
		}
		s.ownNumber(tag, block[min(at+3, end):min(at+3+length, end)])
		at += 3 + length
	}
	keepSum(block[1:end+1], before[1:end+1], end-1)
}

// ownNumber replaces the serial number in a data block: of the product (0x00, 0x20),
// as text (0x0a), of the picture that tiles make together (0x12, 0x28), or of
// the device that the display is a part of (0x29).
func (s scrubber) ownNumber(tag byte, payload []byte) {
	switch {
	case (tag == 0x00 || tag == 0x20) && len(payload) >= 9:
		s.serialNumber(payload[5:9])
	case tag == 0x0a:
		s.serialText(payload)
	case (tag == 0x12 || tag == 0x28) && len(payload) >= 22:
		s.serialNumber(payload[18:22])
	case tag == 0x29:
		if bytes, changed := s.stream(fmt.Sprintf("%x", payload)); changed {
			copy(payload, bytes[:])
		}
	}
}

// keepSum changes the byte at the place so that the bytes add up as before.
func keepSum(now, before []byte, place int) {
	var difference byte
	for i := range now {
		difference += before[i] - now[i]
	}
	now[place] += difference
}
