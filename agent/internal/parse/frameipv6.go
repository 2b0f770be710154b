package parse

import "encoding/binary"

// What may stand between an IPv6 header and what the packet carries (RFC 8200,
// RFC 4302, RFC 6275, RFC 7401, RFC 5533).
const (
	ipv6HopByHop       = 0
	ipv6Routing        = 43
	ipv6Fragment       = 44
	ipv6Authentication = 51
	ipv6Destination    = 60
	ipv6Mobility       = 135
	ipv6HIP            = 139
	ipv6Shim           = 140

	ipv6Header     = 40
	ipv6Extensions = 8 // more than any sender needs
)

// ipv6Payload steps over the IPv6 header and its extension headers. A fragment
// that is the whole packet (RFC 6946) is read as one.
func ipv6Payload(packet []byte) (protocol byte, body []byte, err error) {
	if len(packet) < ipv6Header || packet[0]>>4 != 6 {
		return 0, nil, errIPv6
	}
	protocol, body = packet[6], packet[ipv6Header:]
	// A length of zero is that of a jumbogram (RFC 2675).
	if length := int(binary.BigEndian.Uint16(packet[4:])); length != 0 {
		body = body[:min(length, len(body))]
	}
	for range ipv6Extensions + 1 {
		size, extension := 0, true
		switch protocol {
		case ipv6HopByHop, ipv6Routing, ipv6Destination, ipv6Mobility, ipv6HIP, ipv6Shim:
			if len(body) >= 2 {
				size = (int(body[1]) + 1) * 8
			}
		case ipv6Authentication:
			if len(body) >= 2 {
				size = (int(body[1]) + 2) * 4
			}
		case ipv6Fragment:
			size = 8
		default:
			extension = false
		}
		if !extension {
			return protocol, body, nil
		}
		if size == 0 || size > len(body) {
			return 0, nil, errExtension
		}
		const moreOrOffset = 0xfff9
		if protocol == ipv6Fragment && binary.BigEndian.Uint16(body[2:])&moreOrOffset != 0 {
			return 0, nil, ErrFragment
		}
		protocol, body = body[0], body[size:]
	}
	return 0, nil, errManyExtra
}
