package host

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/windows"
)

// A call is a function of a Windows library that x/sys has no name for. It may
// not be there: on an older Windows, or where something else stands in for one.
type call struct{ proc *windows.LazyProc }

// calls names functions of one of the system's own libraries; nothing is loaded
// before one is called, and never from the folder of a program.
func calls(library string) func(function string) call {
	dll := windows.NewLazySystemDLL(library)
	return func(function string) call { return call{dll.NewProc(function)} }
}

// there is nil, or ErrUnsupported in words.
func (c call) there() error {
	if err := c.proc.Find(); err != nil {
		return fmt.Errorf("this Windows has no %s: %w", c.proc.Name, ErrUnsupported)
	}
	return nil
}

// do calls it. What it returns is for the caller to judge; the error is of the
// function not being there, and last is what GetLastError says. What an argument
// points to stays where it is, if the argument is converted in the call itself.
//
//go:uintptrescapes
func (c call) do(args ...uintptr) (result uintptr, last syscall.Errno, err error) {
	if err := c.there(); err != nil {
		return 0, 0, err
	}
	result, _, errno := c.proc.Call(args...)
	last, _ = errno.(syscall.Errno) //nolint:errorlint // LazyProc.Call gives an Errno and nothing else
	return result, last, nil
}

// failed turns a Windows error into words; a refusal becomes ErrDenied.
func failed(doing string, errno syscall.Errno) error {
	if errno == windows.ERROR_ACCESS_DENIED || errno == windows.ERROR_PRIVILEGE_NOT_HELD {
		return fmt.Errorf("%s: %w: run as administrator, as the service does", doing, ErrDenied)
	}
	return fmt.Errorf("%s: %w", doing, errno)
}

// underWine says whether Wine stands in for Windows: some of its functions end
// the process that calls them instead of answering.
func underWine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}

// room is memory that stays where it is, for answers that point into themselves.
//
//go:noinline
func room(bytes int) []byte { return make([]byte, bytes) }
