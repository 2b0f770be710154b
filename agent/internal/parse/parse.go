// Package parse understands formats that strangers write: EDID, HID report
// descriptors, USB descriptors, frames, DNS and TLS. It is pure, its work is
// bounded by the length of what it is given, and it never panics: a malformed
// input is an error that names the place.
package parse

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// shortHash is how descriptors are named: the first 16 hexadecimal digits of
// their SHA-256.
func shortHash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// printable keeps the printable ASCII of a text from a device, a question mark
// for anything else, and no space at the ends.
func printable(b []byte) string {
	clean := make([]byte, len(b))
	for i, c := range b {
		if c < 0x20 || c > 0x7e {
			c = '?'
		}
		clean[i] = c
	}
	return strings.TrimSpace(string(clean))
}
