package parse

import (
	"bytes"
	"encoding/binary"
)

// The messages that begin an IKE association: IKEv1 (RFC 2408), IKEv2 (RFC 7296).
const (
	ikeHeader = 28
	ikeMarker = 4 // zero bytes that tell IKE from ESP where both use one port

	ikeVersion1   = 0x10
	ikeVersion2   = 0x20
	ikeMain       = 2
	ikeAggressive = 4
	ikeInit       = 34
	ikeResume     = 38

	ikeFlagInitiator = 0x08
	ikeFlagVersion   = 0x10 // speaks higher versions too
	ikeFlagResponse  = 0x20

	ikePayloads = 64 // of one message; an offer has about ten

	ikeAssociation1 = 1
	ikeAssociation2 = 33
	ikeNotify2      = 41
)

// ikeBegins reads one message, with or without the marker before it.
func ikeBegins(b []byte) (fromClient, ok bool) {
	if len(b) >= ikeMarker && zero(b[:ikeMarker]) {
		b = b[ikeMarker:]
	}
	if len(b) < ikeHeader || uint64(binary.BigEndian.Uint32(b[24:])) != uint64(len(b)) {
		return false, false
	}
	if zero(b[:8]) || !zero(b[20:24]) { // its sender has a number; the message is the first
		return false, false
	}
	answered, first, exchange, flags := !zero(b[8:16]), b[16], b[18], b[19]
	switch b[17] {
	case ikeVersion1:
		if exchange != ikeMain && exchange != ikeAggressive || flags != 0 || first != ikeAssociation1 {
			return false, false
		}
		return !answered, ikeChain(b[ikeHeader:], first, ikeVersion1)
	case ikeVersion2:
		if exchange != ikeInit && exchange != ikeResume {
			return false, false
		}
		switch flags &^ ikeFlagVersion {
		case ikeFlagInitiator:
			return true, !answered && ikeChain(b[ikeHeader:], first, ikeVersion2)
		case ikeFlagResponse:
			return false, ikeChain(b[ikeHeader:], first, ikeVersion2)
		}
	}
	return false, false
}

// ikeChain follows the payloads, each of which names the next: they must be of
// known kinds, fill the message exactly, and agree on something or say why not.
func ikeChain(rest []byte, kind, version byte) bool {
	agrees := false
	for range ikePayloads {
		if kind == 0 {
			return len(rest) == 0 && agrees
		}
		if !ikeKnows(kind, version) || len(rest) < 4 {
			return false
		}
		size := int(binary.BigEndian.Uint16(rest[2:]))
		if size < 4 || size > len(rest) {
			return false
		}
		agrees = agrees || kind == ikeAssociation1 && version == ikeVersion1 || version == ikeVersion2 && (kind == ikeAssociation2 || kind == ikeNotify2)
		kind, rest = rest[0], rest[size:]
	}
	return false
}

// ikeKnows says whether a payload may stand in clear; those above 127 are for private use.
func ikeKnows(kind, version byte) bool {
	if kind >= 128 {
		return true
	}
	if version == ikeVersion1 {
		return kind <= 21
	}
	return kind >= 33 && kind <= 54
}

// ikeOverTCP reads the beginning of IKE over TCP (RFC 9329), which its initiator marks.
func ikeOverTCP(b []byte) bool {
	rest, ok := bytes.CutPrefix(b, []byte("IKETCP"))
	if !ok || len(rest) == 0 {
		return ok
	}
	if len(rest) < 2 {
		return false
	}
	length := int(binary.BigEndian.Uint16(rest))
	if length < 2+ikeMarker || length > len(rest) || !zero(rest[2:2+ikeMarker]) {
		return false
	}
	fromClient, begins := ikeBegins(rest[2:length])
	return fromClient && begins
}
