package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// liveInput listens to the devices of a running machine. It has no goroutine of
// its own but those of X servers: who calls Next does the waiting.
type liveInput struct {
	host    *LiveHost
	listen  func(path string, n inputNode) ([]*listener, error)
	ctx     context.Context // of the source's life
	stop    context.CancelFunc
	ready   *readiness
	poke    *os.File // writing to it ends a wait
	poked   *os.File
	awake   atomic.Bool // whether it was written to since the last wait
	servers *xServers

	reading sync.Mutex             // held by Next, and to the end by Close
	open    map[string][]*listener // by node
	nodes   map[string]inputNode
	failed  map[string]error
	notify  int // tells of devices that come and go; -1 when it cannot
	buffer  []byte
	taken   []Input       // the last batch, to be used again
	busy    bool          // whether the last batch held something
	looked  time.Duration // when all was last looked for
	shut    bool

	mu      sync.Mutex
	devices []InputDevice
	trouble error
	pending []Input
}

var _ InputHost = (*LiveHost)(nil)

// Input listens to the machine's input devices, and to what X servers say was
// injected. Which key was pressed is dropped where it is read.
func (h *LiveHost) Input(ctx context.Context) (InputSource, error) { return h.openInput(ctx, listen) }

func (h *LiveHost) openInput(ctx context.Context, listen func(path string, n inputNode) ([]*listener, error)) (InputSource, error) {
	ready, err := newReadiness(h.options.Now)
	if err != nil {
		return nil, fmt.Errorf("listen to input devices: %w", err)
	}
	poked, poke, err := os.Pipe()
	if err != nil {
		done(ready)
		return nil, fmt.Errorf("listen to input devices: %w", err)
	}
	ready.add(int(poked.Fd()))
	ctx, stop := context.WithCancel(ctx)
	l := &liveInput{
		host: h, listen: listen, ctx: ctx, stop: stop, ready: ready, poke: poke, poked: poked, notify: -1, buffer: make([]byte, 128*recordSize),
		open: map[string][]*listener{}, nodes: map[string]inputNode{}, failed: map[string]error{},
	}
	l.servers = newXServers(h, l.inject)
	if fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK); err == nil {
		if _, err := unix.InotifyAddWatch(fd, l.path(""), unix.IN_CREATE|unix.IN_DELETE|unix.IN_ATTRIB); err == nil {
			l.notify = fd
			ready.add(fd)
		} else {
			closeFD(fd)
		}
	}
	l.rescan()
	l.servers.rescan(ctx)
	l.tell()
	l.looked = monotonic()
	context.AfterFunc(ctx, func() { done(l) })
	return l, nil
}

func (l *liveInput) path(node string) string {
	return filepath.Join("/", l.host.options.Root, "dev/input", node)
}

// Next waits until something is to be read, lets more gather and takes it all.
// While somebody moves a mouse it does not wait, it only sleeps: to be woken
// costs more than to read.
func (l *liveInput) Next() (InputBatch, error) {
	l.reading.Lock()
	defer l.reading.Unlock()
	if l.ctx.Err() != nil {
		return InputBatch{}, io.EOF
	}
	if l.busy || l.wait() {
		time.Sleep(inputGather)
	}
	b := l.gather()
	l.busy = len(b.Inputs) > 0
	plugged, due := l.plugged(), b.Until-l.looked >= inputRescan
	if plugged || due {
		l.rescan()
	}
	if due {
		l.servers.rescan(l.ctx)
		l.looked = b.Until
	}
	if plugged || due {
		l.tell()
	}
	return b, nil
}

// Close ends it and waits until nothing listens any more.
func (l *liveInput) Close() error {
	l.stop()
	l.wake()
	l.reading.Lock()
	defer l.reading.Unlock()
	if l.shut {
		return nil
	}
	l.shut = true
	l.servers.close()
	for _, open := range l.open {
		hangUp(open)
	}
	if l.notify >= 0 {
		closeFD(l.notify)
	}
	done(l.poke)
	done(l.poked)
	done(l.ready)
	return nil
}

// Devices are those there are now, with those of X servers through which
// programs inject.
func (l *liveInput) Devices() ([]InputDevice, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.devices, l.trouble
}

