package host

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// maxSockets is how many sockets of one table are told.
const maxSockets = 1 << 18

// A socketLayout is how the rows of one of Windows' tables of sockets are laid
// out (iprtrmib.h, tcpmib.h, udpmib.h). A place below zero is not in the row.
type socketLayout struct {
	protocol                      string
	size, state, pid              int
	local, localPort              int
	remote, remotePort, addresses int // addresses is the length of one
}

func tcp4Layout() socketLayout { return socketLayout{"tcp", 24, 0, 20, 4, 8, 12, 16, 4} }
func tcp6Layout() socketLayout { return socketLayout{"tcp", 56, 48, 52, 0, 20, 24, 44, 16} }
func udp4Layout() socketLayout { return socketLayout{"udp", 12, -1, 8, 0, 4, -1, -1, 4} }
func udp6Layout() socketLayout { return socketLayout{"udp", 28, -1, 24, 0, 20, -1, -1, 16} }

// Windows' states of TCP that farmwatch tells apart (MIB_TCP_STATE).
const (
	mibListen      = 2
	mibEstablished = 5
)

// parseSockets reads a table: the number of its rows, and the rows. Windows does
// not say to whom a UDP socket is connected, so each counts as waiting.
func parseSockets(raw []byte, layout socketLayout) ([]Socket, error) {
	const head = 4
	if len(raw) < head {
		return nil, fmt.Errorf("%w: a table of %d bytes", errNTAnswer, len(raw))
	}
	count, rows := binary.LittleEndian.Uint32(raw), raw[head:]
	if count > maxSockets || int(count)*layout.size > len(rows) {
		return nil, fmt.Errorf("%w: %d sockets in %d bytes", errNTAnswer, count, len(rows))
	}
	sockets := make([]Socket, 0, count)
	for range count {
		if s := layout.socket(rows[:layout.size]); s.Local.Port() != 0 {
			sockets = append(sockets, s)
		}
		rows = rows[layout.size:]
	}
	return sockets, nil
}

func (l socketLayout) socket(row []byte) Socket {
	s := Socket{Protocol: l.protocol, State: stateListen, UID: -1, PID: int(binary.LittleEndian.Uint32(row[l.pid:]))}
	s.Local = l.end(row, l.local, l.localPort)
	if l.state < 0 {
		return s
	}
	switch binary.LittleEndian.Uint32(row[l.state:]) {
	case mibListen:
		return s // what stands for the other side says nothing
	case mibEstablished:
		s.State = stateEstablished
	default:
		s.State = stateOther
	}
	s.Remote = l.end(row, l.remote, l.remotePort)
	return s
}

// end is one end of a socket: both numbers stand there as they do on the wire.
func (l socketLayout) end(row []byte, at, port int) netip.AddrPort {
	address, _ := netip.AddrFromSlice(row[at : at+l.addresses])
	return netip.AddrPortFrom(address.Unmap(), binary.BigEndian.Uint16(row[port:]))
}
