package parse

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"strings"
)

// leasePacket is the name under which macOS keeps the server's last message.
const leasePacket = "PacketData"

var errLeasePlist = errors.New("lease: a property list without " + leasePacket)

// leasePacketBytes finds the server's message in a lease file of macOS. The rest of
// the package never reads bytes out of a property list, since there they are keys.
func leasePacketBytes(b []byte) ([]byte, error) {
	if bytes.HasPrefix(b, []byte("bplist00")) {
		return binaryLeasePacket(b)
	}
	in := xml.NewDecoder(bytes.NewReader(settingsText(b)))
	in.Strict = false
	walk := plistWalk{in: in}
	wanted := false
	for {
		token, err := in.Token()
		if err != nil {
			return nil, errLeasePlist
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local == "plist" || start.Name.Local == "dict" {
			continue
		}
		text, err := walk.text()
		if err != nil {
			return nil, errLeasePlist
		}
		if wanted && start.Name.Local == "data" {
			packet, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
			if err != nil {
				return nil, errors.New("lease: " + leasePacket + " is not base64")
			}
			return packet, nil
		}
		wanted = start.Name.Local == "key" && text == leasePacket
	}
}

// binaryLeasePacket looks in the top dict of a binary list only.
func binaryLeasePacket(b []byte) ([]byte, error) {
	r, top, err := openBinaryPlist(b, Wanted{})
	if err != nil {
		return nil, err
	}
	mark, rest, err := r.at(top)
	if err != nil || mark>>4 != 0xd {
		return nil, errLeasePlist
	}
	count, rest, err := plistCount(mark, rest)
	if err != nil || count > plistObjects || 2*count*uint64(r.referSize) > uint64(len(rest)) {
		return nil, errLeasePlist
	}
	for i := range count {
		key, err := r.key(wideNumber(rest[i*uint64(r.referSize):][:r.referSize]))
		if err != nil || key != leasePacket {
			continue
		}
		mark, body, err := r.at(wideNumber(rest[(count+i)*uint64(r.referSize):][:r.referSize]))
		if err != nil || mark>>4 != 4 {
			return nil, errLeasePlist
		}
		size, body, err := plistCount(mark, body)
		if err != nil || size > uint64(len(body)) {
			return nil, errLeasePlist
		}
		return body[:size], nil
	}
	return nil, errLeasePlist
}
