package host

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// rawListener hears the input of the session it runs in. One thread of its own
// is called by Windows and only notes what came; Windows lets every program's
// input wait for a hook, and drops the hook of who is slow.
type rawListener struct {
	ring  inputRing
	heard atomic.Uint32 // inputs, to see whether any come

	// Of that one thread:
	held, hookHeld keyRepeat
	place          [2]int32      // of the pointer, as the hook saw it last
	touched        time.Duration // when a screen, a pad or a pen was last
	unhooked       int           // keys since the hook of keys was called
	raw            *[rawBuffer]byte
	tick           *int64
	frequency      int64
	inputs         []rawInput
	hooks          [2]windows.Handle
	hooked         atomic.Bool
}

const (
	rawBuffer   = 4096
	hookKeys    = 13 // WH_KEYBOARD_LL
	hookMouse   = 14 // WH_MOUSE_LL
	hookLost    = 32 // keys that the hook of keys was not called for: Windows dropped it
	wmInput     = 0x00ff
	wmQuit      = 0x0012
	readInput   = 0x10000003  // RID_INPUT
	inputSink   = 0x00000100  // RIDEV_INPUTSINK: also while other programs' windows are in front
	messageOnly = ^uintptr(2) // HWND_MESSAGE
)

var (
	user32   = calls("user32.dll")
	kernel32 = calls("kernel32.dll")

	getMessage    = user32("GetMessageW")
	getRawInput   = user32("GetRawInputData")
	nextHook      = user32("CallNextHookEx")
	counter       = kernel32("QueryPerformanceCounter")
	counterPace   = kernel32("QueryPerformanceFrequency")
	hookListener  atomic.Pointer[rawListener] // whom the hooks tell: callbacks are made once, and never freed
	keyCallback   = windows.NewCallback(keyHooked)
	mouseCallback = windows.NewCallback(mouseHooked)
)

// clock reads the counter that all processes of the machine share. Windows' own
// times of inputs are too coarse to tell a hand from a program.
func (l *rawListener) clock() time.Duration {
	_, _, _ = syscall.SyscallN(counter.proc.Addr(), uintptr(unsafe.Pointer(l.tick)))
	return countedTime(*l.tick, l.frequency)
}

func keyHooked(code int32, message uintptr, at uintptr) uintptr {
	if l := hookListener.Load(); l != nil && code >= 0 {
		copied := **(**[keyHookSize]byte)(unsafe.Pointer(&at))
		l.unhooked = 0
		if kind, made := parseKeyHook(copied[:], &l.hookHeld); made {
			l.put(rawInput{at: l.clock(), kind: kind})
		}
	}
	next, _, _ := syscall.SyscallN(nextHook.proc.Addr(), 0, uintptr(code), message, at)
	return next
}

func mouseHooked(code int32, message uintptr, at uintptr) uintptr {
	if l := hookListener.Load(); l != nil && code >= 0 {
		copied := **(**[mouseHookSize]byte)(unsafe.Pointer(&at))
		if in, made := parseMouseHook(copied[:], message, &l.place); made {
			if in.at = l.clock(); !madeOfTouch(copied[:], in.at, l.touched) {
				l.put(in)
			}
		}
	}
	next, _, _ := syscall.SyscallN(nextHook.proc.Addr(), 0, uintptr(code), message, at)
	return next
}

func (l *rawListener) put(in rawInput) {
	l.heard.Add(1)
	l.ring.put(in)
}

// start listens until ctx ends. Only one in a process can.
func (l *rawListener) start(ctx context.Context) error {
	for _, needed := range []call{getMessage, getRawInput, nextHook, counter, counterPace} {
		if err := needed.there(); err != nil {
			return err
		}
	}
	if !hookListener.CompareAndSwap(nil, l) {
		return errors.New("this process listens to input already")
	}
	l.raw, l.tick = new([rawBuffer]byte), new(int64)
	if _, _, err := counterPace.do(uintptr(unsafe.Pointer(l.tick))); err != nil {
		return err
	}
	l.frequency = *l.tick
	begun := make(chan error, 1)
	thread := make(chan uint32, 1)
	go l.loop(begun, thread)
	if err := <-begun; err != nil {
		hookListener.Store(nil)
		return err
	}
	id := <-thread
	context.AfterFunc(ctx, func() { _, _, _ = user32("PostThreadMessageW").do(uintptr(id), wmQuit, 0, 0) })
	return nil
}

