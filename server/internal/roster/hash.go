package roster

import (
	"strings"
	"unicode"
)

// Normalise takes out of an address what people write differently: case, spaces and
// punctuation. Abbreviations stay as they are, so that two ways to write a street
// are two addresses; a hash finds equal ones only.
func Normalise(address string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, address)
}

// AddressHash is what an address is kept as: a keyed hash of what is left of it,
// under a key that no agent has. The prefix keeps it apart from what else is hashed
// under that key.
func AddressHash(hash func(value string) string) func(normalised string) string {
	return func(normalised string) string { return hash("shipped to\x00" + normalised) }
}
