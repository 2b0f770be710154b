package catalogue_test

import (
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

func TestDaysAre24HoursEach(t *testing.T) {
	midnight := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	at := func(h int) time.Time { return midnight.Add(time.Duration(h) * time.Hour) }
	for name, test := range map[string]struct {
		stretches [][2]int // hours
		want      int
	}{
		"none":                       {nil, 0},
		"a moment":                   {[][2]int{{9, 9}}, 1},
		"two working days in Europe": {[][2]int{{8, 17}, {32, 41}}, 2},
		"the same in America":        {[][2]int{{17, 23}, {24, 26}, {41, 47}, {48, 50}}, 2},
		"a week without an end":      {[][2]int{{0, 167}}, 7},
		"one within another":         {[][2]int{{0, 20}, {3, 4}, {5, 30}}, 2},
	} {
		var days catalogue.Days
		for _, s := range test.stretches {
			days.Add(at(s[0]), at(s[1]))
		}
		if days.N != test.want {
			t.Errorf("%s: %d days, want %d", name, days.N, test.want)
		}
	}
}
