package main

import (
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// TestABanIsBrokenByWhatStaysAndByWhatComesBack: a level that was reached before a ban
// begins and stays breaks it, and so does one that is reached again.
func TestABanIsBrokenByWhatStaysAndByWhatComesBack(t *testing.T) {
	begins := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return begins.AddDate(0, 0, n) }
	plan := &aPlan{Zone: "UTC", Begins: begins, Ends: day(9)}
	ban := aBan{Subject: "laptop", Above: "none", From: day(2), Until: day(9)}
	const none, watch = finding.LevelNone, finding.LevelWatch
	for name, test := range map[string]struct {
		levels []finding.Level // one a day
		ok     bool
	}{
		"never reached":          {[]finding.Level{none, none, none, none}, true},
		"reached and left":       {[]finding.Level{watch, none, none, none}, true},
		"reached and stays":      {[]finding.Level{none, watch, watch, watch}, false},
		"left and comes back":    {[]finding.Level{watch, none, none, watch}, false},
		"left as the ban begins": {[]finding.Level{none, watch, none, none}, true},
	} {
		seen := &record{noted: map[string]string{}}
		for n, level := range test.levels {
			a := catalogue.Assessment{Conclusion: finding.RemotelyControlled, Level: level}
			seen.note(nil, sight{at: day(n), subject: "laptop", Assessment: a})
			if level == watch { // an alert keeps that level when it is closed
				seen.note(nil, sight{at: day(n), subject: "laptop", alert: "closed", Assessment: a})
			}
		}
		if got := seen.highest(plan, ban); got.ok != test.ok {
			t.Errorf("%s: %+v, want ok %v", name, got, test.ok)
		}
	}
}
