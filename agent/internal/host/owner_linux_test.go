package host

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestOwner: sockets of every kind lead to the process that holds them, both
// ends of a connection to the one that has this end.
func TestOwner(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := New(Options{Now: time.Now})
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			lacking(t, err.Error())
		}
		defer listener.Close()
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		bound, err := net.ListenPacket("udp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer bound.Close()
		connected, err := net.Dial("udp", bound.LocalAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer connected.Close()
		place := func(a net.Addr) netip.AddrPort { return netip.MustParseAddrPort(a.String()) }
		for name, c := range map[string]struct {
			protocol      string
			local, remote net.Addr
		}{
			"client":           {"tcp", conn.LocalAddr(), conn.RemoteAddr()},
			"server":           {"tcp", conn.RemoteAddr(), conn.LocalAddr()},
			"UDP to one":       {"udp", connected.LocalAddr(), connected.RemoteAddr()},
			"UDP to whomever":  {"udp", bound.LocalAddr(), connected.LocalAddr()},
			"a port and no IP": {"tcp", listener.Addr(), conn.LocalAddr()},
		} {
			if pid, err := h.Owner(ctx, c.protocol, place(c.local), place(c.remote)); err != nil || pid != os.Getpid() {
				t.Errorf("%s at %s: process %d, error %v, want %d", name, address, pid, err, os.Getpid())
			}
		}
	}
	if pid, err := h.Owner(ctx, "tcp", netip.MustParseAddrPort("127.0.0.1:1"), netip.MustParseAddrPort("127.0.0.1:2")); !errors.Is(err, ErrAbsent) {
		t.Errorf("a socket that is not: process %d, error %v", pid, err)
	}
}

// TestProcessOf reads one process, as the list of all has it.
func TestProcessOf(t *testing.T) {
	t.Parallel()
	h := New(Options{Now: time.Now})
	p, err := h.ProcessOf(context.Background(), os.Getpid())
	if err != nil || p.PID != os.Getpid() || p.Path == "" || p.Started.IsZero() {
		t.Errorf("%+v, error %v", p, err)
	}
	child := exec.Command("true")
	if err := child.Run(); err != nil {
		t.Fatal(err)
	}
	if p, err := h.ProcessOf(context.Background(), child.Process.Pid); !errors.Is(err, ErrAbsent) {
		t.Errorf("one that has ended: %+v, error %v", p, err)
	}
}

// TestOwnerIsThrifty: a storm of questions is answered as long as it costs
// little, and then with not yet.
func TestOwnerIsThrifty(t *testing.T) {
	t.Parallel()
	now, spent := time.Date(2026, time.November, 2, 9, 0, 0, 0, time.UTC), time.Duration(0)
	h := New(Options{Now: func() time.Time { now = now.Add(time.Millisecond); return now }})
	h.owners.spent = func() time.Duration { spent += time.Millisecond; return spent } // whatever is asked costs a millisecond
	refused := 0
	for range 10_000 {
		if _, err := h.Owner(context.Background(), "tcp", netip.MustParseAddrPort("127.0.0.1:1"), netip.MustParseAddrPort("127.0.0.1:2")); errors.Is(err, ErrNotYet) {
			refused++
		}
	}
	if spent := 10_000 - refused; spent > 500 || spent < 100 {
		t.Errorf("%d of 10000 questions in 10 s were answered", spent)
	}
}
