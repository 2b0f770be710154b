package enroll

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// Pseudonym is the keyed hash under which a value leaves a laptop, as the gate
// of every agent makes it: what somebody names here compares equal to what was seen there.
func Pseudonym(key []byte, value string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(value))
	return "p:" + hex.EncodeToString(mac.Sum(nil)[:16])
}
