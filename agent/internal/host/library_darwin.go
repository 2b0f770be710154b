package host

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/ebitengine/purego"
)

// A library is one of the system's own, loaded when the first of its functions
// is called. macOS keeps them all in one cache; their paths are fixed.
type library struct {
	path      string
	mu        sync.Mutex
	handle    uintptr
	functions map[string]uintptr
}

// The libraries whose functions are called.
var (
	libSystem      = &library{path: "/usr/lib/libSystem.B.dylib"}
	coreFoundation = &library{path: "/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation"}
	ioKit          = &library{path: "/System/Library/Frameworks/IOKit.framework/IOKit"}
	securityTools  = &library{path: "/System/Library/Frameworks/Security.framework/Security"}
	coreMediaIO    = &library{path: "/System/Library/Frameworks/CoreMediaIO.framework/CoreMediaIO"}
	coreWLAN       = &library{path: "/System/Library/Frameworks/CoreWLAN.framework/CoreWLAN"}
	objectiveC     = &library{path: "/usr/lib/libobjc.A.dylib"}
)

// find gives the address of a function, or of a constant. What this macOS has
// not is ErrUnsupported.
func (l *library) find(name string) (uintptr, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, ok := l.functions[name]; ok {
		if at == 0 {
			return 0, fmt.Errorf("this macOS has no %s: %w", name, ErrUnsupported)
		}
		return at, nil
	}
	if l.functions == nil {
		l.functions = map[string]uintptr{}
	}
	if l.handle == 0 {
		handle, err := purego.Dlopen(l.path, purego.RTLD_LAZY|purego.RTLD_GLOBAL)
		if err != nil {
			return 0, fmt.Errorf("this macOS has no %s: %w", l.path, ErrUnsupported)
		}
		l.handle = handle
	}
	at, err := purego.Dlsym(l.handle, name)
	if err != nil {
		at = 0
	}
	l.functions[name] = at
	if at == 0 {
		return 0, fmt.Errorf("this macOS has no %s: %w", name, ErrUnsupported)
	}
	return at, nil
}

// call calls a function whose arguments are whole numbers and pointers, none of
// them behind "...", and which does not give back a larger struct. What it gives
// back is for the caller to judge; the error is of the function not being there.
// What an argument points to stays where it is, if it is converted in the call itself.
//
//go:uintptrescapes
func (l *library) call(name string, args ...uintptr) (uintptr, error) {
	at, err := l.find(name)
	if err != nil {
		return 0, err
	}
	result, _, _ := purego.SyscallN(at, args...)
	return result, nil
}

// lent runs what asks libraries that are written in Objective-C, as most of macOS
// is within: what they lend out by thread is taken back at its end. Threads of Go
// have no such end, and would keep it.
func lent[T any](ask func() (T, error)) (T, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if pool, err := objectiveC.call("objc_autoreleasePoolPush"); err == nil {
		defer func() { _, _ = objectiveC.call("objc_autoreleasePoolPop", pool) }() // the same library
	}
	return ask()
}

// cText is a text as C has it, ended by a zero byte.
func cText(text string) []byte { return append([]byte(text), 0) }
