package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/google/gopacket"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

func passAll() []bpf.RawInstruction { return assembled(bpf.RetConstant{Val: 65535}) }

// TestLivePackets sends frames over a pair of virtual interfaces: what the
// filter passes arrives from an interface that was up at the start, the rest
// does not.
func TestLivePackets(t *testing.T) {
	t.Parallel()
	near, far := fmt.Sprintf("fwa%d", os.Getpid()), fmt.Sprintf("fwb%d", os.Getpid())
	if os.Geteuid() != 0 {
		lacking(t, "a packet socket needs root or CAP_NET_RAW")
	}
	if output, err := exec.Command("ip", "link", "add", near, "type", "veth", "peer", "name", far).CombinedOutput(); err != nil {
		lacking(t, "a pair of virtual interfaces: "+string(output))
	}
	t.Cleanup(func() { exec.Command("ip", "link", "del", near).Run() })
	for _, name := range []string{near, far} {
		if output, err := exec.Command("ip", "link", "set", name, "up").CombinedOutput(); err != nil {
			t.Fatalf("set %s up: %s", name, output)
		}
	}
	source, err := New(Options{Now: time.Now}).Packets(context.Background(), udpTo(5353))
	if err != nil {
		t.Fatal(err)
	}
	sender, err := net.InterfaceByName(near)
	if err != nil {
		t.Fatal(err)
	}
	again := func() { send(t, sender.Index, frameTo(t, 9, "refused"), frameTo(t, 5353, "passed")) }
	receiver, err := net.InterfaceByName(far)
	if err != nil {
		t.Fatal(err)
	}
	for {
		content, capture := nextFrame(t, source, again)
		if bytes.Contains(content, []byte("refused")) {
			t.Fatal("the filter did not hold")
		}
		if want := map[int]Way{sender.Index: WayOut, receiver.Index: WayIn}[capture.InterfaceIndex]; want != WayUnknown && WayOf(capture) != want {
			t.Errorf("way %d on interface %d, want %d", WayOf(capture), capture.InterfaceIndex, want)
		}
		if capture.InterfaceIndex == receiver.Index && bytes.Contains(content, []byte("passed")) {
			if age := time.Since(capture.Timestamp); age < -time.Minute || age > time.Minute {
				t.Errorf("stamped %s ago", age)
			}
			break
		}
	}
	if err := source.Close(); err != nil {
		t.Fatal(err)
	}
	for range capturePending + 1 {
		if _, _, err = source.ReadPacketData(); err != nil {
			break
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Errorf("after Close: %v, want io.EOF", err)
	}
}

func send(t *testing.T, index int, frames ...[]byte) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for _, f := range frames {
		if err := unix.Sendto(fd, f, 0, &unix.SockaddrLinklayer{Protocol: bigEndian16(unix.ETH_P_IP), Ifindex: index}); err != nil {
			t.Fatal(err)
		}
	}
}

// nextFrame sends until something arrives: an interface that was just set up
// drops what it is given until the kernel has attached its queue.
func nextFrame(t *testing.T, source PacketSource, send func()) ([]byte, gopacket.CaptureInfo) {
	t.Helper()
	type got struct {
		content []byte
		capture gopacket.CaptureInfo
		err     error
	}
	arrived := make(chan got, 1)
	go func() {
		content, capture, err := source.ReadPacketData()
		arrived <- got{content, capture, err}
	}()
	for range 50 {
		send()
		select {
		case g := <-arrived:
			if g.err != nil {
				t.Fatal(g.err)
			}
			return g.content, g.capture
		case <-time.After(100 * time.Millisecond):
		}
	}
	t.Fatal("no frame within 5 s")
	return nil, gopacket.CaptureInfo{}
}

// TestBarePackets sends IP packets into a tunnel interface, as a VPN's program
// does: they arrive as frames, through the same filter.
func TestBarePackets(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		lacking(t, "a packet socket needs root or CAP_NET_RAW")
	}
	name := fmt.Sprintf("fwt%d", os.Getpid())
	tunnel, err := openTunnel(name)
	if err != nil {
		lacking(t, "a tunnel interface: "+err.Error())
	}
	defer tunnel.Close()
	if output, err := exec.Command("ip", "link", "set", name, "up").CombinedOutput(); err != nil {
		t.Fatalf("set %s up: %s", name, output)
	}
	of, err := net.InterfaceByName(name)
	if err != nil {
		t.Fatal(err)
	}
	// This filter counts from a register, so that its moved offsets are negative.
	byRegister := assembled(
		bpf.LoadAbsolute{Off: 12, Size: 2}, bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0x0800, SkipFalse: 6},
		bpf.LoadConstant{Dst: bpf.RegX, Val: 14},
		bpf.LoadIndirect{Off: 9, Size: 1}, bpf.JumpIf{Cond: bpf.JumpEqual, Val: 17, SkipFalse: 3},
		bpf.LoadIndirect{Off: 22, Size: 2}, bpf.JumpIf{Cond: bpf.JumpEqual, Val: 5353, SkipFalse: 1},
		bpf.RetConstant{Val: 2000}, bpf.RetConstant{Val: 0},
	)
	source, err := New(Options{Now: time.Now}).Packets(context.Background(), byRegister)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	refused, passed := frameTo(t, 9, "refused"), frameTo(t, 5353, "passed")
	for {
		content, capture := nextFrame(t, source, func() {
			for _, f := range [][]byte{refused, passed} {
				if _, err := tunnel.Write(f[etherHeader:]); err != nil {
					t.Error(err)
				}
			}
		})
		if capture.InterfaceIndex != of.Index {
			continue
		}
		if capture.CaptureLength != len(content) || !bytes.Equal(content[etherHeader:], passed[etherHeader:]) || content[12] != 0x08 {
			t.Errorf("% x", content)
		}
		return
	}
}

func openTunnel(name string) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	request, err := unix.NewIfreq(name)
	if err == nil {
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, request)
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

// TestWake asks the kernel to repeat its message about loopback, which only root may.
func TestWake(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	wakes, err := New(Options{Now: time.Now}).Wake(ctx)
	if errors.Is(err, ErrDenied) {
		lacking(t, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("/sys/class/net/lo/uevent", []byte("change"), 0o200); err != nil {
		lacking(t, "a device that repeats its message: "+err.Error())
	}
	select {
	case class := <-wakes:
		if class != "network_interfaces" {
			t.Errorf("woke %s", class)
		}
	case <-time.After(5 * time.Second):
		t.Error("no wake within 5 s")
	}
	cancel()
	for range wakes {
	}
}

func TestDebounce(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	heard, wakes := make(chan string), make(chan string, 10)
	go debounce(ctx, heard, wakes, 20*time.Millisecond)
	for range 20 {
		heard <- "usb_devices"
	}
	if class := <-wakes; class != "usb_devices" {
		t.Errorf("woke %s", class)
	}
	select {
	case class := <-wakes:
		t.Errorf("woke %s again", class)
	case <-time.After(80 * time.Millisecond):
	}
}

// TestAllPackets: what programs of this machine say to each other is heard by
// who asks for it, whatever other interfaces there are.
func TestAllPackets(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		lacking(t, "a packet socket needs root or CAP_NET_RAW")
	}
	source, err := New(Options{Now: time.Now}).AllPackets(context.Background(), udpTo(5355))
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	conn, err := net.Dial("udp", "127.0.0.1:5355")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	content, _ := nextFrame(t, source, func() { _, _ = conn.Write([]byte("to ourselves")) })
	if !bytes.Contains(content, []byte("to ourselves")) {
		t.Errorf("%q", content)
	}
}
