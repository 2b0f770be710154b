package parse

import "encoding/binary"

// How an OpenVPN session begins: a reset in clear, or behind tls-auth,
// tls-crypt or tls-crypt-v2. The first byte is the kind of the packet and the
// number of its key, which is zero in a reset.
const (
	openvpnClientV2 = 7 << 3
	openvpnServerV2 = 8 << 3
	openvpnClientV3 = 10 << 3

	openvpnSession = 9  // bytes of the kind and the session's number
	openvpnDrawn   = 6  // different bytes at least among the eight of a session's number
	openvpnCount   = 8  // bytes of the packet's number and time against replay
	openvpnTag     = 32 // bytes of tls-crypt's code
	openvpnClient  = 5  // bytes of what a client's reset says: acknowledges nothing, packet 0
	openvpnServer  = 17 // and of a server's: acknowledges one, number 0, of whose session, packet 0
	openvpnCookie  = 6  // bytes that a server adds when it has kept nothing of the client yet

	openvpnWrapped    = 290 // bytes of the smallest wrapped key of tls-crypt-v2
	openvpnWrappedMax = 2048
)

// openvpnCodes are the lengths of the codes that tls-auth may be set to.
var openvpnCodes = [...]int{16, 20, 28, 32, 48, 64}

// openvpnReset reads one packet.
func openvpnReset(b []byte) (fromClient, ok bool) {
	// A session's number is drawn at random. What only counts is none.
	if len(b) < openvpnSession+openvpnClient || different(b[1:openvpnSession]) < openvpnDrawn {
		return false, false
	}
	switch b[0] {
	case openvpnClientV2:
		return true, openvpnSays(b, openvpnClient)
	case openvpnServerV2:
		return false, openvpnSays(b, openvpnServer) || openvpnSays(b, openvpnServer+openvpnCookie)
	case openvpnClientV3:
		return true, openvpnWraps(b)
	}
	return false, false
}

// openvpnSays says whether a reset with so many bytes to say is one, in any of
// the three wrappings.
func openvpnSays(b []byte, says int) bool {
	after := b[openvpnSession:]
	if len(after) == says {
		return openvpnClear(after)
	}
	if len(after) == openvpnCount+openvpnTag+says && openvpnCounts(after) && looksRandom(after[openvpnCount:]) {
		return true
	}
	for _, code := range openvpnCodes {
		if len(after) == code+openvpnCount+says {
			return openvpnCounts(after[code:]) && openvpnClear(after[code+openvpnCount:])
		}
	}
	return false
}

// openvpnClear reads what a reset says in clear.
func openvpnClear(says []byte) bool {
	if len(says) == openvpnClient {
		return zero(says)
	}
	return says[0] == 1 && zero(says[1:5]) && different(says[5:13]) >= openvpnDrawn && zero(says[13:17])
}

// openvpnCounts reads the number and time against replay: a session begins with
// low numbers, which since 2.6 count from 0x0f000000 where the client offers a cookie.
func openvpnCounts(b []byte) bool {
	const early, few, year2004 = 0x0f000000, 256, 1 << 30
	number := binary.BigEndian.Uint32(b)
	low := number != 0 && number < few || number >= early && number < early+few
	return low && binary.BigEndian.Uint32(b[4:]) >= year2004
}

// openvpnWraps reads the reset of tls-crypt-v2: behind it stands the client's
// key as the server wrapped it, which ends with its length.
func openvpnWraps(b []byte) bool {
	const reset = openvpnSession + openvpnCount + openvpnTag + openvpnClient
	if len(b) < reset+openvpnWrapped || len(b) > reset+openvpnWrappedMax {
		return false
	}
	return len(b)-reset == int(binary.BigEndian.Uint16(b[len(b)-2:])) && openvpnCounts(b[openvpnSession:])
}

// openvpnOverTCP reads a stream's first packet, which is all that either side
// says before it hears from the other. Its length stands before it.
func openvpnOverTCP(b []byte) (fromClient, ok bool) {
	if len(b) < 2 || int(binary.BigEndian.Uint16(b)) != len(b)-2 {
		return false, false
	}
	return openvpnReset(b[2:])
}
