package host

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	tracing = calls("advapi32.dll")

	startTrace    = tracing("StartTraceW")
	controlTrace  = tracing("ControlTraceW")
	enableTraceEx = tracing("EnableTraceEx2")
	openTrace     = tracing("OpenTraceW")
	processTrace  = tracing("ProcessTrace")
	closeTrace    = tracing("CloseTrace")
)

const (
	// traceName is that of our session, of which there is one: what an agent that
	// was killed left behind is ended by the next.
	traceName = "farmwatch names"

	traceStop         = 1
	traceEnable       = 1
	traceInformation  = 4 // the level
	traceNoHandle     = ^uintptr(0)
	traceModeRealTime = 0x00000100
	traceModeRecord   = 0x10000000
)

// traceLogfile is EVENT_TRACE_LOGFILEW.
type traceLogfile struct {
	file, name  *uint16
	current     int64
	read, mode  uint32
	_           [88 + 280]byte // the current record and the file's head, both unused
	buffer      uintptr
	_           [4]uint32
	record      uintptr // the callback
	kernel      uint32
	userContext uintptr
}

// traceRecord is EVENT_RECORD.
type traceRecord struct {
	header [traceHeaderSize]byte
	_      [4]byte
	_      uint16 // of further parts, which are not read
	length uint16
	_      unsafe.Pointer
	own    unsafe.Pointer
	_      uintptr
}

// A trace hears which names are looked up from the DNS client of Windows. The
// records are read here: the system's own reader of them is not needed.
type trace struct {
	session uint64
	handle  uint64
	logfile traceLogfile // as long as it is listened to: nobody says that Windows keeps no pointer to it
	heard   chan Lookup
	ended   chan struct{}
	once    onceLookups
	closing sync.Once
}

// The trace that is heard, for the callback, of which Windows' own code can be
// given a limited number in a process' life.
var (
	heardTrace     sync.Mutex
	heardBy        *trace
	heardCallback  = sync.OnceValue(func() uintptr { return windows.NewCallback(hearTrace) })
	errTraceExists = errors.New("another listener of this program runs")
)

func hearTrace(record *traceRecord) uintptr {
	heardTrace.Lock()
	defer heardTrace.Unlock()
	if record == nil || record.own == nil || heardBy == nil {
		return 0
	}
	found, ok := tracedLookup(record.header[:], unsafe.Slice((*byte)(record.own), int(record.length)))
	if !ok || !heardBy.once.first(found) {
		return 0
	}
	select {
	case heardBy.heard <- found:
	default: // whoever listens is far behind; a name that matters comes again
	}
	return 0
}

// startLookups opens a trace of the DNS client.
func startLookups() (*trace, error) {
	if underWine() {
		return nil, fmt.Errorf("here Windows does not tell who looks names up: %w", ErrUnsupported)
	}
	t := &trace{heard: make(chan Lookup, 1024), ended: make(chan struct{})}
	heardTrace.Lock()
	if heardBy != nil {
		heardTrace.Unlock()
		return nil, errTraceExists
	}
	heardBy = t
	heardTrace.Unlock()
	if err := t.begin(); err != nil {
		t.stop()
		t.unhear()
		return nil, err
	}
	go func() {
		defer close(t.ended)
		_, _, _ = processTrace.do(uintptr(unsafe.Pointer(&t.handle)), 1, 0, 0) // until it is closed
		t.unhear()
	}()
	return t, nil
}

func (t *trace) unhear() {
	heardTrace.Lock()
	defer heardTrace.Unlock()
	if heardBy == t {
		heardBy = nil
	}
}

// begin starts the session, in place of one that was left behind, and opens it.
func (t *trace) begin() error {
	name, err := windows.UTF16PtrFromString(traceName)
	if err != nil {
		return fmt.Errorf("listen for lookups: %w", err)
	}
	code, err := t.start(name)
	if err == nil && code == windows.ERROR_ALREADY_EXISTS {
		stopTrace(name)
		code, err = t.start(name)
	}
	if err != nil || code != 0 {
		return traceTrouble("start listening for lookups", code, err)
	}
	provider := dnsClient
	result, _, err := enableTraceEx.do(uintptr(t.session), uintptr(unsafe.Pointer(&provider)), traceEnable, traceInformation, 0, 0, 0, 0)
	if err != nil || result != 0 {
		return traceTrouble("listen to Windows' DNS client", syscall.Errno(result), err)
	}
	t.logfile = traceLogfile{name: name, mode: traceModeRealTime | traceModeRecord, record: heardCallback()}
	handle, last, err := openTrace.do(uintptr(unsafe.Pointer(&t.logfile)))
	if err != nil || handle == traceNoHandle {
		return traceTrouble("open what Windows' DNS client tells", last, err)
	}
	t.handle = uint64(handle)
	return nil
}

func (t *trace) start(name *uint16) (syscall.Errno, error) {
	properties := traceProperties(traceName)
	result, _, err := startTrace.do(uintptr(unsafe.Pointer(&t.session)), uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&properties[0])))
	return syscall.Errno(result), err
}

func traceTrouble(doing string, code syscall.Errno, err error) error {
	if err != nil {
		return err
	}
	if code == windows.ERROR_NO_SYSTEM_RESOURCES {
		return fmt.Errorf("%s: so many programs listen to Windows that it lets no more do so: %w", doing, code)
	}
	return failed(doing, code)
}

func stopTrace(name *uint16) {
	properties := traceProperties(traceName)
	_, _, _ = controlTrace.do(0, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&properties[0])), traceStop)
}

// stop ends the session; what was never begun has nothing to end.
func (t *trace) stop() {
	t.closing.Do(func() {
		if t.handle != 0 {
			_, _, _ = closeTrace.do(uintptr(t.handle))
		}
		if name, err := windows.UTF16PtrFromString(traceName); err == nil && t.session != 0 {
			stopTrace(name)
		}
	})
}

// end ends the session and waits until nothing is heard any more.
func (t *trace) end() {
	t.stop()
	<-t.ended
}

// run passes on what is heard until ctx ends or the system ends it.
func (t *trace) run(ctx context.Context, found chan<- Lookup) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.ended:
			return errors.New("listening for lookups was ended by somebody else; the agent starts it anew")
		case l := <-t.heard:
			if err := hand(ctx, found, l); err != nil {
				return err
			}
		}
	}
}
