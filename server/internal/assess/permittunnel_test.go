package assess_test

import (
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
)

// Whoever may show a page by ngrok may not open the desktop by it: that takes a
// sanction for the rule, which holds for what its conditions name and nothing else.
func TestATunnelToTheDesktopTakesASanctionOfItsOwn(t *testing.T) {
	leads := func(file, port string) finding.Finding {
		return finding.Finding{UID: "tunnel/" + file + port, Rule: "tunnel.exposes_remote_desktop", Status: finding.Open, Evidence: []finding.Observation{
			{Class: "network_tunnels", UID: file + port, Columns: map[string]string{"file": file, "exposes_port": port, "waits": "true"}}}}
	}
	ngrok := finding.Finding{UID: "ngrok", Rule: "tool.ngrok.running", Status: finding.Open, Evidence: []finding.Observation{{Class: "processes", UID: "1", Columns: map[string]string{"file": "ngrok"}}}}
	page := finding.Finding{UID: "page", Rule: "tunnel.exposes_port", Status: finding.Open, Evidence: []finding.Observation{{Class: "network_tunnels", UID: "2", Columns: map[string]string{"file": "ngrok"}}}}
	where := []alert.Condition{{Column: "file", Value: "ngrok"}, {Column: "exposes_port", Value: "3389"}}
	for name, test := range map[string]struct {
		tool  string
		where []alert.Condition
		found []finding.Finding
		want  finding.Level
	}{
		"a page by what is permitted":         {"ngrok", nil, []finding.Finding{ngrok, page}, finding.LevelNone},
		"the desktop by what is permitted":    {"ngrok", nil, []finding.Finding{ngrok, leads("ngrok", "3389")}, finding.LevelMedium},
		"the desktop that is permitted":       {"tunnel.exposes_remote_desktop", where, []finding.Finding{leads("ngrok", "3389")}, finding.LevelNone},
		"by another program":                  {"tunnel.exposes_remote_desktop", where, []finding.Finding{leads("ssh", "3389")}, finding.LevelMedium},
		"another desktop by the same program": {"tunnel.exposes_remote_desktop", where, []finding.Finding{leads("ngrok", "3389"), leads("ngrok", "5900")}, finding.LevelMedium},
	} {
		r, now := permitting(t, test.tool, test.where...)
		*now = now.Add(time.Minute)
		for i := range test.found {
			test.found[i].FirstSeen = *now
		}
		r.tells(test.found...)
		if level, ledger := r.level(); level != test.want {
			t.Errorf("%s: %s, want %s: %s", name, level, test.want, ledger)
		}
	}
}
