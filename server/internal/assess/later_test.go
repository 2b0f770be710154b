package assess

import (
	"slices"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// What an import says later, or takes back, of when a laptop was staged and handed out:
// a level that turns by it has been since it would have been, had that been known at once.
func TestAnImportThatComesLater(t *testing.T) {
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)
	on := func(d int) time.Time { return begin.AddDate(0, 0, d) }
	spell := func(rule string, from, to int) device.Spell {
		s := device.Spell{Finding: device.Finding{Finding: finding.Finding{UID: finding.UID(rule), Rule: rule, Title: rule}}, From: on(from), Last: on(from)}
		if to > 0 {
			s.To, s.Last = on(to), on(to)
		}
		return s
	}
	base := Past{Device: device.Device{ID: "d1", EnrolledAt: on(0)}, Heard: on(20),
		Spells: []device.Spell{spell("kvm.default_identity", 2, 0), spell("tool.anydesk.running", 18, 0), spell("tool.teamviewer.installed", 3, 9)}}
	staged := func(from, to int) func(*Past) {
		return func(p *Past) { p.Staging = []Span{{From: on(from), To: on(to)}} }
	}
	handed := func(d int) func(*Past) { return func(p *Past) { p.InService = on(d) } }
	nothing := func(*Past) {}
	known := map[string]struct{ first, then func(*Past) }{
		"a bench is taken back": {staged(0, 40), nothing}, "a bench turns out to be shorter": {staged(-1, 40), staged(-1, 10)},
		"a bench becomes known": {nothing, staged(-1, 40)}, "a hand-out becomes known": {handed(-365), handed(15)}, "it was long ago": {handed(15), handed(-365)},
	}
	id := func() string { return "alert" }
	for name, imports := range known {
		once, twice := base, base
		imports.then(&once)
		imports.first(&twice)
		keep(&twice, Judge(c, twice, on(20), id))
		before := twice.Standings
		twice.Staging, twice.InService = nil, time.Time{}
		imports.then(&twice)
		keep(&once, Judge(c, once, on(20), id))
		keep(&twice, Judge(c, twice, on(20), id))
		turned := 0
		for _, want := range once.Standings {
			is := func(s Standing) bool { return s.Conclusion == want.Conclusion }
			got := twice.Standings[slices.IndexFunc(twice.Standings, is)]
			if before[slices.IndexFunc(before, is)].Level == want.Level {
				continue // since when nothing changed is not asked again
			}
			turned++
			if got.Level != want.Level || !got.Since.Equal(want.Since) {
				t.Errorf("%s: %s %s since %v, want %s since %v", name, want.Conclusion, got.Level, got.Since, want.Level, want.Since)
			}
		}
		if turned == 0 {
			t.Errorf("%s: no level turned", name)
		}
	}
}
