package parse

import (
	"bytes"
	"errors"
)

// BannerBytes of what a program says first are enough to know its protocol.
const BannerBytes = 16

// ErrNoBanner says that a program's first words are of no protocol that is looked for.
var ErrNoBanner = errors.New("no known banner")

// ParseBanner names the protocol in which a program greets whoever connected to
// it, by the first bytes that it sent: rfb, rdp, barrier, synergy, spice, nx,
// x11 or ssh. Nothing behind BannerBytes is looked at.
//
// Sources: RFC 6143 §7.1.1 (RFB), RFC 6455 §5.2 (RFB within WebSocket),
// MS-RDPBCGR §2.2.1.2 (RDP), the SPICE protocol's link message, the X Window
// System Protocol's setup, RFC 4253 §4.2 (SSH), Barrier's protocol_types.h.
func ParseBanner(said []byte) (string, error) {
	said = said[:min(len(said), BannerBytes)]
	for _, greeting := range []struct{ protocol, words string }{
		{"rfb", "RFB 0"},
		{"rfb", "\x82\x0cRFB 0"}, // one binary message of 12 bytes: what a browser is sent
		{"spice", "REDQ"},
		{"ssh", "SSH-"},
		{"nx", "NXD-"},
		{"nx", "NXSH-"},
		{"barrier", "\x00\x00\x00\x0bBarrier"},
		{"synergy", "\x00\x00\x00\x0bSynergy"},
	} {
		if bytes.HasPrefix(said, []byte(greeting.words)) {
			return greeting.protocol, nil
		}
	}
	switch {
	case confirmsRDP(said):
		return "rdp", nil
	case acceptsX(said):
		return "x11", nil
	}
	return "", ErrNoBanner
}

// confirmsRDP knows the answer to a connection request: TPKT of 19 bytes, an
// X.224 connection confirm of 14, and RDP's own answer or refusal in it. Others
// speak X.224 as well, such as industrial controllers, without the last.
func confirmsRDP(said []byte) bool {
	return len(said) >= 14 && bytes.HasPrefix(said, []byte{3, 0, 0, 19, 14, 0xd0}) && (said[11] == 2 || said[11] == 3) && said[13] == 8
}

// acceptsX knows the setup of X11 in either order of bytes: success, version
// 11.0, and a length that is never zero.
func acceptsX(said []byte) bool {
	if len(said) < 8 || said[0] != 1 {
		return false
	}
	little := bytes.HasPrefix(said[2:], []byte{11, 0, 0, 0})
	big := bytes.HasPrefix(said[2:], []byte{0, 11, 0, 0})
	return (little || big) && (said[6] != 0 || said[7] != 0)
}
