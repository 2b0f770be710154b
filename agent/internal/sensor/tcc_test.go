package sensor

import (
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/finding"
)

func recorded(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../../proto/catalogue/machines/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestGrants(t *testing.T) {
	for name, want := range map[string][]string{
		"posture/rights-of-a-stranger-on-macos.txtar": {
			"client=com.example.recorder bundle_id=com.example.recorder apple=false may_capture=true may_control=false may_listen=false source=person",
			"client=com.example.windows bundle_id=com.example.windows team_id=F6G7H8I9J0 signature=valid apple=false may_capture=false may_control=true may_listen=false source=person",
			"client=keyremap apple=false may_capture=false may_control=false may_listen=true source=person place=/usr/local/bin/keyremap",
			"client=net.example.viewhelper bundle_id=net.example.viewhelper team_id=A1B2C3D4E5 signature=valid apple=false may_capture=true may_control=true may_listen=false source=person",
		},
		"posture/rights-of-known-programs-on-macos.txtar": {
			"client=com.apple.screensharing.agent bundle_id=com.apple.screensharing.agent signature=valid apple=true may_capture=true may_control=true may_listen=false source=system",
			"client=com.example.helpdesk bundle_id=com.example.helpdesk team_id=K1L2M3N4O5 signature=valid apple=false may_capture=true may_control=true may_listen=false source=mdm person",
			"client=com.philandro.anydesk bundle_id=com.philandro.anydesk team_id=KU6W3B6JMZ signature=valid apple=false may_capture=true may_control=true may_listen=false source=person",
		},
	} {
		rows, coverage := look(t, machine(t, recorded(t, name)), Grants())
		if diff := cmp.Diff(want, rows); diff != "" || coverage.State != finding.CoverageOK {
			t.Errorf("%s: coverage %+v, rows (-want +got):\n%s", name, coverage, diff)
		}
	}
}

func TestGrantsThatCannotBeSeen(t *testing.T) {
	mac := machine(t, "-- platform.yaml --\nos: darwin\n")
	for name, c := range map[string]struct {
		host  *answers
		state finding.CoverageState
	}{
		"without Full Disk Access": {&answers{Host: mac, err: errors.New(`run privacy-grants: exit status 1: Error: unable to open database "/Library/Application Support/com.apple.TCC/TCC.db": authorization denied`)}, finding.CoverageDenied},
		"another trouble":          {&answers{Host: mac, err: errors.New("run privacy-grants: exit status 1: Error: no such column: csreq")}, finding.CoverageFailed},
		"words and no rows":        {&answers{Host: mac, output: "hello"}, finding.CoverageFailed},
		"none was given":           {&answers{Host: mac}, finding.CoverageOK},
		"Linux":                    {&answers{}, finding.CoverageUnsupported},
		"Windows":                  {&answers{Host: machine(t, "-- platform.yaml --\nos: windows\n")}, finding.CoverageUnsupported},
	} {
		if rows, coverage := look(t, c.host, Grants()); len(rows) != 0 || coverage.State != c.state {
			t.Errorf("%s: rows %q, coverage %+v, want none and %s", name, rows, coverage, c.state)
		}
	}
}
