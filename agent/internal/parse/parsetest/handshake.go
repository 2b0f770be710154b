package parsetest

import (
	"encoding/binary"
	"math/rand/v2"
)

// noise is what encryption leaves, the same every time.
func noise(n int) []byte {
	source := rand.NewChaCha8([32]byte{7})
	b := make([]byte, n)
	_, _ = source.Read(b) // never fails
	return b
}

// STUN is a message of a class (0 request, 1 indication, 2 success, 3 error) and a
// method (1 binding, 3 allocate, …), with a SOFTWARE attribute unless it is empty
// (RFC 8489).
func STUN(class, method uint16, software string) []byte {
	kind := method&0xf | method&0x70<<1 | method&0xf80<<2 | class&1<<4 | class&2<<7
	b := binary.BigEndian.AppendUint16(nil, kind)
	b = append(b, 0, 0, 0x21, 0x12, 0xa4, 0x42)
	b = append(b, noise(12)...)
	if software != "" {
		b = binary.BigEndian.AppendUint16(b, 0x8022)
		b = binary.BigEndian.AppendUint16(b, uint16(len(software)))
		b = append(b, software...)
		b = append(b, make([]byte, (4-len(software)%4)%4)...)
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)-20))
	return b
}

// WireGuard is a handshake's initiation, or the answer to it.
func WireGuard(initiation bool) []byte {
	size, kind, key := 92, byte(2), 43
	if initiation {
		size, kind, key = 148, 1, 39
	}
	b := noise(size)
	copy(b, []byte{kind, 0, 0, 0})
	b[key] &= 0x7f                      // keys are numbers below 2^255
	copy(b[size-16:], make([]byte, 16)) // no cookie
	return b
}

// OpenVPN is the reset that begins a session, in clear: a client's, or a server's answer.
func OpenVPN(client bool) []byte {
	if client {
		return append(append([]byte{7 << 3}, noise(8)...), 0, 0, 0, 0, 0)
	}
	b := append([]byte{8 << 3}, noise(16)[8:]...)
	b = append(b, 1, 0, 0, 0, 0)
	b = append(b, noise(8)...)
	return append(b, 0, 0, 0, 0)
}

// OverTCP puts the length before a message that is one of a stream.
func OverTCP(message []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...)
}

// IKE is the offer that begins an association (IKEv2), or the answer to it.
func IKE(initiator bool) []byte {
	b := noise(8)
	if initiator {
		b = append(b, make([]byte, 8)...)
		b = append(b, 33, 0x20, 34, 0x08)
	} else {
		b = append(b, noise(16)[8:]...)
		b = append(b, 33, 0x20, 34, 0x20)
	}
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	offer := []byte{
		0, 0, 0, 44, 1, 1, 0, 4, // one proposal of four parts
		3, 0, 0, 12, 1, 0, 0, 12, 0x80, 14, 0, 128, // AES-CBC of 128 bits
		3, 0, 0, 8, 2, 0, 0, 5, 3, 0, 0, 8, 3, 0, 0, 12, // SHA-256 for both
		0, 0, 0, 8, 4, 0, 0, 14, // group 14
	}
	for _, part := range []struct {
		next byte
		body []byte
	}{{34, offer}, {40, append([]byte{0, 14, 0, 0}, noise(256)...)}, {0, noise(32)}} { // then a key, and a number used once
		b = append(b, part.next, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(4+len(part.body)))
		b = append(b, part.body...)
	}
	binary.BigEndian.PutUint32(b[24:], uint32(len(b)))
	return b
}
