package alert

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func moment(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func hours(t testing.TB, s string) Hours {
	t.Helper()
	h, err := ParseHours(s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHours(t *testing.T) {
	for _, test := range []struct {
		hours, at string
		want      bool
	}{
		{"", "2026-11-28T03:00:00Z", true},
		// To the second, on a Wednesday.
		{"Mon-Fri 08:00-18:00 UTC", "2026-11-25T07:59:59Z", false},
		{"Mon-Fri 08:00-18:00 UTC", "2026-11-25T08:00:00Z", true},
		{"Mon-Fri 08:00-18:00 UTC", "2026-11-25T17:59:59Z", true},
		{"Mon-Fri 08:00-18:00 UTC", "2026-11-25T18:00:00Z", false},
		{"Mon-Fri 08:00-18:00 UTC", "2026-11-28T12:00:00Z", false},
		{"mon-fri 08:00-24:00 UTC", "2026-11-25T23:59:59Z", true},
		{"Mon,Wed,Sat 00:00-24:00 UTC", "2026-11-26T00:00:00Z", false},
		{"Sat-Mon 00:00-24:00 UTC", "2026-11-29T00:00:00Z", true},
		// Past midnight it is still the day it began.
		{"Fri 22:00-06:00 UTC", "2026-11-28T05:59:59Z", true},
		{"Fri 22:00-06:00 UTC", "2026-11-27T05:00:00Z", false},
		{"Fri 22:00-06:00 UTC", "2026-11-28T06:00:00Z", false},
		// Whose clock: Tuesday evening in New York is Wednesday in UTC.
		{"Tue 08:00-20:00 America/New_York", "2026-11-25T00:30:00Z", true},
		// Lisbon is at UTC in winter and an hour ahead in summer: the walls decide.
		{"Mon-Sun 08:00-18:00 Europe/Lisbon", "2026-10-24T07:00:00Z", true},
		{"Mon-Sun 08:00-18:00 Europe/Lisbon", "2026-10-25T07:00:00Z", false},
		{"Mon-Sun 08:00-18:00 Europe/Lisbon", "2026-10-25T08:00:00Z", true},
		{"Mon-Sun 08:00-18:00 Europe/Lisbon", "2026-03-28T07:00:00Z", false},
		{"Mon-Sun 08:00-18:00 Europe/Lisbon", "2026-03-29T07:00:00Z", true},
		// 01:30 is there twice on the day the clocks go back, and not at all when they go forward.
		{"Sun 01:00-02:00 Europe/Lisbon", "2026-10-25T00:30:00Z", true},
		{"Sun 01:00-02:00 Europe/Lisbon", "2026-10-25T01:30:00Z", true},
		{"Sun 01:00-02:00 Europe/Lisbon", "2026-03-29T00:59:59Z", false},
		{"Sun 01:00-02:00 Europe/Lisbon", "2026-03-29T01:00:00Z", false},
	} {
		if got := hours(t, test.hours).Hold(moment(t, test.at)); got != test.want {
			t.Errorf("%q at %s: %v", test.hours, test.at, got)
		}
	}
}

func TestHoursInWords(t *testing.T) {
	for text, says := range map[string]string{
		"08:00-18:00":                      "are no hours",
		"Mon-Fri 08:00-18:00":              "are no hours",
		"Mun-Fri 08:00-18:00 UTC":          "are no days",
		"Mon-Fri- 08:00-18:00 UTC":         "are no days",
		"Mon- 08:00-18:00 UTC":             "are no days",
		"Mon-Fri 8:00-18:00 UTC":           "no stretch of a day",
		"Mon-Fri 08:00-24:01 UTC":          "no stretch of a day",
		"Mon-Fri 08:60-18:00 UTC":          "no stretch of a day",
		"Mon-Fri 08:00-08:00 UTC":          "no stretch of a day",
		"Mon-Fri 24:00-08:00 UTC":          "no stretch of a day",
		"Mon-Fri 08:00 UTC":                "no stretch of a day",
		"Mon-Fri 08:00-18:00 Local":        "no time zone",
		"Mon-Fri 08:00-18:00 Lisbon":       "no time zone",
		"Mon-Fri 08:00-18:00 ../etc/hosts": "no time zone",
	} {
		if _, err := ParseHours(text); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if got := hours(t, "  Mon-Fri   08:00-18:00  UTC ").String(); got != "Mon-Fri 08:00-18:00 UTC" {
		t.Errorf("as written: %q", got)
	}
}

func FuzzParseHours(f *testing.F) {
	f.Add("Mon-Fri 08:00-18:00 Europe/Lisbon")
	f.Add("Sat,Sun-Tue 22:00-06:00 UTC")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := ParseHours(s)
		if err != nil {
			return
		}
		again, err := ParseHours(h.String())
		if err != nil || again != h {
			t.Errorf("%q reads as %q, which reads as %q, %v", s, h, again, err)
		}
		h.Hold(noon)
	})
}
