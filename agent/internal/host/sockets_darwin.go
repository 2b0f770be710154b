package host

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// listSockets asks for all sockets of TCP and of UDP: two questions, about a
// millisecond each. The lists hold those of IPv6 as well.
func (h *LiveHost) listSockets(context.Context) ([]Socket, error) {
	var rows []Socket
	var problems []error
	for protocol, name := range map[string]string{"tcp": "net.inet.tcp.pcblist_n", "udp": "net.inet.udp.pcblist_n"} {
		answer, err := retry(func() ([]byte, error) { return unix.SysctlRaw(name) })
		if errors.Is(err, unix.ENOENT) {
			err = fmt.Errorf("this macOS has no %s: %w", name, ErrUnsupported)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("list %s sockets: %w", protocol, err))
			continue
		}
		found, err := parsePCB(answer, protocol)
		if err != nil {
			problems = append(problems, fmt.Errorf("list %s sockets: %w", protocol, err))
		}
		rows = append(rows, found...)
	}
	markInbound(rows)
	return rows, errors.Join(problems...)
}
