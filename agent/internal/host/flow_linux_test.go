package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestLiveFlows counts a connection on loopback in a look at all and in looks at
// it alone, and gives up what ended.
func TestLiveFlows(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	here, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer here.Close()
	there, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer there.Close()
	say(t, here, there, 100)
	say(t, there, here, 3000)
	ctx, stop := context.WithCancel(t.Context())
	source, err := New(Options{Now: time.Now}).Flows(ctx)
	if err != nil {
		t.Fatal(err)
	}
	id := FlowID{"tcp", netip.MustParseAddrPort(here.LocalAddr().String()), netip.MustParseAddrPort(here.RemoteAddr().String())}
	first, look := oneLook(t, source, id)
	if !look.Whole || first.In.Bytes != 3000 || first.Out.Bytes < 100 || first.Out.Bytes > 101 || first.In.Segments == 0 || first.Out.Segments == 0 {
		t.Fatalf("%+v, %+v", look, first)
	}
	if age := look.At - first.In.Last; age < -20*time.Millisecond || age > 10*time.Second {
		t.Errorf("the last segment came %s ago", age)
	}
	source.Follow([]FlowID{{"tcp", netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.2:2")}, id})
	source.Stir()
	say(t, there, here, 500)
	again, look := oneLook(t, source, id)
	if look.Whole || look.Partial != nil || again.In.Bytes != 3500 || again.In.Segments != first.In.Segments+1 {
		t.Errorf("%+v, %+v", look, again)
	}
	stop()
	if _, err := source.Next(func(FlowLook, Flow) {}); !errors.Is(err, io.EOF) {
		t.Errorf("%v, want the end", err)
	}
	if err := source.Close(); err != nil {
		t.Error(err)
	}
}

// say sends and waits until it is there.
func say(t *testing.T, from, to net.Conn, bytes int) {
	t.Helper()
	if _, err := from.Write(make([]byte, bytes)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(to, make([]byte, bytes)); err != nil {
		t.Fatal(err)
	}
}

func oneLook(t *testing.T, source FlowSource, id FlowID) (Flow, FlowLook) {
	t.Helper()
	var found Flow
	look, err := source.Next(func(_ FlowLook, f Flow) {
		if f.FlowID == id {
			found = f
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, look
}

// TestDatagramRing counts datagrams that leave through an interface of a network of the
// test's own, at one of their ports and not at the other.
func TestDatagramRing(t *testing.T) {
	if os.Geteuid() != 0 {
		lacking(t, "a packet socket needs root or CAP_NET_RAW")
	}
	done := make(chan error, 1)
	OnOwnThread(func() {
		done <- unix.Unshare(unix.CLONE_NEWNET)
		if output, err := exec.Command("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1").CombinedOutput(); err != nil {
			done <- fmt.Errorf("an interface: %w: %s", err, output)
			return
		}
		done <- countedDatagrams()
	})
	if err := <-done; err != nil {
		lacking(t, "a network of its own: "+err.Error())
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func countedDatagrams() error {
	for _, args := range [][]string{{"address", "add", "192.0.2.1/24", "dev", "v0"}, {"link", "set", "v1", "up"}, {"link", "set", "v0", "up"}, {"neighbour", "add", "192.0.2.9", "lladdr", "02:00:5e:00:00:09", "dev", "v0"}} {
		if output, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %s", args, output)
		}
	}
	var conns [2]net.Conn
	for i := range conns {
		var err error
		if conns[i], err = net.Dial("udp", "192.0.2.9:3478"); err != nil {
			return err
		}
		defer conns[i].Close()
	}
	counted := netip.MustParseAddrPort(conns[0].LocalAddr().String())
	ring, err := openRing([]uint16{counted.Port()})
	if err != nil {
		return err
	}
	defer ring.close()
	counts, before := newDatagramCounts(), monotonic()
	for n := range 5 {
		for _, c := range conns {
			if _, err := c.Write(make([]byte, 100+n)); err != nil {
				return err
			}
		}
	}
	id := FlowID{"udp", counted, netip.MustParseAddrPort("192.0.2.9:3478")}
	for range 200 {
		if err := ring.drain(counts.add); err != nil {
			return err
		}
		if f := counts.flows[id]; f != nil && f.Out.Segments == 5 {
			if age := f.Out.Last - before; len(counts.flows) != 1 || f.Out.Bytes != 510 || age < -time.Second || age > 10*time.Second {
				return fmt.Errorf("%+v, %s after they were sent", f, age)
			}
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("counted: %v", counts.flows)
}
