package assess

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// small is a catalogue of one decisive rule.
func small() *catalogue.Catalogue {
	return &catalogue.Catalogue{
		Rules: []catalogue.Rule{{ID: "kvm.test", Title: "A KVM is attached", Status: "stable", Severity: finding.SeverityHigh,
			Confidence: finding.ConfidenceHigh, Tier: 1, Group: "kvm", Class: "usb_devices"}},
		Scale: catalogue.Scale{Watch: 20, Medium: 50, High: 80, Tier: map[int]int{1: 80}, TierCap: map[int]int{1: 100}},
	}
}

func spell(r catalogue.Rule, uid string, from, to, received time.Time) device.Spell {
	f := finding.Finding{UID: uid, Rule: r.ID, Title: r.Title, Status: finding.Open, Severity: r.Severity, Confidence: r.Confidence, FirstSeen: from, LastSeen: from}
	last := received
	if !to.IsZero() {
		f.Status, f.LastSeen, last = finding.Closed, to, to
	}
	return device.Spell{Finding: device.Finding{Finding: f, ReceivedAt: received}, From: from, To: to, Last: last}
}

func ids() func() string {
	n := 0
	return func() string { n++; return fmt.Sprintf("alert-%d", n) }
}

func laptop(spells ...device.Spell) Past {
	return Past{Device: device.Device{ID: "d", Name: "laptop", EnrolledAt: noon.Add(-100 * 24 * time.Hour)}, Spells: spells}
}

func opened(v Verdict) []alert.Alert {
	var list []alert.Alert
	for _, c := range v.Alerts {
		list = append(list, c.Alert)
	}
	return list
}

func TestAKVMOpensAnAlert(t *testing.T) {
	c := small()
	r := c.Rules[0]
	v := Judge(c, laptop(spell(r, "u1", noon.Add(-time.Second), time.Time{}, noon)), noon, ids())
	list := opened(v)
	if len(list) == 0 || !list[0].Active || list[0].Level.Rank() < finding.LevelMedium.Rank() || list[0].Findings[0] != "u1" {
		t.Fatalf("alerts = %+v", list)
	}
	if len(v.Standings) != 2 || !v.Seen.Equal(noon) {
		t.Errorf("verdict = %+v", v)
	}
}

func TestTheSameAgainChangesNothing(t *testing.T) {
	c := small()
	p := laptop(spell(c.Rules[0], "u1", noon.Add(-time.Second), time.Time{}, noon))
	p.Heard = noon
	v := Judge(c, p, noon, ids())
	p.Standings, p.Alerts, p.Seen = v.Standings, opened(v), v.Seen
	if again := Judge(c, p, noon.Add(time.Minute), ids()); again.Changes(p) {
		t.Errorf("again = %+v", again)
	}
}

func TestWhatWasOverBeforeItWasHeardOfStillOpensAnAlert(t *testing.T) {
	c := small()
	ago := noon.Add(-30 * 24 * time.Hour)
	v := Judge(c, laptop(spell(c.Rules[0], "u1", ago, ago.Add(time.Hour), noon)), noon, ids())
	list := opened(v)
	if len(list) == 0 || list[0].Active || !list[0].LastSeen.Equal(ago.Add(time.Hour)) {
		t.Fatalf("alerts = %+v", list)
	}
	for _, s := range v.Standings {
		if s.Conclusion == list[0].Conclusion && s.Level.Rank() >= finding.LevelMedium.Rank() {
			t.Errorf("the present is judged by what is over: %+v", s)
		}
	}
	p := laptop(spell(c.Rules[0], "u1", ago, ago.Add(time.Hour), noon))
	p.Seen = noon
	if v := Judge(c, p, noon, ids()); len(v.Alerts) != 0 {
		t.Errorf("old news were judged twice: %+v", v.Alerts)
	}
}

func TestSanctionsHoldAtTheTimeOfTheSpell(t *testing.T) {
	c := small()
	r := c.Rules[0]
	permit := alert.Sanction{Tools: []string{r.ID}, Groups: []string{alert.AllWorkstations}, StartsAt: noon.Add(-2 * time.Hour), ExpiresAt: noon.Add(-time.Hour)}
	tests := []struct {
		name     string
		from, to time.Time
		want     bool
	}{
		{"over while it held", noon.Add(-110 * time.Minute), noon.Add(-100 * time.Minute), true},
		{"over before it began", noon.Add(-5 * time.Hour), noon.Add(-3 * time.Hour), false},
		{"still there after it ended", noon.Add(-110 * time.Minute), time.Time{}, false},
	}
	for _, tt := range tests {
		p := laptop(spell(r, "u", tt.from, tt.to, noon))
		p.Sanctions = []alert.Sanction{permit}
		h := history(p, newPermits(c, p), noon)
		if len(h.Spells) != 1 || h.Spells[0].Sanctioned != tt.want {
			t.Errorf("%s: %+v", tt.name, h.Spells)
		}
	}
	p := laptop(spell(r, "u", noon.Add(-110*time.Minute), time.Time{}, noon))
	p.Sanctions = []alert.Sanction{permit}
	if h := history(p, newPermits(c, p), noon.Add(-90*time.Minute)); len(h.Spells) != 1 || !h.Spells[0].Sanctioned {
		t.Errorf("at the time it held: %+v", h.Spells)
	}
}

