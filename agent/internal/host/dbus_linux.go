package host

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync/atomic"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
)

const systemBus = "/run/dbus/system_bus_socket"

// mostFromBus bounds what is read from one bus. Who owns a session's bus may
// put anything there; a notice needs a few hundred bytes.
const mostFromBus = 1 << 20

// dialBus joins the bus at a socket with the rights of an account.
func dialBus(ctx context.Context, path string, uid int) (*dbus.Conn, error) {
	var socket net.Conn
	err := asUser(uid, func() (err error) {
		socket, err = connectUnix(path)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reach the bus of account %d: %w", uid, err)
	}
	conn, err := dbus.NewConn(&boundedBus{Conn: socket}, dbus.WithContext(ctx), dbus.WithAuth(dbus.AuthExternal(strconv.Itoa(uid))))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reach the bus of account %d: %w", uid, err), socket.Close())
	}
	// Whoever answers there may be slow or somebody else: it is not waited for.
	greeting, cancel := context.WithTimeout(ctx, busPatience)
	defer cancel()
	stop := context.AfterFunc(greeting, func() { done(socket) })
	if err = conn.Auth(nil); err == nil {
		err = conn.Hello()
	}
	if !stop() && err == nil {
		err = greeting.Err()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("greet the bus of account %d: %w", uid, err), conn.Close())
	}
	return conn, nil
}

// dialSystemBus joins the system's bus as whom we run.
func dialSystemBus(ctx context.Context, path string) (*dbus.Conn, error) {
	return dialBus(ctx, path, os.Geteuid())
}

// connectUnix connects without waiting: a socket that takes nobody is not waited
// for. A link in its place is not followed: an account may put one there that
// leads to a socket which is open to our groups, and not to its own.
func connectUnix(path string) (net.Conn, error) {
	place, err := unix.Open(path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer closeFD(place)
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: fmt.Sprintf("/proc/self/fd/%d", place)}); err != nil {
		closeFD(fd)
		return nil, err
	}
	file := os.NewFile(uintptr(fd), path)
	defer done(file)
	return net.FileConn(file)
}

// A boundedBus ends when it has said too much.
type boundedBus struct {
	net.Conn
	read atomic.Int64
}

// Read reads within the bound.
func (b *boundedBus) Read(p []byte) (int, error) {
	n, err := b.Conn.Read(p)
	if b.read.Add(int64(n)) > mostFromBus {
		return 0, errors.New("a bus said more than it was asked for")
	}
	return n, err
}
