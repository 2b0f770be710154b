package parse

import "math/bits"

// The two messages that begin a WireGuard session (wireguard.com/protocol).
const (
	wireguardInitiation = 148 // bytes: type, sender, ephemeral key, static key, time, two codes
	wireguardResponse   = 92  // bytes: type, sender, receiver, ephemeral key, nothing, two codes
	wireguardCode       = 16
)

// wireguardBegins wants the type with its three zeros, the exact length, and
// that what is encrypted looks it: games count their packets from one, too.
func wireguardBegins(b []byte) (fromClient, ok bool) {
	if len(b) != wireguardInitiation && len(b) != wireguardResponse || !zero(b[1:4]) {
		return false, false
	}
	var secret []byte
	var key int // where the ephemeral key ends
	switch {
	case b[0] == 1 && len(b) == wireguardInitiation:
		fromClient, secret, key = true, b[8:], 40
	case b[0] == 2 && len(b) == wireguardResponse:
		secret, key = b[12:], 44
	default:
		return false, false
	}
	// A key is a number below 2^255, its lowest byte first.
	if b[key-1]&0x80 != 0 {
		return false, false
	}
	// The last code is zero unless the server is busy.
	secret = secret[:len(secret)-wireguardCode]
	return fromClient, looksRandom(secret)
}

// looksRandom says whether bytes have about as many different values as random
// ones would. Of 64 random bytes 56 differ, with a deviation of 2.3; of 124, 98
// with one of 4. What is counted, padded or text stays far below.
func looksRandom(b []byte) bool { return different(b) >= min(len(b)*5/8, 80) }

// different counts the values that bytes have.
func different(b []byte) int {
	var seen [4]uint64
	for _, c := range b {
		seen[c>>6] |= 1 << (c & 63)
	}
	count := 0
	for _, word := range seen {
		count += bits.OnesCount64(word)
	}
	return count
}
