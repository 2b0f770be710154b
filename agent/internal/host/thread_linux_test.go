package host

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// OnOwnThread runs do on a thread that ends with it, and with whatever network it
// went into. The main thread would not end, and /proc/self/net, by which other
// tests look, is its network; so it is held back until do runs on another.
func OnOwnThread(do func()) {
	begun := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == os.Getpid() {
			OnOwnThread(do)
			runtime.UnlockOSThread()
			close(begun)
			return
		}
		close(begun)
		do()
	}()
	<-begun
}
