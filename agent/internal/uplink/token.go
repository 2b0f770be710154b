package uplink

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
)

// A token reads fwt1-<id>-<secret>-<pin>, in lower-case base32.
const (
	tokenPrefix  = "fwt1"
	idLength     = 8
	secretLength = 26
	pinLength    = 26
	base32Digits = "abcdefghijklmnopqrstuvwxyz234567"
)

var lowerBase32 = base32.NewEncoding(base32Digits).WithPadding(base32.NoPadding)

// A Token lets one device, or a counted number of them, enrol with one collector.
type Token struct {
	text string
	id   string
	pin  string
}

// String is the token without its secret, for sentences and logs.
func (t Token) String() string { return tokenPrefix + "-" + t.id + "-…" }

// ParseToken reads a token's text. Its errors name the part that is wrong and
// never repeat the secret.
func ParseToken(text string) (Token, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Token{}, fmt.Errorf("the enrolment token is empty: paste the line that \"farmwatch-server token create\" printed")
	}
	parts := strings.Split(text, "-")
	if prefix := parts[0]; prefix != tokenPrefix {
		if strings.EqualFold(prefix, tokenPrefix) {
			return Token{}, fmt.Errorf("the enrolment token is written in capitals: it is all lower case, as the collector printed it")
		}
		return Token{}, fmt.Errorf("this is not an enrolment token: one begins with %q", tokenPrefix+"-")
	}
	if len(parts) != 4 {
		return Token{}, fmt.Errorf("the enrolment token has %d parts joined by \"-\", want 4: it may have been cut when it was copied", len(parts))
	}
	for _, part := range []struct {
		name, text string
		length     int
	}{{"id", parts[1], idLength}, {"secret", parts[2], secretLength}, {"pin", parts[3], pinLength}} {
		if len(part.text) != part.length {
			return Token{}, fmt.Errorf("the %s of the enrolment token has %d characters, want %d: it may have been cut when it was copied", part.name, len(part.text), part.length)
		}
		if at := strings.IndexFunc(part.text, func(r rune) bool { return !strings.ContainsRune(base32Digits, r) }); at >= 0 {
			return Token{}, fmt.Errorf("character %d of the %s of the enrolment token is none of a-z and 2-7", at+1, part.name)
		}
	}
	return Token{text: text, id: parts[1], pin: parts[3]}, nil
}

// pinOf names a certificate as tokens do.
func pinOf(der []byte) string {
	sum := sha256.Sum256(der)
	return lowerBase32.EncodeToString(sum[:])[:pinLength]
}
