package sensor

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// telling is a host that says what its programs are, and counts how often it was asked.
type telling struct {
	*answers
	told map[string]host.Program
	err  error
}

func (h *telling) Program(ctx context.Context, path string) (host.Program, error) {
	h.ask("program " + path)
	if h.err != nil {
		return host.Program{}, h.err
	}
	if p, ok := h.told[path]; ok {
		return p, ctx.Err()
	}
	return host.Program{}, host.ErrAbsent
}

func renamed() *telling {
	return &telling{
		answers: &answers{
			processes: []host.Process{{PID: 7, Name: "updater", Path: "/tmp/updater", Args: []string{"updater", "-a"}, Unit: "updater.service", Started: time.Unix(1, 0)}},
			sockets:   []host.Socket{listener("tcp", "0.0.0.0:5900", 7), connection("192.168.1.5:5900", "192.168.1.9:51000", 7, true)},
		},
		told: map[string]host.Program{"/tmp/updater": {
			Signer: "Somebody", Signature: "unverified", TeamID: "T", BundleID: "b", OriginalName: "o.exe", Product: "P",
			BuildPath: "example.org/p", Libraries: "liba.so.1", Package: "x11vnc", Beside: ".db",
		}},
	}
}

const whole = "name=updater file=updater signer=Somebody signature=unverified team_id=T bundle_id=b original_name=o.exe product=P build_path=example.org/p libraries=liba.so.1 package=x11vnc unit=updater.service beside=.db"

// The three classes say of one process the same, and it is asked for once.
func TestProgramsAreSharedByClasses(t *testing.T) {
	h, owners := renamed(), newOwners()
	sensors := append(owners.sockets(), owners.processes())
	for range 2 {
		for i, want := range []string{
			"pid=7 " + whole + " protocol=tcp address=any port=5900 scope=any",
			"pid=7 " + whole + " protocol=tcp local_port=5900 remote_scope=private remote_address=192.168.1.9 direction=inbound state=established",
			"pid=7 parent=0 " + whole + " path=/tmp/updater args=updater -a flags=-a started=1970-01-01T00:00:01Z",
		} {
			rows, coverage := look(t, h, sensors[i])
			if diff := cmp.Diff([]string{want}, rows); diff != "" || coverage.State != finding.CoverageOK {
				t.Errorf("%s: %+v, rows (-want +got):\n%s", sensors[i].Class, coverage, diff)
			}
		}
	}
	if n := h.asked["program /tmp/updater"]; n != 1 {
		t.Errorf("the program was asked for %d times, want once", n)
	}
}

// A process may write another command line and stays the program it is; one that
// becomes another program or another process is read anew.
func TestProgramsAreReadAnew(t *testing.T) {
	h, processes := renamed(), newOwners().processes()
	p := &h.processes[0]
	for i, step := range []struct {
		change func()
		asked  int
	}{
		{func() {}, 1},
		{func() { p.Args = []string{"updater: idle"} }, 1},
		{func() { p.Name = "worker" }, 1},
		{func() { p.Started = time.Unix(2, 0) }, 2},
		{func() { p.Path = "/tmp/other" }, 2},
		{func() { p.Path = "/tmp/updater" }, 3},
	} {
		step.change()
		look(t, h, processes)
		if n := h.asked["program /tmp/updater"]; n != step.asked {
			t.Errorf("step %d: the program was asked for %d times, want %d", i, n, step.asked)
		}
	}
}

// Rows that say the same are the same observations, not new ones of equal content.
func TestRowsOfProgramsAreReused(t *testing.T) {
	h, owners := renamed(), newOwners()
	processes := owners.processes()
	first, err := processes.Collect(context.Background(), h)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 * refreshAfter { // other processes come and go
		h.processes = append(h.processes[:1], host.Process{PID: 100, Name: strings.Repeat("x", len(owners.distinct))})
		again, err := processes.Collect(context.Background(), h)
		if err != nil {
			t.Fatal(err)
		}
		first[0].Columns["mark"] = "the same"
		if again[0].Columns["mark"] == "" {
			t.Fatal("a row that did not change was made anew")
		}
	}
	if len(owners.distinct) > len(h.processes)+refreshAfter+1 {
		t.Errorf("%d programs are kept of %d processes", len(owners.distinct), len(h.processes))
	}
}

// denied is a disk whose programs may not be read.
type denied struct{ *answers }

func (denied) Files() host.FS { return closedFS{} }

func TestProgramsThatCannotBeRead(t *testing.T) {
	h := denied{renamed().answers}
	processes := newOwners().processes()
	for range 2 { // it is said at every look, not when it is met
		rows, coverage := look(t, h, processes)
		if len(rows) != 1 || coverage.State != finding.CoverageDenied || !strings.Contains(coverage.Detail, "some programs could not be read: read a program: permission denied") {
			t.Errorf("%d rows, %+v", len(rows), coverage)
		}
	}
}

// What time cut short is read at the next look.
func TestProgramsThatWereCutShort(t *testing.T) {
	h, owners := renamed(), newOwners()
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := owners.all(over, h); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the look cut short", err)
	}
	rows, err := owners.all(context.Background(), h)
	if err != nil || rows[0].Package != "x11vnc" {
		t.Errorf("error %v, package %q at the next look", err, rows[0].Package)
	}
}
