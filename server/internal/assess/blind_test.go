package assess

import (
	"slices"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// A laptop that may not look at its USB devices is judged with less confidence, and the
// verdict says why; what no rule asks for does not count.
func TestABlindSensorLowersTheConfidenceAndIsSaid(t *testing.T) {
	c := small()
	p := laptop(spell(c.Rules[0], "u1", noon.Add(-20*24*time.Hour), time.Time{}, noon))
	p.Heard = noon
	sees := Judge(c, p, noon, ids()).Standings[0]
	p.Blind = []Blind{
		{"usb_devices", finding.CoverageDenied, noon.Add(-9 * 24 * time.Hour)},
		{"agent_cost", finding.CoverageFailed, noon.Add(-9 * 24 * time.Hour)},
	}
	blind := Judge(c, p, noon, ids()).Standings[0]
	if want := []string{"USB devices could not be looked at since 2026-11-16: permission denied."}; !slices.Equal(blind.Missing, want) {
		t.Errorf("missing: %q, want %q", blind.Missing, want)
	}
	if sees.Confidence != finding.ConfidenceMedium || blind.Confidence != finding.ConfidenceLow || sees.Level != blind.Level {
		t.Errorf("%s and %s where it sees, %s and %s where it does not", sees.Level, sees.Confidence, blind.Level, blind.Confidence)
	}
	if h := HistoryOf(c, p, noon); !slices.Equal(c.Assess(h)[0].Missing, blind.Missing) {
		t.Errorf("what it rests on lacks %q", h.Missing)
	}
}

// One look that fails says nothing; an hour of them does, without news, and once.
func TestASensorIsSaidToBeBlindAfterAnHour(t *testing.T) {
	c := small()
	p := laptop(spell(c.Rules[0], "u1", noon.Add(-20*24*time.Hour), time.Time{}, noon))
	p.Blind = []Blind{{"usb_devices", finding.CoverageFailed, noon.Add(-time.Minute)}}
	p.Heard = noon
	v := Judge(c, p, noon, ids())
	if due := noon.Add(59 * time.Minute); len(v.Standings[0].Missing) > 0 || !v.Due.Heard.Equal(due) {
		t.Fatalf("after a minute: missing %q, due at %s, want none, and %s", v.Standings[0].Missing, v.Due.Heard, due)
	}
	keep(&p, v)
	p.Heard = v.Due.Heard
	v = Judge(c, p, p.Heard, ids())
	if len(v.Standings) == 0 || len(v.Standings[0].Missing) != 1 {
		t.Fatalf("after an hour: %+v", v.Standings)
	}
	keep(&p, v)
	p.Heard = p.Heard.Add(24 * time.Hour)
	if again := Judge(c, p, p.Heard, ids()); len(again.Standings)+len(again.Alerts) > 0 || again.Due.Heard.Equal(p.Heard) {
		t.Errorf("a day later it is told again: %+v", again)
	}
}
