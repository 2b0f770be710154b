package sensor

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

const deedsOfPrograms = `-- files/proc/uptime --
90000.00 1000.00
-- processes.yaml --
- {pid: 10, name: helper, path: /home/anna/.local/bin/helper, started: 2026-11-02T08:00:00Z}
- {pid: 11, name: python3, path: /usr/bin/python3.11, args: [python3, /home/anna/drive.py], started: 2026-11-02T08:00:00Z}
- {pid: 12, name: recorder, path: /usr/bin/recorder, started: 2026-11-02T08:00:00Z}
- {pid: 13, name: sshd, path: /usr/sbin/sshd, started: 2026-11-02T08:00:00Z}
-- sockets.yaml --
- {protocol: tcp, state: listen, local: "127.0.0.1:4444", pid: 10}
- {protocol: tcp, state: listen, local: "192.168.1.5:4444", pid: 10}
- {protocol: tcp, state: listen, local: "0.0.0.0:22", pid: 13}
- {protocol: tcp, state: established, local: "192.0.2.5:50000", remote: "198.51.100.7:443", pid: 11}
- {protocol: tcp, state: established, local: "127.0.0.1:50001", remote: "127.0.0.1:443", pid: 12}
-- conduct.yaml --
- {pid: 10, injects: [xtest], captures: [x11]}
- {pid: 11, injects: [uinput, xtest]}
- {pid: 12, captures: [x11]}
-- held.yaml --
conduct of 10: 90m
conduct of 11: 5h
connection of 11: 61m
/home/anna/.local/bin/helper: 72h
/home/anna/drive.py: 1000h
/usr/bin/recorder: 24h
/usr/share/doc/recorder: 9000h
`

func TestConduct(t *testing.T) {
	h := machine(t, deedsOfPrograms+capture(t, told(t, "127.0.0.1:4444", "127.0.0.1:33000", "RFB 003.008\n"), told(t, "127.0.0.1:22", "127.0.0.1:33001", "SSH-2.0-OpenSSH")))
	s := newOwners().conduct()
	if err := s.Watch(context.Background(), h); err != nil {
		t.Fatal(err)
	}
	rows, coverage := look(t, h, s)
	if coverage.State != finding.CoverageOK {
		t.Errorf("%+v", coverage)
	}
	want := []string{
		"pid=10 name=helper file=helper injects=xtest captures=x11 banner=rfb listens=lan recent=true lasting=hour",
		"pid=11 name=python3 file=python3.11 script=drive.py injects=uinput xtest connection=hour recent=false lasting=hours",
		"pid=12 name=recorder file=recorder captures=x11 recent=true lasting=minutes",
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRecentPackage: a program of the system is as old as its package, however
// new its file; one that only claims to be of a package is as old as its file.
func TestRecentPackage(t *testing.T) {
	for path, want := range map[string]string{"/usr/bin/recorder": "false", "/home/anna/recorder": "true"} {
		h := machine(t, "-- held.yaml --\n"+path+": 24h\n/usr/share/doc/recorder: 9000h\n")
		w := newConductWindow(newOwners())
		w.owners.known[12] = &owner{said: host.Process{PID: 12, Path: path}, row: process{PID: 12, program: &program{Package: "recorder"}}}
		if got := w.recent(h, 12, 0); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// TestConductUnknown: where nobody can tell, that is said, and what is known besides is shown.
func TestConductUnknown(t *testing.T) {
	greets := capture(t, told(t, "192.168.1.5:4444", "192.168.1.9:33000", "RFB 003.008\n"))
	before, _, _ := strings.Cut(deedsOfPrograms, "-- conduct.yaml")
	h := machine(t, before+greets)
	s := newOwners().conduct()
	_ = s.Watch(context.Background(), h)
	rows, coverage := look(t, h, s)
	if len(rows) != 1 || !strings.Contains(rows[0], "banner=rfb") || strings.Contains(rows[0], "recent") || coverage.State != finding.CoverageAbsent {
		t.Errorf("%q, %+v", rows, coverage)
	}
	window := newConductWindow(newOwners())
	if err := window.watch(context.Background(), &answers{}); err == nil || !strings.Contains(err.Error(), host.ErrUnsupported.Error()) {
		t.Errorf("%v", err)
	}
}

// TestConductOverTime: breaks of some minutes end nothing, longer ones do, a
// number given to another process carries nothing over, and all stays bounded.
func TestConductOverTime(t *testing.T) {
	begun := time.Date(2026, time.November, 2, 8, 0, 0, 0, time.UTC)
	h := &answers{processes: []host.Process{{PID: 7, Name: "helper", Path: "/tmp/helper", Started: begun}}}
	w := newConductWindow(newOwners())
	injects := host.ConductSample{Programs: []host.Conduct{{PID: 7, Injects: []string{"xtest"}}}}
	lasted := func(now float64) time.Duration {
		if err := w.meet(context.Background(), h); err != nil {
			t.Fatal(err)
		}
		w.part(now)
		if w.doing[7] == nil {
			return -1
		}
		return w.doing[7].lasted(now)
	}
	for _, step := range []struct {
		at   float64
		does bool
		want time.Duration
	}{{100, true, 0}, {300, false, 200 * time.Second}, {390, true, 290 * time.Second}, {680, false, 580 * time.Second}, {700, false, -1}, {710, true, 0}} {
		if step.does {
			w.take(injects, step.at)
		}
		if got := lasted(step.at); got != step.want {
			t.Errorf("at %g it has lasted %s, want %s", step.at, got, step.want)
		}
	}
	h.processes = []host.Process{{PID: 7, Name: "bash", Path: "/usr/bin/bash", Started: begun.Add(time.Hour)}}
	if _, err := w.owners.all(context.Background(), h); err != nil {
		t.Fatal(err)
	}
	if got := lasted(720); got != -1 {
		t.Errorf("another process with its number has done so for %s", got)
	}
	for pid := range 2 * linkLimit {
		w.does(pid, greeting, 0)
		remote := netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), 443)
		w.follow([]ownedSocket{{Socket: host.Socket{PID: pid + 1, Protocol: "tcp", State: "established", Local: netip.MustParseAddrPort("192.0.2.5:1"), Remote: remote}}}, 0)
	}
	if len(w.doing) > doingLimit || len(w.links) > linkLimit {
		t.Errorf("%d deeds and %d connections are remembered", len(w.doing), len(w.links))
	}
}

// TestConnected: one that connects anew in time is still connected to the same machine.
func TestConnected(t *testing.T) {
	w := newConductWindow(newOwners())
	for i := range 100 {
		now := float64(i * 60)
		s := connection(fmt.Sprintf("192.0.2.5:%d", 40000+i), "198.51.100.7:443", 7, false)
		w.follow([]ownedSocket{{Socket: s}, {Socket: connection("127.0.0.1:40000", "127.0.0.1:80", 8, false)}}, now)
	}
	if got := bucket(w.connected(7, 99*60)); got != "hour" {
		t.Errorf("connected for %q", got)
	}
	if got := bucket(w.connected(8, 99*60)); got != "" {
		t.Errorf("a connection to itself is one of %q", got)
	}
}