// wait sleeps until something is to be read, and says whether it is.
func (l *liveInput) wait() bool {
	if !l.ready.wait(inputTick) {
		return false
	}
	if l.awake.Load() {
		_, _ = l.poked.Read(make([]byte, 1)) // only that it came matters; it comes at once where it has not yet
		l.awake.Store(false)
	}
	return true
}

// plugged says whether a device came or went.
func (l *liveInput) plugged() bool {
	if l.notify < 0 {
		return false
	}
	n, err := unix.Read(l.notify, make([]byte, 4096))
	return err == nil && n > 0
}

// gather takes what all devices have. One that is gone is closed.
func (l *liveInput) gather() InputBatch {
	b := InputBatch{Inputs: l.taken[:0]}
	for node, open := range l.open {
		for _, one := range open {
			var err error
			if b.Inputs, err = one.drain(l.buffer, b.Inputs); err != nil {
				hangUp(open)
				delete(l.open, node)
				delete(l.nodes, node)
				break
			}
		}
	}
	l.mu.Lock()
	b.Inputs = append(b.Inputs, l.pending...)
	l.pending = l.pending[:0]
	l.mu.Unlock()
	b.Until, l.taken = monotonic(), b.Inputs
	slices.SortStableFunc(b.Inputs, func(a, b Input) int { return cmp.Compare(a.At, b.At) })
	return b
}

// inject takes what an X server says was injected.
func (l *liveInput) inject(inputs []Input) {
	l.mu.Lock()
	if len(l.pending)+len(inputs) <= inputPending {
		l.pending = append(l.pending, inputs...)
	}
	l.mu.Unlock()
	l.wake()
}

func (l *liveInput) wake() {
	if l.awake.CompareAndSwap(false, true) {
		_, _ = l.poke.Write([]byte{0}) // closed when nobody waits any more
	}
}

// rescan opens what is new and closes what is gone. A device that refuses is
// tried again at the next turn.
func (l *liveInput) rescan() {
	nodes, err := sysfsInputs(l.host.files)
	if _, gone := os.Stat(l.path("")); errors.Is(gone, fs.ErrNotExist) { // a container shows the devices of its host
		nodes, err = nil, fmt.Errorf("no /dev/input: %w", ErrAbsent)
	}
	clear(l.failed)
	if err != nil {
		l.failed[""] = err
	}
	fresh := map[string]inputNode{}
	for _, n := range nodes {
		fresh[n.node] = n
		if _, known := l.open[n.node]; known && same(l.nodes[n.node], n) {
			continue
		}
		hangUp(l.open[n.node])
		delete(l.open, n.node)
		open, err := l.listen(l.path(n.node), n)
		if err != nil {
			l.failed[n.node] = err
			continue
		}
		l.open[n.node] = open
		for _, one := range open {
			l.ready.add(one.fd)
		}
	}
	for node, open := range l.open {
		if _, there := fresh[node]; !there {
			hangUp(open)
			delete(l.open, node)
		}
	}
	l.nodes = fresh
}

func same(a, b inputNode) bool { return a.ID == b.ID && a.Name == b.Name && a.Place == b.Place }

// tell writes down what Devices says.
func (l *liveInput) tell() {
	var devices []InputDevice
	for _, node := range slices.Sorted(maps.Keys(l.nodes)) {
		d := l.nodes[node].InputDevice
		d.Unheard = l.failed[node] != nil
		devices = append(devices, d)
	}
	injectors, trouble := l.servers.devices()
	refused := refusals(l.failed)
	if errors.Is(refused, ErrAbsent) && len(injectors) > 0 {
		refused = nil // a desktop without a keyboard, such as one for sessions from elsewhere
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.devices, l.trouble = slices.Concat(devices, injectors), errors.Join(refused, trouble)
}

// refusals is one sentence for all devices that cannot be listened to.
func refusals(failed map[string]error) error {
	for _, node := range slices.Sorted(maps.Keys(failed)) {
		err := failed[node]
		if errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("listen to input devices: %w: start the agent by its unit, or put its user into the group input", ErrDenied)
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ENODEV) {
			return fmt.Errorf("listen to input devices: %w", err)
		}
	}
	return nil
}

func monotonic() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return 0 // not met: every kernel has this clock
	}
	return time.Duration(now.Nano())
}
