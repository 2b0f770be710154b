package parse

import "encoding/binary"

// STUN (RFC 8489) and what TURN adds to it (RFC 8656, RFC 6062).
const (
	stunHeader = 20
	stunCookie = 0x2112a442

	stunBinding = 0x001
	stunPing    = 0x080 // what WebRTC sends in place of some bindings

	turnAllocate = 0x003
	turnRefresh  = 0x004
	turnSend     = 0x006
	turnRelayed  = 0x007
	turnPermit   = 0x008
	turnChannel  = 0x009
	turnConnect  = 0x00a
	turnBind     = 0x00b
	turnAttempt  = 0x00c

	stunRequestedTransport = 0x0019
	stunSoftwareAttribute  = 0x8022

	stunRequest    = 0
	stunIndication = 1

	stunSoftware = 64 // bytes of it that are kept
)

// stunMessage reads one message at the beginning of b and says how long it is.
// The attributes must fill it exactly.
func stunMessage(b []byte) (h Handshake, whole int, ok bool) {
	if len(b) < stunHeader || b[0]&0xc0 != 0 || binary.BigEndian.Uint32(b[4:]) != stunCookie {
		return Handshake{}, 0, false
	}
	kind, length := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
	if length%4 != 0 || length > len(b)-stunHeader {
		return Handshake{}, 0, false
	}
	// The two bits of the class stand among those of the method.
	class := kind>>4&1 | kind>>7&2
	method := kind&0xf | kind>>1&0x70 | kind>>2&0xf80
	switch method {
	case stunBinding, stunPing:
		h.Kind = "stun"
	case turnAllocate, turnRefresh, turnSend, turnRelayed, turnPermit, turnChannel, turnConnect, turnBind, turnAttempt:
		h.Kind = "turn"
	default:
		return Handshake{}, 0, false
	}
	fromServer := method == turnRelayed || method == turnAttempt
	h.FromClient = class == stunRequest || class == stunIndication && !fromServer
	for rest := b[stunHeader : stunHeader+length]; len(rest) > 0; {
		attribute, size := binary.BigEndian.Uint16(rest), int(binary.BigEndian.Uint16(rest[2:]))
		padded := 4 + (size+3)&^3
		if padded > len(rest) {
			return Handshake{}, 0, false
		}
		switch attribute {
		case stunSoftwareAttribute:
			h.Software = printable(rest[4:][:min(size, stunSoftware)])
		case stunRequestedTransport:
			h.Kind = "turn"
		}
		rest = rest[padded:]
	}
	return h, stunHeader + length, true
}

// stunOverTCP reads a stream that begins with STUN: as to a TURN server, or with
// the length before it that ICE puts there (RFC 4571, RFC 6544).
func stunOverTCP(b []byte) (Handshake, bool) {
	if h, _, ok := stunMessage(b); ok {
		return h, true
	}
	if len(b) < 2+stunHeader {
		return Handshake{}, false
	}
	h, whole, ok := stunMessage(b[2:])
	return h, ok && int(binary.BigEndian.Uint16(b)) == whole
}
