package host

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// asUser does something with the rights of an account and no more: what belongs
// to a person is opened as that person. Only one thread changes, by the kernel's
// own call, and it ends with what it was made for. Do must not start goroutines.
func asUser(uid int, do func() error) error {
	if uid == os.Geteuid() {
		return do()
	}
	if uid < 0 {
		return fmt.Errorf("act for an account that is not known: %w", ErrAbsent)
	}
	if strconv.IntSize == 32 && uid > math.MaxUint16 { // that call of 32-bit kernels would cut the number down to another account's
		return fmt.Errorf("act for account %d: %w", uid, ErrUnsupported)
	}
	self, done := os.Geteuid(), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		const same = ^uintptr(0)
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, same, uintptr(uid), same); errno != 0 {
			done <- fmt.Errorf("act for account %d: %w", uid, orDenied(errno, "run as root, with CAP_SETUID"))
			return
		}
		err := do()
		// The program's first thread, if it was this one, does not end.
		_, _, _ = unix.RawSyscall(unix.SYS_SETRESUID, same, uintptr(self), same)
		done <- err
	}()
	return <-done
}
