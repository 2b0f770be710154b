package assess

import (
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// TestAWaitPutsNothingOff: a laptop that waits for its notice is judged again in ten
// minutes at the latest, and sooner where something else is due.
func TestAWaitPutsNothingOff(t *testing.T) {
	c := small()
	goesOn := Noticed{Notice: alert.Notice{ID: "n", Subject: "kvm.test", From: noon.Add(-time.Hour), To: noon}}
	p := laptop(spell(c.Rules[0], "u1", noon.Add(-time.Minute), time.Time{}, noon))
	p.Device.LastSeen, p.Notices = noon, []Noticed{goesOn}
	if v := Judge(c, p, noon, ids()); !v.Due.Clock.Equal(noon.Add(joining)) || len(v.Alerts) > 0 {
		t.Errorf("where nothing else is due: due at %s with alerts %+v, want after %s and none", v.Due.Clock, v.Alerts, joining)
	}
	begins := noon.Add(2 * time.Minute)
	p.Sanctions = []alert.Sanction{{ID: "s", Tools: []string{"kvm.test"}, Groups: []string{alert.AllWorkstations}, StartsAt: begins, ExpiresAt: noon.Add(time.Hour)}}
	if v := Judge(c, p, noon, ids()); v.Due.Clock.IsZero() || v.Due.Clock.After(begins) || len(v.Alerts) > 0 {
		t.Errorf("a sanction begins at %s: due at %s with alerts %+v", begins, v.Due.Clock, v.Alerts)
	}
}

// TestWhatWentWhileItWaitedIsTold: what came and went on a laptop while it was waited for
// it to be part of a notice, of which it never became part, has its alert when the wait is over.
func TestWhatWentWhileItWaitedIsTold(t *testing.T) {
	c := small()
	goesOn := Noticed{Notice: alert.Notice{ID: "n", Subject: "kvm.test", From: noon.Add(-time.Hour), To: noon}}
	came, went := noon.Add(-time.Minute), noon.Add(4*time.Minute)
	for _, joins := range []bool{false, true} {
		p := laptop(spell(c.Rules[0], "u1", came, time.Time{}, noon))
		p.Heard, p.Notices = noon, []Noticed{goesOn}
		newID := ids()
		keep(&p, Judge(c, p, noon, newID))
		p.Spells = []device.Spell{spell(c.Rules[0], "u1", came, went, went)}
		p.Heard, p.Seen = went, earlier(p.Seen, went.Add(-Overlap)) // as the store does
		keep(&p, Judge(c, p, went, newID))
		if len(p.Alerts) > 0 {
			t.Errorf("it does not wait: %+v", p.Alerts)
		}
		due := p.Due.Clock
		if due.IsZero() || due.After(went.Add(joining)) {
			t.Fatalf("judged again at %s", due)
		}
		p.Heard, p.Notices[0].Joined = due, joins
		keep(&p, Judge(c, p, due, newID))
		if joins != (len(p.Alerts) == 0) {
			t.Errorf("part of the notice in the end: %v, and its alerts are %+v", joins, p.Alerts)
		}
		if again := Judge(c, p, due.Add(time.Minute), newID); len(again.Alerts) > 0 || !again.Due.Clock.IsZero() {
			t.Errorf("it is not settled: %+v", again)
		}
	}
}
