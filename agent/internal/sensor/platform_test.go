package sensor

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/finding"
)

func TestSystem(t *testing.T) {
	h := machine(t, `-- platform.yaml --
os: linux
os_version: Debian GNU/Linux 12 (bookworm)
arch: amd64
name: laptop-7
chassis: laptop
vendor: LENOVO
product: 21HM
hardware: a-b-c
boot_id: 1-2-3
`)
	rows, coverage := look(t, h, System())
	want := []string{"os=linux os_version=Debian GNU/Linux 12 (bookworm) arch=amd64 chassis=laptop vendor=LENOVO product=21HM boot_id=1-2-3"}
	if diff := cmp.Diff(want, rows); diff != "" || coverage.State != finding.CoverageOK {
		t.Errorf("coverage %+v, rows (-want +got):\n%s", coverage, diff)
	}
}

// Every sensor meets a machine of which nothing is known, and says so or has
// something to say; none breaks.
func TestEverySensorMeetsAnUnknownMachine(t *testing.T) {
	for _, platform := range []string{"linux", "windows", "darwin"} {
		h := machine(t, "-- platform.yaml --\nos: "+platform+"\n")
		for _, s := range All() {
			if s.Watch != nil {
				go s.Watch(t.Context(), h) // its error is what the look tells
			}
			rows, coverage := look(t, h, s)
			if s.Class != "system" && coverage.State == finding.CoverageOK && len(rows) == 0 {
				t.Errorf("%s on %s: nothing was recorded, yet it counts as clean", s.Class, platform)
			}
			if coverage.State == finding.CoverageFailed {
				t.Errorf("%s on %s: %s", s.Class, platform, coverage.Detail)
			}
		}
	}
}
