package sensor

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

func listener(protocol, local string, pid int) host.Socket {
	return host.Socket{Protocol: protocol, State: "listen", Local: netip.MustParseAddrPort(local), PID: pid}
}

func connection(local, remote string, pid int, inbound bool) host.Socket {
	return host.Socket{
		Protocol: "tcp", State: "established", PID: pid, Inbound: inbound,
		Local: netip.MustParseAddrPort(local), Remote: netip.MustParseAddrPort(remote),
	}
}

func remoteDesktop() *answers {
	return &answers{
		processes: []host.Process{
			{PID: 7, Name: "x11vnc", Path: "/usr/bin/x11vnc"},
			{PID: 8, Name: "python3", Path: "/usr/bin/python3.11", Args: []string{"python3", "/usr/bin/websockify"}},
			{PID: 9, Name: "firefox", Path: "/usr/lib/firefox/firefox"},
		},
		sockets: []host.Socket{
			listener("tcp", "127.0.0.1:5900", 7),
			listener("tcp", "[::1]:5900", 7),
			listener("tcp", "0.0.0.0:6080", 8),
			listener("tcp", "[::]:6080", 8),
			listener("tcp", "192.168.1.5:22", 0),
			listener("tcp", "8.8.8.8:22", 0),
			{Protocol: "udp", State: "other", Local: netip.MustParseAddrPort("0.0.0.0:5353"), PID: 9},
			connection("127.0.0.1:5900", "127.0.0.1:40000", 7, true),
			connection("127.0.0.1:5900", "127.0.0.1:40002", 7, true),
			connection("127.0.0.1:40000", "127.0.0.1:5900", 8, false),
			connection("192.168.1.5:6080", "192.168.1.9:51000", 8, true),
			connection("192.168.1.5:51001", "93.184.216.34:443", 9, false),
			connection("192.168.1.5:51002", "93.184.216.34:443", 9, false),
			connection("192.168.1.5:51003", "93.184.216.34:80", 9, false),
			connection("192.168.1.5:51004", "100.100.100.100:443", 9, false),
			{Protocol: "tcp", State: "other", Local: netip.MustParseAddrPort("192.168.1.5:1"), Remote: netip.MustParseAddrPort("192.168.1.9:2")},
		},
	}
}

func TestListeningPorts(t *testing.T) {
	rows, coverage := look(t, remoteDesktop(), Sockets()[0])
	want := []string{
		"pid=7 name=x11vnc file=x11vnc protocol=tcp address=loopback port=5900 scope=loopback",
		"pid=8 name=python3 file=python3.11 script=websockify protocol=tcp address=any port=6080 scope=any",
		"pid=0 protocol=tcp address=private port=22 scope=lan",
		"pid=0 protocol=tcp address=public port=22 scope=public",
		"pid=9 name=firefox file=firefox protocol=udp address=any port=5353 scope=any",
	}
	if diff := cmp.Diff(want, rows); diff != "" || coverage.State != finding.CoverageOK {
		t.Errorf("coverage %+v, rows (-want +got):\n%s", coverage, diff)
	}
}

func TestOpenSockets(t *testing.T) {
	rows, coverage := look(t, remoteDesktop(), Sockets()[1])
	want := []string{
		"pid=7 name=x11vnc file=x11vnc protocol=tcp local_port=5900 remote_scope=loopback remote_address=127.0.0.1 direction=inbound state=established",
		"pid=8 name=python3 file=python3.11 script=websockify protocol=tcp remote_scope=loopback remote_address=127.0.0.1 remote_port=5900 direction=outbound state=established",
		"pid=8 name=python3 file=python3.11 script=websockify protocol=tcp local_port=6080 remote_scope=private remote_address=192.168.1.9 direction=inbound state=established",
		"pid=9 name=firefox file=firefox protocol=tcp remote_scope=public remote_address=93.184.216.34 remote_port=443 direction=outbound state=established",
		"pid=9 name=firefox file=firefox protocol=tcp remote_scope=public remote_address=93.184.216.34 remote_port=80 direction=outbound state=established",
		"pid=9 name=firefox file=firefox protocol=tcp remote_scope=private remote_address=100.100.100.100 remote_port=443 direction=outbound state=established",
	}
	if diff := cmp.Diff(want, rows); diff != "" || coverage.State != finding.CoverageOK {
		t.Errorf("coverage %+v, rows (-want +got):\n%s", coverage, diff)
	}
}

func TestSocketsBesideAnErrorAreKept(t *testing.T) {
	a := remoteDesktop()
	a.err = fmt.Errorf("read other accounts' descriptors: %w", host.ErrDenied)
	for _, s := range Sockets() {
		if rows, coverage := look(t, a, s); len(rows) < 5 || coverage.State != finding.CoverageDenied {
			t.Errorf("%s: %d rows, coverage %+v, want all rows and denied", s.Class, len(rows), coverage)
		}
	}
}

// Processes are read when somebody unknown has a socket, and now and then
// otherwise; not on every look.
func TestOwnersAreRemembered(t *testing.T) {
	a, sensors := remoteDesktop(), Sockets()
	a.sockets = append(a.sockets, listener("tcp", "0.0.0.0:1", 4711)) // gone before it could be named
	for range 4 {
		look(t, a, sensors[0])
		look(t, a, sensors[1])
	}
	if a.asked["processes"] != 1 {
		t.Errorf("processes were read %d times in 8 looks, want once", a.asked["processes"])
	}
	a.sockets = append(a.sockets, listener("tcp", "0.0.0.0:2", 10))
	a.processes = append(a.processes, host.Process{PID: 10, Name: "new"})
	rows, _ := look(t, a, sensors[0])
	if want := "pid=10 name=new protocol=tcp address=any port=2 scope=any"; rows[len(rows)-1] != want {
		t.Errorf("a new listener is %q, want %q", rows[len(rows)-1], want)
	}
	a.processes[0] = host.Process{PID: 7, Name: "other"} // the number was given to another program
	for range refreshAfter {
		rows, _ = look(t, a, sensors[0])
	}
	if want := "pid=7 name=other protocol=tcp address=loopback port=5900 scope=loopback"; rows[0] != want {
		t.Errorf("after %d looks the first listener is %q, want %q", refreshAfter, rows[0], want)
	}
}

func TestScopeOf(t *testing.T) {
	for text, want := range map[string]string{
		"127.0.0.1": "loopback", "::1": "loopback", "::ffff:127.0.0.1": "loopback", "10.1.2.3": "private",
		"172.31.0.1": "private", "172.32.0.1": "public", "192.168.0.1": "private", "169.254.1.1": "private",
		"100.64.0.1": "private", "100.128.0.1": "public", "fe80::1": "private", "fd00::1": "private",
		"224.0.0.251": "private", "2001:db8::1": "public", "::ffff:8.8.8.8": "public",
	} {
		if got := scopeOf(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

func BenchmarkSockets(b *testing.B) {
	a, sensors := remoteDesktop(), Sockets()
	for i := range 200 {
		a.sockets = append(a.sockets, connection(fmt.Sprintf("10.0.0.1:%d", 1000+i), "10.0.0.2:443", 9, false))
	}
	for b.Loop() {
		look(b, a, sensors[1])
	}
}
