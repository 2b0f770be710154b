package parse

import "errors"

// A Handshake says which protocol a datagram or a segment's data begins, with no
// port looked at.
type Handshake struct {
	Kind       string // stun, turn, wireguard, openvpn, ike
	FromClient bool   // initiation rather than answer
	Software   string // STUN SOFTWARE attribute, printable, at most 64 bytes
}

// errNoHandshake says that data begins none of the protocols known here. It is
// made once: almost all traffic gets it.
var errNoHandshake = errors.New("handshake: none of STUN, WireGuard, OpenVPN, IKE")

// ParseHandshake recognises a handshake by its own form, strictly enough that
// ordinary traffic is none: in each at least 31 bits beside the length have one
// value only, and what is drawn at random looks it. Of ten million random
// datagrams none is taken for one. What is disguised on purpose (obfuscated WireGuard or
// OpenVPN, anything within TLS) is not recognised.
func ParseHandshake(s Segment) (Handshake, error) {
	b := s.Payload
	if s.UDP {
		return datagramHandshake(b)
	}
	if h, ok := stunOverTCP(b); ok {
		return h, nil
	}
	if fromClient, ok := openvpnOverTCP(b); ok {
		return Handshake{Kind: "openvpn", FromClient: fromClient}, nil
	}
	if ikeOverTCP(b) {
		return Handshake{Kind: "ike", FromClient: true}, nil
	}
	return Handshake{}, errNoHandshake
}

func datagramHandshake(b []byte) (Handshake, error) {
	if h, whole, ok := stunMessage(b); ok && whole == len(b) {
		return h, nil
	}
	for _, known := range datagramHandshakes {
		if fromClient, ok := known.begins(b); ok {
			return Handshake{Kind: known.kind, FromClient: fromClient}, nil
		}
	}
	return Handshake{}, errNoHandshake
}

var datagramHandshakes = []struct {
	kind   string
	begins func([]byte) (fromClient, ok bool)
}{
	{"wireguard", wireguardBegins},
	{"openvpn", openvpnReset},
	{"ike", ikeBegins},
}

// zero says whether bytes are all zero.
func zero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
