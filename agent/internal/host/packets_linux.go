package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/google/gopacket"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Bounds of a capture.
const (
	captureBuffer   = 1 << 20 // in the kernel, for each interface
	capturePending  = 64      // frames on their way to the reader
	captureMostLive = 16      // interfaces listened on at once
	captureRescan   = 30 * time.Second
)

type frame struct {
	content []byte
	capture gopacket.CaptureInfo
}

// A capture listens on every interface that carries Ethernet frames or bare IP
// packets, and on those that appear later.
type capture struct {
	files    FS
	filter   []bpf.RawInstruction
	loopback bool // whether loopback is listened on whatever else there is
	unpaced  bool
	frames   chan frame
	ended    chan struct{}
	stop     context.CancelFunc
	mu       sync.Mutex
	open     map[int]*os.File
	lost     uint64 // frames that passed the filter and found no room
	passed   uint64
	finished sync.WaitGroup
}

var _ LossyCapture = (*capture)(nil)

func (h *LiveHost) openPackets(ctx context.Context, filter []bpf.RawInstruction) (PacketSource, error) {
	return h.capture(ctx, filter, false)
}

var _ LoopbackHost = (*LiveHost)(nil)

// AllPackets is Packets with what programs of this machine say to each other.
func (h *LiveHost) AllPackets(ctx context.Context, filter []bpf.RawInstruction) (PacketSource, error) {
	return h.capture(ctx, filter, true)
}

func (h *LiveHost) capture(ctx context.Context, filter []bpf.RawInstruction, loopback bool) (PacketSource, error) {
	if len(filter) == 0 {
		return nil, errors.New("capture packets: no filter, and farmwatch does not look at everything")
	}
	ctx, stop := context.WithCancel(ctx)
	c := &capture{files: h.files, filter: filter, loopback: loopback, unpaced: h.options.Unpaced, stop: stop, frames: make(chan frame, capturePending), ended: make(chan struct{}), open: map[int]*os.File{}}
	if err := c.rescan(); err != nil {
		c.shut()
		stop()
		return nil, fmt.Errorf("capture packets: %w", orDenied(err, "run as root, or grant CAP_NET_RAW"))
	}
	go c.follow(ctx)
	return c, nil
}

// ReadPacketData gives the next frame, or io.EOF once the capture has ended.
func (c *capture) ReadPacketData() ([]byte, gopacket.CaptureInfo, error) {
	select {
	case f := <-c.frames:
		return f.content, f.capture, nil
	case <-c.ended:
		return nil, gopacket.CaptureInfo{}, io.EOF
	}
}

// Close ends the capture and waits until nothing listens any more.
func (c *capture) Close() error {
	c.stop()
	<-c.ended
	return nil
}

// follow keeps to the interfaces there are until ctx ends.
func (c *capture) follow(ctx context.Context) {
	ticker := time.NewTicker(captureRescan)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			c.shut()
			return
		case <-ticker.C:
			_ = c.rescan() // an interface that refuses now is tried again at the next turn
		}
	}
}

func (c *capture) shut() {
	c.mu.Lock()
	for _, socket := range c.open {
		done(socket)
	}
	c.mu.Unlock()
	close(c.ended)
	c.finished.Wait()
}