// loop is the thread: it has a window that nobody sees, to which raw input is sent.
func (l *rawListener) loop(begun chan<- error, thread chan<- uint32) {
	runtime.LockOSThread() // the thread ends with this function, and its window and hooks with it
	window, err := messageWindow()
	if err == nil {
		err = registerRaw(window)
	}
	if err != nil {
		begun <- err
		return
	}
	_, _, _ = user32("GetCursorPos").do(uintptr(unsafe.Pointer(&l.place)))
	l.hook()
	begun <- nil
	thread <- windows.GetCurrentThreadId()
	defer hookListener.Store(nil)
	message := new([48]byte) // MSG: window, message, wParam, lParam, time, place
	for {
		got, _, err := getMessage.do(uintptr(unsafe.Pointer(message)), 0, 0, 0)
		if err != nil || int32(got) <= 0 {
			break
		}
		if *(*uint32)(unsafe.Pointer(&message[8])) == wmInput {
			l.read(*(*uintptr)(unsafe.Pointer(&message[24])))
		}
		_, _, _ = user32("DispatchMessageW").do(uintptr(unsafe.Pointer(message))) // frees what came
	}
	l.unhook()
	_, _, _ = user32("DestroyWindow").do(window)
}

func messageWindow() (uintptr, error) {
	class, err := windows.UTF16PtrFromString("STATIC")
	if err != nil {
		return 0, err
	}
	window, last, err := user32("CreateWindowExW").do(0, uintptr(unsafe.Pointer(class)), 0, 0, 0, 0, 0, 0, messageOnly, 0, 0, 0)
	if err == nil && window == 0 {
		err = failed("make a window that input is sent to", last)
	}
	return window, err
}

// rawRegistration is RAWINPUTDEVICE.
type rawRegistration struct {
	page, usage uint16
	flags       uint32
	window      uintptr
}

// registerRaw asks for keyboards and mice, and for pads, screens and pens where
// Windows knows them.
func registerRaw(window uintptr) error {
	var wanted []rawRegistration
	for _, use := range [][2]uint16{{1, 6}, {1, 2}, {digitizer, 1}, {digitizer, 2}, {digitizer, 4}, {digitizer, 5}} {
		wanted = append(wanted, rawRegistration{use[0], use[1], inputSink, window})
	}
	register := func(some []rawRegistration) (bool, syscall.Errno, error) {
		ok, last, err := user32("RegisterRawInputDevices").do(uintptr(unsafe.Pointer(&some[0])), uintptr(len(some)), unsafe.Sizeof(some[0]))
		return ok != 0, last, err
	}
	if ok, _, err := register(wanted); ok || err != nil {
		return err
	}
	ok, last, err := register(wanted[:2])
	if err == nil && !ok {
		err = failed("ask for raw input", last)
	}
	return err
}

// read takes one raw input.
func (l *rawListener) read(handle uintptr) {
	size := uint32(rawBuffer)
	got, _, err := getRawInput.do(handle, readInput, uintptr(unsafe.Pointer(l.raw)), uintptr(unsafe.Pointer(&size)), rawHead)
	if err != nil || int32(got) <= 0 || got > rawBuffer {
		return
	}
	at := l.clock()
	l.inputs = parseRaw(l.raw[:got], at, &l.held, l.inputs[:0])
	clear(l.raw[:got])
	for _, in := range l.inputs {
		if in.kind == rawPress {
			l.unhooked++
		}
		if in.kind == rawTouch {
			l.touched = at
		}
		if in.device == 0 && (l.hooked.Load() || in.kind > rawRelease) {
			continue // a program's, which the hook told, or a pad's, which tells of itself
		}
		l.put(in)
	}
	if l.unhooked >= hookLost {
		l.unhook()
		l.hook()
	}
}

// hook asks to be told of all input on its way; without it, what is on no device
// is taken for a program's, as it is on keyboards.
func (l *rawListener) hook() {
	l.unhooked = 0
	self, _, err := kernel32("GetModuleHandleW").do(0) // Windows promises no hook to all without one
	if err != nil {
		return
	}
	for i, h := range []struct {
		kind     int
		callback uintptr
	}{{hookKeys, keyCallback}, {hookMouse, mouseCallback}} {
		hook, _, err := user32("SetWindowsHookExW").do(uintptr(h.kind), h.callback, self, 0)
		if err != nil || hook == 0 {
			l.unhook()
			return
		}
		l.hooks[i] = windows.Handle(hook)
	}
	l.hooked.Store(true)
}

func (l *rawListener) unhook() {
	l.hooked.Store(false)
	for i, hook := range l.hooks {
		if hook != 0 {
			_, _, _ = user32("UnhookWindowsHookEx").do(uintptr(hook))
			l.hooks[i] = 0
		}
	}
}

// monotonic is the clock of inputs.
func monotonic() time.Duration {
	var now, pace int64
	if _, _, err := counterPace.do(uintptr(unsafe.Pointer(&pace))); err != nil {
		return 0 // not met: every Windows has this clock
	}
	_, _, _ = counter.do(uintptr(unsafe.Pointer(&now)))
	return countedTime(now, pace)
}

// idle says when input arrived last in this session, in Windows' milliseconds.
func lastInputTick() (uint32, error) {
	of := [2]uint32{8} // LASTINPUTINFO: size, tick
	ok, last, err := user32("GetLastInputInfo").do(uintptr(unsafe.Pointer(&of)))
	if err == nil && ok == 0 {
		err = fmt.Errorf("ask when input arrived last: %w", last)
	}
	return of[1], err
}
