package sensor

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

func TestSessions(t *testing.T) {
	since := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	a := &answers{sessions: []host.Session{
		{User: "alice", Terminal: "tty2", Kind: "graphical", Remote: ":0", Since: since},
		{User: "alice", Terminal: "pts/0", Kind: "ssh", Remote: "203.0.113.7", Since: since},
		{User: "alice", Terminal: "pts/0", Kind: "ssh", Remote: "203.0.113.7", Since: since.Add(time.Second)},
		{User: "bob", Terminal: ":10", Kind: "remote_desktop", Remote: "::ffff:192.168.1.9"},
		{User: "carol", Terminal: "pts/3"},
	}}
	rows, coverage := look(t, a, Sessions())
	want := []string{
		"user=alice terminal=tty2 kind=graphical remote=:0 remote_scope=local since=2026-11-25T09:00:00Z",
		"user=alice terminal=pts/0 kind=ssh remote=203.0.113.7 remote_scope=public since=2026-11-25T09:00:00Z",
		"user=bob terminal=:10 kind=remote_desktop remote=::ffff:192.168.1.9 remote_scope=private",
		"user=carol terminal=pts/3 kind=unknown remote_scope=local",
	}
	if diff := cmp.Diff(want, rows); diff != "" || coverage.State != finding.CoverageOK {
		t.Errorf("coverage %+v, rows (-want +got):\n%s", coverage, diff)
	}
}

func TestOriginOf(t *testing.T) {
	for remote, want := range map[string]string{
		"": "local", ":0": "local", ":10.0": "local", "::1": "loopback", "localhost": "loopback", "0.0.0.0": "local",
		"10.0.0.1": "private", "fe80::1%eth0": "private", "[2001:db8::1]": "public", "gateway.example.com": "unknown",
	} {
		if got := originOf(remote); got != want {
			t.Errorf("%q comes from %s, want %s", remote, got, want)
		}
	}
}
