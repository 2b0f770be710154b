package roster_test

import (
	"testing"

	"github.com/farmwatch/farmwatch/server/internal/roster"
)

func TestNumbers(t *testing.T) {
	for _, test := range []struct {
		number, country string
		want            roster.Number
	}{
		{"+351 912 345 678", "", roster.NumberFine},
		{"912 345 678", "PT", roster.NumberFine},
		{"(201) 555-0123", "US", roster.NumberFine},
		{"+44 56 0000 0000", "", roster.NumberVoIP},
		{"+1 200 555 0100", "", roster.NumberUnassigned}, // no area of this code
		{"12", "US", roster.NumberMalformed},
		{"+351 912", "", roster.NumberMalformed},
		{"call me", "US", roster.NumberMalformed},
		{"+999 12345678", "", roster.NumberMalformed}, // no such country
		{"912 345 678", "", ""},                       // of no country: nothing can be said
		{"", "PT", ""},
	} {
		if got := roster.JudgeNumber(test.number, test.country); got != test.want {
			t.Errorf("%q in %q is %q, want %q", test.number, test.country, got, test.want)
		}
	}
}
