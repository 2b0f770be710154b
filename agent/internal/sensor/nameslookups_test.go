package sensor

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

const lookedUp = `-- clock.yaml --
now: 2026-11-02T12:00:00Z
-- processes.yaml --
- {pid: 700, name: AnyDesk.exe, path: "C:\\Program Files (x86)\\AnyDesk\\AnyDesk.exe", started: 2026-11-02T08:00:00Z}
- {pid: 800, name: later.exe, path: "C:\\later.exe", started: 2026-11-02T11:00:00Z}
- {pid: 900, name: nameless.exe}
-- lookups.yaml --
- {name: Relay-1234.net.anydesk.com, pid: 700, at: 2026-11-02T09:00:00Z}
- {name: relay-1234.net.anydesk.com, pid: 700, at: 2026-11-02T09:00:05Z}
- {name: "secret file.txt", pid: 700, at: 2026-11-02T09:00:06Z}
- {name: gone.example.org, pid: 701, at: 2026-11-02T09:00:07Z}
- {name: reused.example.org, pid: 800, at: 2026-11-02T09:00:08Z}
- {name: short.example.org, pid: 900, at: 2026-11-02T09:00:09Z}
- {name: cached.example.org}
`

func TestNamesTheSystemTells(t *testing.T) {
	h, s := machine(t, "-- platform.yaml --\nos: windows\n"+lookedUp), Names()
	for range 2 { // the second time nothing is new
		if err := s.Watch(context.Background(), h); err != nil {
			t.Fatal(err)
		}
	}
	got, coverage := look(t, h, s)
	want := []string{ // those of known programs first
		"name=relay-1234.net.anydesk.com kind=dns file=AnyDesk.exe count=2",
		"name=short.example.org kind=dns file=nameless.exe count=1",
		"name=gone.example.org kind=dns count=1",
		"name=reused.example.org kind=dns count=1",
		"name=cached.example.org kind=dns count=1",
	}
	if diff := cmp.Diff(want, got); diff != "" || coverage.State != finding.CoverageOK {
		t.Errorf("coverage %+v (-want +got):\n%s", coverage, diff)
	}
}

// cacheOnly is a machine that tells what its cache has to those who may know no more.
type cacheOnly struct {
	host.Host
	problem error
}

func (c cacheOnly) Lookups(ctx context.Context) (host.LookupSource, error) {
	source, err := c.Host.(host.LookupHost).Lookups(ctx)
	if err != nil {
		return nil, err
	}
	return source, c.problem
}

func TestNamesOfTheCacheAlone(t *testing.T) {
	h := cacheOnly{machine(t, "-- platform.yaml --\nos: windows\n"+lookedUp), fmt.Errorf("only the cache: %w: run as administrator", host.ErrDenied)}
	s := Names()
	if err := s.Watch(context.Background(), h); err == nil {
		t.Error("that only the cache is told is not said")
	}
	rows, coverage := Look(context.Background(), h, s)
	if len(rows) != 5 || coverage.State != finding.CoverageDenied || !strings.Contains(coverage.Detail, "run as administrator") {
		t.Errorf("%d rows, coverage %+v", len(rows), coverage)
	}
}

func TestNamesNobodyTells(t *testing.T) {
	for name, c := range map[string]struct {
		system, machine string
		state           finding.CoverageState
	}{
		"a Mac, not recorded":     {"darwin", "", finding.CoverageAbsent},
		"Windows, not recorded":   {"windows", "", finding.CoverageAbsent},
		"Windows, where one must": {"windows", "-- denied.yaml --\nlookups: nobody may\n", finding.CoverageDenied},
	} {
		h, s := machine(t, "-- platform.yaml --\nos: "+c.system+"\n"+c.machine), Names()
		if err := s.Watch(context.Background(), h); err == nil {
			t.Errorf("%s: watching succeeded", name)
		}
		if _, coverage := Look(context.Background(), h, s); coverage.State != c.state {
			t.Errorf("%s: coverage %+v, want %s", name, coverage, c.state)
		}
	}
}
