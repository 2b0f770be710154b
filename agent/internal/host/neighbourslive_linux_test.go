package host_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// Two machines on a cable of the test's own: one listens, one speaks.
const (
	nearMAC, farMAC = "00:1b:21:00:10:01", "dc:a6:32:00:40:02"
	nearIP, farIP   = "192.0.2.1", "192.0.2.2"
)

// TestLiveNeighbours lets real frames pass between two networks of the test's own:
// the kernel's own ARP and neighbour discovery, arping where it is installed, and
// what a relay of commands sends. The listener is the agent's own sensor.
func TestLiveNeighbours(t *testing.T) {
	if os.Geteuid() != 0 {
		host.Lacking(t, "a network of its own needs root")
	}
	inside := make(chan error)
	host.OnOwnThread(func() {
		defer close(inside)
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			inside <- err
			return
		}
		far, leave, err := elsewhere()
		if err != nil {
			inside <- err
			return
		}
		defer leave()
		inside <- nil
		listened(t, far)
	})
	if err := <-inside; err != nil {
		host.Lacking(t, "a network of its own: "+err.Error())
	}
	<-inside
}

// elsewhere lays a cable from this network to another one, and gives what runs
// something there.
func elsewhere() (run func(func() error) error, leave func(), err error) {
	work := make(chan func())
	number := make(chan int, 1)
	host.OnOwnThread(func() {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			number <- 0
			return
		}
		number <- unix.Gettid()
		for one := range work {
			one()
		}
	})
	there := <-number
	if there == 0 {
		return nil, nil, errors.New("a second network was refused")
	}
	run = func(do func() error) error {
		answer := make(chan error)
		work <- func() { answer <- do() }
		return <-answer
	}
	leave = func() { close(work) }
	err = errors.Join(
		ip("link add v0 address "+nearMAC+" type veth peer name v1 address "+farMAC),
		ip(fmt.Sprintf("link set v1 netns /proc/%d/task/%d/ns/net", os.Getpid(), there)),
		ip("address add "+nearIP+"/24 dev v0"), ip("link set v0 up"),
		run(func() error {
			return errors.Join(ip("address add "+farIP+"/24 dev v1"), ip("link set v1 up"))
		}))
	return run, leave, err
}

func ip(args string) error {
	if output, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", args, err, output)
	}
	return nil
}

// listened is what the near side sees and concludes.
func listened(t *testing.T, far func(func() error) error) {
	h := host.New(host.Options{Now: time.Now})
	all := sensor.All()
	watching := all[slices.IndexFunc(all, func(s sensor.Sensor) bool { return s.Class == "arp_relay" })]
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	source, err := opened(ctx, h, watching)
	if err != nil {
		t.Error(err)
		return
	}
	usual := far(func() error { return asUsual(t) })
	known, err := h.Neighbours(ctx)
	if err = errors.Join(usual, err); err != nil {
		t.Error(err)
	}
	if !slices.Contains(known, host.Neighbour{Interface: "v0", Hardware: farMAC}) || !slices.Contains(known, host.Neighbour{Interface: "v0", Hardware: nearMAC, Own: true}) {
		t.Errorf("the kernel tells of %+v", known)
	}
	if rows := source(func([]finding.Observation) bool { return true }); len(rows) != 0 {
		t.Errorf("of ARP as usual: %+v", rows)
	}
	if err := far(relay(t)); err != nil {
		t.Error(err)
	}
	rows := source(func(rows []finding.Observation) bool { return len(rows) == 4 })
	for _, kind := range []string{"sender_differs", "text_in_address", "twin_frames", "unspecified_burst"} {
		if !slices.ContainsFunc(rows, func(o finding.Observation) bool { return o.Columns["kind"] == kind }) {
			t.Errorf("%s was not seen: %+v", kind, rows)
		}
	}
}

// opened begins to watch from this thread, whose network it is, and gives what
// looks until the rows are enough.
func opened(ctx context.Context, h *host.LiveHost, s sensor.Sensor) (func(enough func([]finding.Observation) bool) []finding.Observation, error) {
	begun := make(chan struct{})
	here := &thisThread{Host: h, begun: begun, opened: make(chan opening, 1)}
	go func() { _ = s.Watch(ctx, here) }() // how it went is asked below
	<-begun
	source, err := h.AllPackets(ctx, here.filter) // opens its sockets on the thread that calls
	here.opened <- opening{source, err}
	return func(enough func([]finding.Observation) bool) []finding.Observation {
		var rows []finding.Observation
		for range 100 {
			if rows, _ = sensor.Look(ctx, here, s); enough(rows) {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		return rows
	}, err
}

// asUsual is what the far side does as any machine does.
func asUsual(t *testing.T) error {
	for range 3 {
		for _, to := range []string{nearIP, "192.0.2.77"} { // one that is there, and one that is not
			c, err := net.Dial("udp", to+":9")
			if err != nil {
				return err
			}
			_, err = c.Write([]byte("x"))
			if err = errors.Join(err, c.Close()); err != nil {
				return err
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	if program, err := exec.LookPath("arping"); err == nil {
		asks := exec.Command(program, "-c", "2", "-w", "2", "-I", "v1", nearIP)
		probes := exec.Command(program, "-D", "-c", "3", "-w", "3", "-I", "v1", "192.0.2.50") // as who takes an address
		if err := errors.Join(asks.Start(), probes.Start()); err != nil {
			return err
		}
		_, _ = asks.Wait(), probes.Wait() // nobody may have answered
	}
	var frames [][]byte
	router := [6]byte{0, 0, 0x5e, 0, 1, 7}
	for range 6 {
		frames = append(frames, parsetest.ARP{Reply: true, Sender: router, SenderIP: netip.MustParseAddr("192.0.2.3"), TargetIP: netip.MustParseAddr("192.0.2.3")}.Bytes(t))
	}
	return send(frames...)
}

// relay sends what a relay of commands sends.
func relay(t *testing.T) func() error {
	nobody, target := netip.IPv4Unspecified(), netip.MustParseAddr(nearIP)
	source := [6]byte{0xdc, 0xa6, 0x32, 0, 0x40, 2}
	arp := func(sender [6]byte, from netip.Addr) []byte {
		return parsetest.ARP{SourceMAC: source, Sender: sender, SenderIP: from, TargetIP: target}.Bytes(t)
	}
	var frames [][]byte
	for range 5 {
		frames = append(frames, arp([6]byte([]byte("start!")), nobody), arp([6]byte{2, 0, 0, 0, 0, 7}, nobody))
	}
	for range 40 {
		frames = append(frames, arp(source, nobody))
	}
	for range 4 {
		frames = append(frames, arp([6]byte{2, 0, 0, 0, 1, 1}, netip.MustParseAddr(farIP)), arp([6]byte{2, 0, 0, 0, 1, 2}, netip.MustParseAddr(farIP)))
	}
	return func() error { return send(frames...) }
}

func send(frames ...[]byte) error {
	link, err := net.InterfaceByName("v1")
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for _, frame := range frames {
		if err := unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: link.Index}); err != nil {
			return err
		}
	}
	return nil
}

// thisThread hands the sensor a capture that another thread opened.
type thisThread struct {
	host.Host
	begun  chan struct{}
	filter []bpf.RawInstruction
	opened chan opening
}

type opening struct {
	source host.PacketSource
	err    error
}

func (h *thisThread) Packets(_ context.Context, filter []bpf.RawInstruction) (host.PacketSource, error) {
	h.filter = filter
	close(h.begun)
	o := <-h.opened
	return o.source, o.err
}
