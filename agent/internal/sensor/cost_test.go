package sensor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// costly is a host that knows what its reader costs.
type costly struct {
	host.Host
	cost host.Cost
	err  error
}

func (c costly) Cost(context.Context) (host.Cost, error) { return c.cost, c.err }

// uptime is a machine that started so many seconds ago.
func uptime(t *testing.T, seconds int) host.Host {
	return machine(t, fmt.Sprintf("-- files/proc/uptime --\n%d.00 1.00\n", seconds))
}

func TestCost(t *testing.T) {
	s := Cost()
	for _, step := range []struct {
		uptime int
		cpu    time.Duration
		want   string
	}{
		{60, time.Second, "cpu_seconds=1.00 rss_bytes=1000 "},                               // the first look: no share
		{120, 1600 * time.Millisecond, "cpu_seconds=1.60 cpu_percent=1.00 rss_bytes=1000 "}, // 0.6 s in 60 s
		{120, 1600 * time.Millisecond, "cpu_seconds=1.60 rss_bytes=1000 "},                  // no time passed: no share
	} {
		h := costly{Host: uptime(t, step.uptime), cost: host.Cost{CPU: step.cpu, RSS: 1000, OpenFiles: 7}}
		rows, coverage := look(t, h, s)
		if coverage.State != finding.CoverageOK || len(rows) != 1 || !strings.HasPrefix(rows[0], step.want) || !strings.HasSuffix(rows[0], " open_files=7") {
			t.Errorf("coverage %+v, rows %q, want one that begins with %q", coverage, rows, step.want)
		}
	}
}

func TestCostWithoutAClock(t *testing.T) {
	rows, _ := look(t, costly{Host: machine(t, "-- platform.yaml --\nos: windows\n"), cost: host.Cost{CPU: time.Second}}, Cost())
	if len(rows) != 1 || !strings.HasPrefix(rows[0], "cpu_seconds=1.00 rss_bytes=0 ") {
		t.Errorf("rows %q, want one without a share", rows)
	}
}

// A recording does not hold what its reader costs, whatever process wrote its files.
func TestCostOfARecordingIsAbsent(t *testing.T) {
	if rows, coverage := look(t, uptime(t, 60), Cost()); len(rows) != 0 || coverage.State != finding.CoverageAbsent {
		t.Errorf("rows %q, coverage %+v, want none and absent", rows, coverage)
	}
}

func TestCostThatCannotBeRead(t *testing.T) {
	_, coverage := look(t, costly{Host: uptime(t, 60), err: errors.New("no")}, Cost())
	if coverage.State != finding.CoverageFailed || coverage.Detail != "read the agent's own cost: no" {
		t.Errorf("coverage %+v, want failed", coverage)
	}
}
