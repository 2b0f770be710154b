package assess

import (
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
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
