package sensor

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// self writes what the kernel says of a process that used cpu hundredths of a
// second, started 10 seconds after the machine, uptime seconds after it.
func self(cpu int, uptime float64) string {
	return fmt.Sprintf(`-- files/proc/self/stat --
42 (farm) watch) S 1 42 42 0 -1 0 0 0 0 0 %d 0 0 0 20 0 9 0 1000 0 0
-- files/proc/self/status --
Name:	farmwatch
VmRSS:	   20480 kB
-- files/proc/self/fd/0 --
-- files/proc/self/fd/1 --
-- files/proc/uptime --
%.2f 1.00
`, cpu, uptime)
}

func TestCost(t *testing.T) {
	s := Cost()
	for _, step := range []struct{ machine, want string }{
		{self(100, 60), "cpu_seconds=1.00 cpu_percent=2.00 rss_bytes=20971520 "}, // 1 s in the 50 s since its start
		{self(160, 120), "cpu_seconds=1.60 cpu_percent=1.00 "},                   // 0.6 s in 60 s
		{self(160, 120), "cpu_seconds=1.60 rss_bytes="},                          // no time passed: no share
	} {
		rows, coverage := look(t, machine(t, step.machine), s)
		if coverage.State != finding.CoverageOK || len(rows) != 1 || !strings.HasPrefix(rows[0], step.want) || !strings.HasSuffix(rows[0], " open_files=2") {
			t.Errorf("coverage %+v, rows %q, want one that begins with %q", coverage, rows, step.want)
		}
	}
}

// A recording does not hold what its reader costs.
func TestCostOfARecordingIsAbsent(t *testing.T) {
	if rows, coverage := look(t, machine(t, "-- files/etc/x --\n\n"), Cost()); len(rows) != 0 || coverage.State != finding.CoverageAbsent {
		t.Errorf("rows %q, coverage %+v, want none and absent", rows, coverage)
	}
	other := "windows"
	if runtime.GOOS == other {
		other = "darwin"
	}
	if rows, coverage := look(t, machine(t, "-- platform.yaml --\nos: "+other+"\n"), Cost()); len(rows) != 0 || coverage.State != finding.CoverageUnsupported {
		t.Errorf("rows %q, coverage %+v, want none and unsupported", rows, coverage)
	}
}

type accounted struct {
	host.Host
	err error
}

func (a accounted) OwnCost(context.Context) (time.Duration, uint64, int, error) {
	return 3 * time.Second, 1000, 7, a.err
}

func TestCostAsTheHostTells(t *testing.T) {
	h := machine(t, self(100, 60))
	rows, _ := look(t, accounted{Host: h}, Cost())
	if want := "cpu_seconds=3.00 cpu_percent=6.00 rss_bytes=1000 "; len(rows) != 1 || !strings.HasPrefix(rows[0], want) {
		t.Errorf("rows %q, want one that begins with %q", rows, want)
	}
	_, coverage := look(t, accounted{Host: h, err: errors.New("no")}, Cost())
	if coverage.State != finding.CoverageFailed || coverage.Detail != "read the agent's own cost: no" {
		t.Errorf("coverage %+v, want failed", coverage)
	}
}

func TestCostFromRuntime(t *testing.T) {
	if s := costFromRuntime(); s.rss <= 0 || s.cpu < 0 || s.files >= 0 {
		t.Errorf("the runtime says %+v, want memory, time and no files", s)
	}
}
