package roster

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// A Number says what became of a phone number. Nothing else is kept of it.
type Number string

// What a number can be. The numbering plans tell which ranges exist and what they
// were made for, as of the library's date; not whether anybody answers, and not who.
const (
	NumberFine       Number = "fine"
	NumberMalformed  Number = "malformed"  // too long, too short, or no number at all
	NumberUnassigned Number = "unassigned" // of a length that exists, in a range that was given to nobody
	NumberVoIP       Number = "voip"       // in a range for telephony over the internet
)

// JudgeNumber says what a number is, by the public numbering plans (the data of
// libphonenumber). Without + it is read as dialled in a country. Of one that is
// neither, nothing can be said.
func JudgeNumber(number, country string) Number {
	number = strings.TrimSpace(number)
	if number == "" || country == "" && !strings.HasPrefix(number, "+") {
		return ""
	}
	parsed, err := phonenumbers.Parse(number, country)
	switch {
	case err != nil || !phonenumbers.IsPossibleNumber(parsed):
		return NumberMalformed
	case !phonenumbers.IsValidNumber(parsed):
		return NumberUnassigned
	case phonenumbers.GetNumberType(parsed) == phonenumbers.VOIP:
		return NumberVoIP
	}
	return NumberFine
}
