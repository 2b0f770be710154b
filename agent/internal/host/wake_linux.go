package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxUevent is the longest message the kernel sends about a device.
const maxUevent = 8192

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
