package host

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// readiness waits until one of several descriptors has something to read. It
// waits where Go waits for its connections: a thread that hangs in poll instead
// makes the runtime look after it some forty times.
type readiness struct {
	*os.File // an epoll instance
	conn     syscall.RawConn
	now      func() time.Time
}

func newReadiness(now func() time.Time) (*readiness, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil { // by which os.NewFile knows that one can wait for it
		closeFD(fd)
		return nil, err
	}
	r := &readiness{File: os.NewFile(uintptr(fd), "epoll"), now: now}
	if r.conn, err = r.SyscallConn(); err != nil {
		done(r)
		return nil, err
	}
	return r, nil
}

// add has a descriptor waited for until it is closed. One that cannot be waited
// for is read whenever another has something, and at each tick.
func (r *readiness) add(fd int) {
	_ = unix.EpollCtl(int(r.number()), unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

func (r *readiness) number() (number uintptr) {
	_ = r.conn.Control(func(fd uintptr) { number = fd }) // closed only when nobody waits any more
	return number
}

// wait says whether there is something to read now or within a time. It asks
// level by level: what was not read is there the next time too.
func (r *readiness) wait(most time.Duration) (is bool) {
	if r.SetReadDeadline(r.now().Add(most)) != nil {
		return false
	}
	events := make([]unix.EpollEvent, 1)
	_ = r.conn.Read(func(fd uintptr) bool {
		n, err := unix.EpollWait(int(fd), events, 0)
		is = err == nil && n > 0
		return is
	})
	return is
}
