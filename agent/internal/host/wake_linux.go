package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// wakePause gathers what one plug makes: a device with three interfaces sends
// some twenty messages.
const wakePause = 500 * time.Millisecond

var _ Waker = (*LiveHost)(nil)

// Wake listens for the kernel's messages about devices.
func (h *LiveHost) Wake(ctx context.Context) (<-chan string, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return nil, fmt.Errorf("listen for device changes: %w", orDenied(err, "run as root"))
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 1}); err != nil {
		closeFD(fd)
		return nil, fmt.Errorf("listen for device changes: %w", orDenied(err, "run as root"))
	}
	socket := os.NewFile(uintptr(fd), "device changes")
	heard := make(chan string)
	go hearUevents(ctx, socket, heard)
	wakes := make(chan string)
	go func() {
		defer close(wakes)
		defer done(socket)
		debounce(ctx, heard, wakes, wakePause)
	}()
	return wakes, nil
}

// hearUevents sends the class of every message that matters until the socket
// is closed.
func hearUevents(ctx context.Context, socket *os.File, heard chan<- string) {
	defer close(heard)
	raw, err := socket.SyscallConn()
	if err != nil {
		return // closed before it began
	}
	buffer := make([]byte, maxUevent)
	for {
		class, err := nextUevent(raw, buffer)
		if errors.Is(err, unix.ENOBUFS) {
			class, err = "usb_devices", nil // messages were lost: have a look
		}
		if err != nil {
			return
		}
		for _, woken := range wokenBy(class) {
			select {
			case heard <- woken:
			case <-ctx.Done():
				return
			}
		}
	}
}

func nextUevent(raw syscall.RawConn, buffer []byte) (string, error) {
	var n int
	var from unix.Sockaddr
	var readErr error
	waitErr := raw.Read(func(fd uintptr) bool {
		n, from, readErr = unix.Recvfrom(int(fd), buffer, 0)
		return !errors.Is(readErr, unix.EAGAIN) && !errors.Is(readErr, unix.EINTR)
	})
	if waitErr != nil || readErr != nil {
		return "", errors.Join(waitErr, readErr)
	}
	if sender, ok := from.(*unix.SockaddrNetlink); !ok || sender.Pid != 0 {
		return "", nil // only the kernel is believed
	}
	return ueventClass(buffer[:n]), nil
}

// debounce passes each class on once things have been quiet for a pause, and at
// the latest ten pauses after the first.
func debounce(ctx context.Context, heard <-chan string, wakes chan<- string, pause time.Duration) {
	waiting, rounds := map[string]bool{}, 0
	ticker := time.NewTicker(pause)
	ticker.Stop()
	defer ticker.Stop()
	quiet := true
	for {
		select {
		case <-ctx.Done():
			return
		case class, ok := <-heard:
			if !ok {
				return
			}
			if len(waiting) == 0 {
				ticker.Reset(pause)
			}
			waiting[class], quiet = true, false
		case <-ticker.C:
			if rounds++; !quiet && rounds < 10 {
				quiet = true
				continue
			}
			for class := range waiting {
				select {
				case wakes <- class:
				case <-ctx.Done():
					return
				}
			}
			clear(waiting)
			rounds = 0
			ticker.Stop()
		}
	}
}