func TestHistoryIsWhatHadHappened(t *testing.T) {
	r := catalogue.Rule{ID: "x"}
	c := &catalogue.Catalogue{}
	p := laptop(
		spell(r, "later", noon.Add(time.Hour), time.Time{}, noon.Add(2*time.Hour)),
		spell(r, "ends later", noon.Add(-time.Hour), noon.Add(time.Hour), noon.Add(2*time.Hour)),
		spell(r, "over", noon.Add(-time.Hour), noon.Add(-time.Second), noon.Add(48*time.Hour)),
		spell(r, "forgotten", noon.Add(-Memory-2*time.Hour), noon.Add(-Memory-time.Hour), noon),
	)
	got := map[string]catalogue.Spell{}
	for _, s := range history(p, newPermits(c, p), noon).Spells {
		got[s.Finding.UID] = s
	}
	if len(got) != 2 || !got["ends later"].To.IsZero() || got["over"].To.IsZero() {
		t.Errorf("spells = %+v", got)
	}
}

// A laptop tells the past of a month at once: no moment of it is left out, and no
// judgement looks at more than some of them.
func TestALongPastIsJudgedInTurns(t *testing.T) {
	c := small()
	p := laptop()
	for i := range 1000 {
		at := noon.Add(-time.Duration(i+1) * time.Hour)
		p.Spells = append(p.Spells, spell(c.Rules[0], "u", at, at.Add(time.Second), noon))
	}
	turns := 0
	for more := true; more; turns++ {
		v := Judge(c, p, noon, ids())
		if !v.Seen.After(p.Seen) {
			t.Fatalf("turn %d: judged up to %v, and up to %v before", turns, v.Seen, p.Seen)
		}
		more = v.More
		keep(&p, v)
	}
	if want := 4000 / mostMoments; turns < want || turns > want+2 || len(p.Alerts) != 1 || p.Alerts[0].Active {
		t.Errorf("%d turns, alerts %+v", turns, p.Alerts)
	}
	if v := Judge(c, p, noon, ids()); v.Changes(p) {
		t.Errorf("again: %+v", v)
	}
}

// keep makes a verdict the past, as the store does.
func keep(p *Past, v Verdict) {
	p.Seen, p.Due = v.Seen, v.Due
	for _, s := range v.Standings {
		p.Standings = append(slices.DeleteFunc(slices.Clone(p.Standings), func(k Standing) bool { return k.Conclusion == s.Conclusion }), s)
	}
	for _, c := range v.Alerts {
		p.Alerts = append([]alert.Alert{c.Alert}, slices.DeleteFunc(slices.Clone(p.Alerts), func(a alert.Alert) bool { return a.ID == c.Alert.ID })...)
	}
}

func TestAPresentThatNobodyHeardOfIsNotJudged(t *testing.T) {
	c := small()
	c.Composites = []catalogue.Composite{{ID: "long", Title: "For hours", Conclusion: finding.InFarm, Group: "kvm", Points: 60,
		When: catalogue.Condition{Finding: &catalogue.FindingCondition{Rule: []string{"kvm.test"}, AtLeast: 5 * time.Hour}}}}
	p := laptop(spell(c.Rules[0], "u", noon.Add(-time.Hour), time.Time{}, noon))
	for heard, want := range map[time.Duration]finding.Level{0: "none", 4 * time.Hour: "medium", 40 * time.Hour: "medium"} {
		p.Heard = noon.Add(heard)
		v := Judge(c, p, noon.Add(72*time.Hour), ids())
		if got := v.Standings[1]; got.Level != want || want == "medium" && !got.Since.Equal(noon.Add(4*time.Hour)) {
			t.Errorf("heard for %v: %s since %v", heard, got.Level, got.Since)
		}
		if due := v.Due.Heard; heard == 0 && !due.Equal(noon.Add(4*time.Hour)) {
			t.Errorf("time alone changes it at %v", due)
		}
	}
}

func TestWhatIsFoundInAStagingIsSanctionedUntilTheHandOut(t *testing.T) {
	c := small()
	p := laptop(spell(c.Rules[0], "u", noon.Add(-48*time.Hour), time.Time{}, noon))
	p.Staging = []Span{{From: noon.Add(-72 * time.Hour), To: noon.Add(-24 * time.Hour)}}
	p.Heard = noon.Add(-25 * time.Hour)
	p.Spells[0].Last = p.Heard
	if v := Judge(c, p, noon, ids()); len(v.Alerts) != 0 {
		t.Errorf("on the bench: %+v", v.Alerts)
	}
	p.Heard = noon.Add(-time.Hour)
	if v := Judge(c, p, noon, ids()); len(v.Alerts) != 1 || !v.Standings[0].Since.Equal(noon.Add(-24*time.Hour)) {
		t.Errorf("after it: %+v", v)
	}
	p.Spells[0].To = noon.Add(-30 * time.Hour)
	if v := Judge(c, p, noon, ids()); len(v.Alerts) != 0 {
		t.Errorf("gone before the hand-out: %+v", v.Alerts)
	}
}

func TestWhatASiteTellsIsNotToldTwice(t *testing.T) {
	c := small()
	p := laptop(spell(c.Rules[0], "u", noon.Add(-time.Hour), time.Time{}, noon))
	p.Covered = map[finding.Conclusion]string{finding.RemotelyControlled: "site-1"}
	v := Judge(c, p, noon, ids())
	if len(v.Alerts) != 0 || v.Standings[0].Level != finding.LevelHigh {
		t.Fatalf("beside the site's alert: %+v", v)
	}
	keep(&p, v)
	p.Covered = nil
	v = Judge(c, p, noon.Add(time.Hour), ids())
	if len(v.Alerts) != 1 || !v.Alerts[0].Alert.Active {
		t.Fatalf("after it: %+v", v)
	}
	keep(&p, v)
	p.Covered = map[finding.Conclusion]string{finding.RemotelyControlled: "site-2"}
	p.Spells[0].To = noon.Add(90 * time.Minute)
	if v = Judge(c, p, noon.Add(2*time.Hour), ids()); len(v.Alerts) != 1 || v.Alerts[0].Alert.Active {
		t.Errorf("an open one goes on: %+v", v.Alerts)
	}
}