// rescan opens what is not open yet. One interface that cannot be opened does
// not hide the others.
func (c *capture) rescan() error {
	interfaces, err := net.Interfaces()
	if err != nil {
		return fmt.Errorf("list interfaces: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var problems []error
	for _, i := range c.worth(interfaces) {
		if c.open[i.Index] != nil || len(c.open) >= captureMostLive {
			continue
		}
		filter, bare, ok := c.filterFor(i)
		if !ok {
			continue
		}
		socket, err := openCapture(i, filter)
		if err == nil && c.kind(i) == kindLoopback {
			c.onceOnly(socket)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("on %q: %w", i.Name, err))
			continue
		}
		c.open[i.Index] = socket
		c.finished.Add(1)
		go c.listen(frameReader{index: i.Index, bare: bare, loopback: c.kind(i) == kindLoopback, unpaced: c.unpaced, buffer: make([]byte, maxFrame), oob: make([]byte, 256)}, socket)
	}
	if len(c.open) == 0 {
		if len(problems) == 0 {
			return fmt.Errorf("no interface that can be listened on is up: %w", ErrAbsent)
		}
		return errors.Join(problems...)
	}
	return nil
}

// worth picks the interfaces to listen on. Ports of a bridge or bond are left
// out, since their frames are seen on it. Loopback is taken where the machine
// asks a resolver of its own for names, as with systemd-resolved: what leaves
// it may be encrypted. Otherwise loopback serves only who asks for it, or when
// nothing else is up.
func (c *capture) worth(interfaces []net.Interface) []net.Interface {
	var picked, loopback []net.Interface
	for _, i := range interfaces {
		_, portErr := c.files.Lstat("sys/class/net/" + i.Name + "/master")
		switch kind := c.kind(i); {
		case i.Flags&net.FlagUp == 0 || portErr == nil:
		case kind == kindLoopback:
			loopback = append(loopback, i)
		case kind == kindEthernet, kind == kindNone:
			picked = append(picked, i)
		}
	}
	if len(picked) == 0 || c.loopback || c.ownResolver() {
		picked = append(picked, loopback...)
	}
	return picked
}

// The kinds of interface listened on, as the kernel numbers them (ARPHRD_…).
// Those of VPNs, such as WireGuard's and OpenVPN's, have no header before IP.
const (
	kindEthernet = "1"
	kindLoopback = "772"
	kindNone     = "65534"
)

func (c *capture) kind(i net.Interface) string {
	text, err := fs.ReadFile(c.files, "sys/class/net/"+i.Name+"/type")
	switch {
	case err == nil:
		return strings.TrimSpace(string(text))
	case i.Flags&net.FlagLoopback != 0: // without /sys, as in a small container
		return kindLoopback
	case len(i.HardwareAddr) == 6:
		return kindEthernet
	}
	return ""
}

// filterFor gives the filter in the form the interface needs.
func (c *capture) filterFor(i net.Interface) (filter []bpf.RawInstruction, bare, ok bool) {
	if c.kind(i) != kindNone {
		return c.filter, false, true
	}
	filter, ok = forBareIP(c.filter)
	return filter, true, ok
}

func (c *capture) ownResolver() bool {
	text, err := fs.ReadFile(c.files, "etc/resolv.conf")
	if err != nil {
		return false
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		fields := strings.Fields(line)
		if len(fields) == 2 && fields[0] == "nameserver" && (strings.HasPrefix(fields[1], "127.") || fields[1] == "::1") {
			return true
		}
	}
	return false
}

// openCapture opens one interface. The filter is attached while the socket
// still belongs to no protocol, so that not one frame passes unfiltered;
// pcapgo's handle binds first. Through os.File a read ends when it is closed.
func openCapture(i net.Interface, filter []bpf.RawInstruction) (*os.File, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open a packet socket: %w", err)
	}
	program := make([]unix.SockFilter, len(filter))
	for n, f := range filter {
		program[n] = unix.SockFilter{Code: f.Op, Jt: f.Jt, Jf: f.Jf, K: f.K}
	}
	err = unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]})
	if err == nil {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, captureBuffer)
	}
	if err == nil {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	}
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: bigEndian16(unix.ETH_P_ALL), Ifindex: i.Index})
	}
	if err != nil {
		closeFD(fd)
		return nil, fmt.Errorf("set up a packet socket: %w", err)
	}
	return os.NewFile(uintptr(fd), "packets on "+i.Name), nil
}

func bigEndian16(v uint16) uint16 { return v<<8 | v>>8 }

// listen hands frames on until the interface goes or the capture ends. Where
// the reader is slow the kernel's buffer fills and drops: memory stays bounded.
func (c *capture) listen(r frameReader, socket *os.File) {
	defer c.finished.Done()
	defer c.forget(r.index, socket)
	raw, err := socket.SyscallConn()
	if err != nil {
		return // closed before it began
	}
	for {
		f, err := r.next(raw)
		if errors.Is(err, unix.ENETDOWN) {
			continue // told once when the interface goes down; it may come up again
		}
		if err != nil {
			return
		}
		if f.content == nil {
			continue // no IP packet, so none the filter asked for
		}
		select {
		case c.frames <- f:
		case <-c.ended:
			return
		}
	}
}

func (c *capture) forget(index int, socket *os.File) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count(socket)
	done(socket)
	if c.open[index] == socket {
		delete(c.open, index)
	}
}
