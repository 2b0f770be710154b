package host

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// A diagSocket asks the kernel for its sockets over netlink, which costs a
// fraction of printing and reading /proc/net.
type diagSocket struct {
	fd       int
	sequence uint32
	buffer   [32 << 10]byte
}

func dialDiag() (*diagSocket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, fmt.Errorf("open a sock_diag socket: %w", err)
	}
	wait := unix.Timeval{Sec: 2}
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		closeFD(fd)
		return nil, fmt.Errorf("bound the wait of a sock_diag socket: %w", err)
	}
	return &diagSocket{fd: fd}, nil
}

func (d *diagSocket) close() { closeFD(d.fd) }

// ask appends all sockets that match the question.
func (d *diagSocket) ask(q diagQuestion, sockets []kernelSocket) ([]kernelSocket, error) {
	d.sequence++
	if err := unix.Sendto(d.fd, q.message(d.sequence), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return sockets, fmt.Errorf("ask for %s sockets: %w", q.name(), err)
	}
	for {
		n, err := unix.Read(d.fd, d.buffer[:])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return sockets, fmt.Errorf("read the kernel's %s sockets: %w", q.name(), err)
		}
		var last bool
		sockets, last, err = parseDiag(d.buffer[:n], q, d.sequence, sockets)
		if err != nil || last {
			return sockets, err
		}
	}
}

// askFor gives one socket; ENOENT where there is none.
func (d *diagSocket) askFor(protocol string, local, remote netip.AddrPort) (kernelSocket, error) {
	d.sequence++
	q := diagQuestion{protocol: protocolTCP}
	if protocol == "udp" {
		q.protocol = protocolUDP
	}
	if err := unix.Sendto(d.fd, exactly(protocol, local, remote, d.sequence), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return kernelSocket{}, fmt.Errorf("ask for a %s socket: %w", protocol, err)
	}
	for {
		n, err := unix.Read(d.fd, d.buffer[:])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return kernelSocket{}, fmt.Errorf("read the kernel's %s socket: %w", protocol, err)
		}
		rows, last, err := parseDiag(d.buffer[:n], q, d.sequence, nil)
		switch {
		case err != nil:
			return kernelSocket{}, err
		case len(rows) > 0:
			return rows[0], nil
		case last:
			return kernelSocket{}, unix.ENOENT
		}
	}
}
