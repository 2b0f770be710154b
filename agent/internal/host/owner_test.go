package host

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

func TestRecordedOwner(t *testing.T) {
	const rows = `-- sockets.yaml --
- {protocol: tcp, state: established, local: "192.0.2.5:50000", remote: "198.51.100.7:443", pid: 12}
- {protocol: udp, state: other, local: "0.0.0.0:4444", pid: 13}
-- processes.yaml --
- {pid: 12, name: web, path: /usr/bin/web}
`
	place := netip.MustParseAddrPort
	for _, c := range []struct {
		system, protocol, local, remote string
		pid                             int
		err                             error
	}{
		{"linux", "tcp", "192.0.2.5:50000", "198.51.100.7:443", 12, nil},
		{"linux", "udp", "192.0.2.5:4444", "198.51.100.7:443", 13, nil},
		{"linux", "tcp", "192.0.2.5:50000", "198.51.100.8:443", 0, ErrAbsent},
		{"darwin", "tcp", "192.0.2.5:50000", "198.51.100.7:443", 0, ErrUnsupported},
	} {
		h, err := ReadRecording(txtar.Parse([]byte("-- platform.yaml --\nos: " + c.system + "\n" + rows)))
		if err != nil {
			t.Fatal(err)
		}
		pid, err := h.(OwnerHost).Owner(context.Background(), c.protocol, place(c.local), place(c.remote))
		if pid != c.pid || !errors.Is(err, c.err) {
			t.Errorf("%+v: process %d, error %v", c, pid, err)
		}
		if p, err := h.(OwnerHost).ProcessOf(context.Background(), 12); err != nil || !strings.HasSuffix(p.Path, "web") {
			t.Errorf("process 12: %+v, error %v", p, err)
		}
		if p, err := h.(OwnerHost).ProcessOf(context.Background(), 13); !errors.Is(err, ErrAbsent) {
			t.Errorf("process 13: %+v, error %v", p, err)
		}
	}
}

func TestAllowance(t *testing.T) {
	now := time.Date(2026, time.November, 2, 9, 0, 0, 0, time.UTC)
	var a allowance
	if !a.some(now) {
		t.Error("none at the beginning")
	}
	a.spend(10 * ownerSaved)
	if a.some(now.Add(time.Second)) {
		t.Error("some after it was overdrawn")
	}
	if !a.some(now.Add(time.Minute)) || a.left > ownerSaved {
		t.Errorf("%s after a minute", a.left)
	}
	a.spend(2 * ownerSaved)
	if a.some(now) || a.some(now.Add(time.Second)) {
		t.Error("a clock set back gives some")
	}
}
