package assess

import (
	"fmt"
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

func TestHistoryIsWhatCouldBeKnown(t *testing.T) {
	r := catalogue.Rule{ID: "x"}
	c := &catalogue.Catalogue{}
	p := laptop(
		spell(r, "later", noon.Add(time.Hour), time.Time{}, noon.Add(2*time.Hour)),
		spell(r, "ends later", noon.Add(-time.Hour), noon.Add(time.Hour), noon.Add(2*time.Hour)),
		spell(r, "clock ahead", noon.Add(time.Second), time.Time{}, noon),
		spell(r, "over, clock ahead", noon.Add(-time.Hour), noon.Add(time.Second), noon),
	)
	got := map[string]catalogue.Spell{}
	for _, s := range history(p, newPermits(c, p), noon).Spells {
		got[s.Finding.UID] = s
	}
	if _, ok := got["later"]; ok || len(got) != 3 {
		t.Errorf("spells = %+v", got)
	}
	if !got["ends later"].To.IsZero() {
		t.Error("what had not ended must be open")
	}
	if !got["clock ahead"].From.Equal(noon) {
		t.Error("what is heard of is there, whatever the clock says")
	}
	if !got["over, clock ahead"].To.Equal(noon) {
		t.Error("what is heard to be over is over")
	}
}

func TestMomentsAreBounded(t *testing.T) {
	var p Past
	for i := range 1000 {
		at := noon.Add(-time.Duration(i) * time.Minute)
		p.Spells = append(p.Spells, spell(catalogue.Rule{}, "u", at, at.Add(time.Second), noon))
	}
	at := moments(p, noon)
	if len(at) != maxMoments {
		t.Errorf("%d moments", len(at))
	}
	if last := at[len(at)-1]; !last.After(noon.Add(-2 * time.Minute)) {
		t.Errorf("the latest moments were left out: %v", last)
	}
}

func TestALongPastIsNotJudgedOverAgain(t *testing.T) {
	p := Past{Seen: noon.Add(-time.Hour)}
	for i := range 1000 {
		at := noon.Add(-time.Duration(i) * 10 * time.Minute)
		p.Spells = append(p.Spells, spell(catalogue.Rule{}, "u", at, at.Add(time.Second), noon))
	}
	if at := moments(p, noon); len(at) == 0 || len(at) > 20 || at[0].Before(p.Seen.Add(-overlap)) {
		t.Errorf("%d moments from %v on", len(at), at[0])
	}
	p.Spells = append(p.Spells, spell(catalogue.Rule{}, "u", noon.Add(time.Hour), time.Time{}, noon.Add(time.Hour)))
	if got := seen(p, noon); !got.Equal(noon) {
		t.Errorf("a clock that runs ahead moved the judged part to %v", got)
	}
}
