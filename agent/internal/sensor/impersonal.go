package sensor

import (
	"regexp"
	"strings"
	"unicode"
)

// hidden stands where a name or number of a person's own stood.
const hidden = "…"

// minSerial is the length from which a serial number is recognised in a text.
const minSerial = 6

// owners are the ways in which a device's name says whose it is. What people
// call their phones and headsets follows these, since the systems propose it.
type owners struct{ possessive, of, address, mail *regexp.Regexp }

var ownership = owners{
	possessive: regexp.MustCompile(`\p{L}[\p{L}\p{M}\p{N}.\-]*(?: \p{L}[\p{L}\p{M}\p{N}.\-]*)?(['’]s?)(\s|$)`),
	of:         regexp.MustCompile(`(?i)\b(von|van|de|di|da|do|av|af|fra|från|of)\s+\S.*$`),
	address:    regexp.MustCompile(`(?i)\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b|\b\d{1,3}(?:\.\d{1,3}){3}\b`),
	mail:       regexp.MustCompile(`\S+@\S+`),
}

// impersonal is what a device calls itself without whose it is ("Anna's iPhone"
// is "…'s iPhone"), without hardware and network addresses and without its
// serial number, which leaves under a key or not at all. A thing that people
// give names to, such as a phone, loses the name in more ways of saying it.
func impersonal(text, serial string, named bool) string {
	if text == "" {
		return ""
	}
	if len(serial) >= minSerial && strings.ContainsFunc(serial, unicode.IsDigit) && !SharedSerial(serial) {
		text = strings.ReplaceAll(text, serial, hidden)
	}
	text = ownership.address.ReplaceAllString(text, hidden)
	text = ownership.mail.ReplaceAllString(text, hidden)
	text = ownership.possessive.ReplaceAllString(text, hidden+"$1$2")
	if named {
		text = ownership.of.ReplaceAllString(text, "$1 "+hidden)
	}
	return text
}
