package sensor

import (
	"strings"
	"unicode"
)

// valueLimit bounds one value of a row; no honest one comes near.
const valueLimit = 8 << 10

// clean makes a text safe to store and show, whoever made it up: a process may
// call itself anything, and so may a device, a package or a unit. What cannot be
// printed becomes a question mark, so that no terminal obeys it and the wire,
// which carries valid UTF-8 only, does not refuse the whole report.
func clean(text string) string {
	if len(text) > valueLimit {
		text = text[:valueLimit]
	}
	if plain(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// plain says whether a text is printable ASCII, as nearly all values are.
func plain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
