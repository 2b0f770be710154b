package host

import (
	"net"

	"golang.org/x/sys/unix"
)

// accountOf is whose process is on the other end, as the kernel says (SO_PEERCRED).
func accountOf(conn net.Conn) int {
	socket, ok := conn.(*net.UnixConn)
	if !ok {
		return -1
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return -1
	}
	account := -1
	err = raw.Control(func(fd uintptr) {
		if peer, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			account = int(peer.Uid)
		}
	})
	if err != nil {
		return -1
	}
	return account
}
