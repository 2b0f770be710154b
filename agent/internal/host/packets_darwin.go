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
	"unsafe"

	"github.com/google/gopacket"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Bounds of a capture.
const (
	captureBuffer   = 256 << 10 // in the kernel, for each interface
	capturePending  = 64        // frames on their way to the reader
	captureMostLive = 16        // interfaces listened on at once
	captureRescan   = 30 * time.Second
	capturePatience = 1 // second that a read waits, after which it sees whether anybody still listens
	captureDevices  = 256
)

var _ LoopbackHost = (*LiveHost)(nil)

// A capture listens on every interface that carries Ethernet frames and on every
// tunnel, and on those that appear later.
type capture struct {
	filter   []bpf.RawInstruction
	loopback bool
	frames   chan macFrame
	ended    chan struct{}
	stop     context.CancelFunc
	mu       sync.Mutex
	open     map[int]int // the device that listens on each interface
	lost     uint64      // frames that found no room on those that are closed
	seen     uint64
	finished sync.WaitGroup
}

func (h *LiveHost) openPackets(ctx context.Context, filter []bpf.RawInstruction) (PacketSource, error) {
	return openCapture(ctx, filter, false)
}

// AllPackets is Packets with what programs of this machine say to each other.
func (h *LiveHost) AllPackets(ctx context.Context, filter []bpf.RawInstruction) (PacketSource, error) {
	return openCapture(ctx, filter, true)
}

func openCapture(ctx context.Context, filter []bpf.RawInstruction, loopback bool) (PacketSource, error) {
	if len(filter) == 0 {
		return nil, errors.New("capture packets: no filter, and farmwatch does not look at everything")
	}
	if !forMac(filter) {
		return nil, fmt.Errorf("capture packets: macOS answers less than this filter asks: %w", ErrUnsupported)
	}
	ctx, stop := context.WithCancel(ctx)
	c := &capture{filter: filter, loopback: loopback, stop: stop, frames: make(chan macFrame, capturePending), ended: make(chan struct{}), open: map[int]int{}}
	if err := c.rescan(ctx); err != nil {
		stop()
		c.finished.Wait()
		return nil, fmt.Errorf("capture packets: %w", err)
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
			c.finished.Wait()
			close(c.ended)
			return
		case <-ticker.C:
			_ = c.rescan(ctx) // an interface that refuses now is tried again at the next turn
		}
	}
}

// rescan opens what is not open yet. One interface that cannot be opened does not
// hide the others.
func (c *capture) rescan(ctx context.Context) error {
	interfaces, err := net.Interfaces()
	if err != nil {
		return fmt.Errorf("list interfaces: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var problems []error
	for _, i := range interfaces {
		link, worth := c.linkOf(i)
		if _, listens := c.open[i.Index]; !worth || listens || len(c.open) >= captureMostLive {
			continue
		}
		device, size, err := c.listenOn(i, link)
		if err != nil {
			problems = append(problems, fmt.Errorf("on %q: %w", i.Name, err))
			continue
		}
		c.open[i.Index] = device
		c.finished.Add(1)
		go c.listen(ctx, device, make([]byte, size), link, i.Index)
	}
	switch {
	case len(c.open) > 0:
		return nil
	case len(problems) > 0:
		return errors.Join(problems...)
	}
	return fmt.Errorf("no interface that can be listened on is up: %w", ErrAbsent)
}

// linkOf says whether an interface is worth listening on, and with which header
// its packets come. What Apple's devices say to each other is not.
func (c *capture) linkOf(i net.Interface) (link int, worth bool) {
	if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagRunning == 0 {
		return 0, false
	}
	switch {
	case i.Flags&net.FlagLoopback != 0:
		return linkNull, c.loopback
	case strings.HasPrefix(i.Name, "utun"), strings.HasPrefix(i.Name, "ipsec"):
		return linkNull, true
	}
	return linkEther, strings.HasPrefix(i.Name, "en") && len(i.HardwareAddr) == 6
}

// listenOn opens one interface. The filter is set while the device still belongs to
// no interface, so that not one frame passes unfiltered.
func (c *capture) listenOn(i net.Interface, link int) (device, size int, err error) {
	filter := c.filter
	if link == linkNull {
		var ok bool
		if filter, ok = forTunnel(filter); !ok {
			return 0, 0, fmt.Errorf("the filter does not fit a tunnel: %w", ErrUnsupported)
		}
	}
	if device, err = freeBPF(); err != nil {
		return 0, 0, err
	}
	program := make([]unix.BpfInsn, len(filter))
	for n, f := range filter {
		program[n] = unix.BpfInsn{Code: f.Op, Jt: f.Jt, Jf: f.Jf, K: f.K}
	}
	set := unix.BpfProgram{Len: uint32(len(program)), Insns: &program[0]}
	length, at, patience, is := uint32(captureBuffer), uint32(1), unix.Timeval{Sec: capturePatience}, uint32(0)
	var name functionRequest // a struct ifreq of which only the name counts
	copy(name.name[:interfaceNames-1], i.Name)
	for _, step := range []struct {
		question uintptr
		with     unsafe.Pointer
	}{
		{unix.BIOCSBLEN, unsafe.Pointer(&length)}, {unix.BIOCSETF, unsafe.Pointer(&set)}, {unix.BIOCIMMEDIATE, unsafe.Pointer(&at)},
		{unix.BIOCSRTIMEOUT, unsafe.Pointer(&patience)}, {unix.BIOCSETIF, unsafe.Pointer(&name)}, {unix.BIOCGDLT, unsafe.Pointer(&is)},
	} {
		if errno := ask(device, step.question, step.with); errno != 0 {
			_ = unix.Close(device) // nothing was written to it
			return 0, 0, fmt.Errorf("set up a capture: %w", errno)
		}
	}
	if int(is) != link {
		_ = unix.Close(device) // nothing was written to it
		return 0, 0, fmt.Errorf("frames of kind %d: %w", is, ErrUnsupported)
	}
	return device, int(length), nil
}

// freeBPF opens the first of the kernel's devices that nobody uses. macOS makes
// more of them as they are taken.
func freeBPF() (int, error) {
	for n := range captureDevices {
		device, err := unix.Open(fmt.Sprintf("/dev/bpf%d", n), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		switch {
		case err == nil:
			return device, nil
		case errors.Is(err, unix.EBUSY):
		case errors.Is(err, fs.ErrPermission):
			return 0, fmt.Errorf("%w: run as root, as the service does", ErrDenied)
		default:
			return 0, fmt.Errorf("open a capture device: %w", err)
		}
	}
	return 0, fmt.Errorf("all capture devices are in use: %w", os.ErrExist)
}

// listen hands frames on until the interface goes or the capture ends. Where the
// reader is slow the kernel's buffer fills and drops: memory stays bounded.
func (c *capture) listen(ctx context.Context, device int, buffer []byte, link, number int) {
	defer c.finished.Done()
	defer func() {
		c.mu.Lock()
		lost, seen := dropped(device)
		c.lost, c.seen = c.lost+lost, c.seen+seen
		delete(c.open, number)
		_ = unix.Close(device) // nothing was written to it
		c.mu.Unlock()
	}()
	for ctx.Err() == nil {
		n, err := unix.Read(device, buffer)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return // the interface is gone
		}
		frames, err := parseBPF(buffer[:n], link, number)
		if err != nil && len(frames) == 0 {
			continue
		}
		for _, f := range frames {
			select {
			case c.frames <- f:
			case <-ctx.Done():
				return
			}
		}
	}
}
