package finding

import (
	"crypto/sha256"
	"encoding/hex"
)

// UID names a thing by its parts: the same parts in the same order give the
// same 32 hexadecimal digits, and no two lists of parts share a name by chance
// of concatenation.
func UID(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		var n [8]byte
		for i, l := 0, uint64(len(p)); i < 8; i++ {
			n[i] = byte(l >> (8 * i))
		}
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}
