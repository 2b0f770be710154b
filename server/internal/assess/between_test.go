package assess

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A condition that comes to hold and ceases to hold while nothing comes or goes alarms of a
// laptop that tells late as it does of one that is heard all the time: here from 99 h to
// 102 h after the begin, when the edges are at 96 h and 126 h.
func TestWhatHoldsOnlyBetweenTwoEdgesAlarmsThoughItIsToldLate(t *testing.T) {
	c := small()
	c.Rules[0].Tier, c.Rules[0].Severity = 3, finding.SeverityLow
	c.Composites = []catalogue.Composite{{ID: "c1.days", Title: "On four days", Conclusion: finding.RemotelyControlled, Points: 90,
		When: catalogue.Condition{Finding: &catalogue.FindingCondition{Rule: []string{c.Rules[0].ID}, Days: 4, Within: 96 * time.Hour}}}}
	begin := noon.Add(-110 * time.Hour)
	past := func() Past {
		p := laptop(spell(c.Rules[0], "u1", begin, begin.Add(30*time.Hour), noon), spell(c.Rules[0], "u1", begin.Add(75*time.Hour), time.Time{}, noon))
		p.Device.EnrolledAt = begin.Add(-time.Hour)
		return p
	}
	live := past()
	for at := begin; !at.After(noon); at = at.Add(time.Hour) {
		told := past()
		told.Spells = slices.DeleteFunc(told.Spells, func(s device.Spell) bool { return s.From.After(at) })
		for i := range told.Spells {
			if told.Spells[i].To.After(at) {
				told.Spells[i].To, told.Spells[i].Last = time.Time{}, at
			}
		}
		live.Spells, live.Heard = told.Spells, at
		keep(&live, Judge(c, live, at, ids()))
	}
	late := past()
	late.Heard = noon
	keep(&late, Judge(c, late, noon, ids()))
	if len(live.Alerts) != 1 {
		t.Fatalf("heard live it has alerts %+v, want one", live.Alerts)
	}
	if diff := cmp.Diff(Outcome(live.Standings, live.Alerts, true), Outcome(late.Standings, late.Alerts, true)); diff != "" {
		t.Errorf("told late (-live +late):\n%s", diff)
	}
}
