package host

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// The states of a Socket.
const (
	stateListen      = "listen"
	stateEstablished = "established"
	stateOther       = "other"
)

// The kernel's TCP states that farmwatch tells apart. A bound UDP socket is in
// "close", one that is connected in "established".
const (
	tcpEstablished = 1
	tcpClose       = 7
	tcpListen      = 10
)

// A kernelSocket is a Socket with what finds its owner.
type kernelSocket struct {
	Socket
	inode  uint64
	cookie uint64 // unique until the next boot; zero where the kernel did not say
}

// socketState names a kernel state; a UDP socket that waits for anyone listens.
func socketState(protocol string, state uint64) string {
	switch {
	case state == tcpEstablished:
		return stateEstablished
	case protocol == "udp" && state == tcpClose, protocol == "tcp" && state == tcpListen:
		return stateListen
	}
	return stateOther
}

// parseProcNet reads /proc/net/{tcp,tcp6,udp,udp6}. Unbound sockets are left out.
func parseProcNet(protocol string, table []byte) ([]kernelSocket, error) {
	var sockets []kernelSocket
	number := 0
	for line := range bytes.SplitSeq(table, []byte("\n")) {
		number++
		fields := strings.Fields(string(line))
		if len(fields) == 0 || fields[0] == "sl" {
			continue
		}
		s, err := parseProcNetLine(protocol, fields)
		if err != nil {
			return sockets, fmt.Errorf("line %d: %w", number, err)
		}
		if s.Local.Port() != 0 {
			sockets = append(sockets, s)
		}
	}
	return sockets, nil
}

func parseProcNetLine(protocol string, fields []string) (kernelSocket, error) {
	if len(fields) < 10 {
		return kernelSocket{}, fmt.Errorf("%d fields, want 10 or more", len(fields))
	}
	local, err := parseHexAddress(fields[1])
	if err != nil {
		return kernelSocket{}, err
	}
	remote, err := parseHexAddress(fields[2])
	if err != nil {
		return kernelSocket{}, err
	}
	state, err := strconv.ParseUint(fields[3], 16, 8)
	if err != nil {
		return kernelSocket{}, fmt.Errorf("state %.20q", fields[3])
	}
	uid, err := strconv.ParseUint(fields[7], 10, 32)
	if err != nil {
		return kernelSocket{}, fmt.Errorf("uid %.20q", fields[7])
	}
	inode, err := strconv.ParseUint(fields[9], 10, 64)
	if err != nil {
		return kernelSocket{}, fmt.Errorf("inode %.20q", fields[9])
	}
	return newKernelSocket(protocol, state, local, remote, int(uid), inode), nil
}

func newKernelSocket(protocol string, state uint64, local, remote netip.AddrPort, uid int, inode uint64) kernelSocket {
	s := kernelSocket{Socket: Socket{Protocol: protocol, State: socketState(protocol, state), Local: local, UID: uid}, inode: inode}
	if s.State != stateListen {
		s.Remote = remote
	}
	return s
}

// parseHexAddress reads "0100007F:0016": the address in words of the machine's
// byte order, which is little endian wherever farmwatch runs.
func parseHexAddress(text string) (netip.AddrPort, error) {
	address, port, _ := strings.Cut(text, ":")
	raw, err := hex.DecodeString(address)
	if err != nil || (len(raw) != 4 && len(raw) != 16) {
		return netip.AddrPort{}, fmt.Errorf("address %.50q", text)
	}
	number, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("port of %.50q", text)
	}
	for i := 0; i < len(raw); i += 4 {
		raw[i], raw[i+1], raw[i+2], raw[i+3] = raw[i+3], raw[i+2], raw[i+1], raw[i]
	}
	ip, _ := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(ip.Unmap(), uint16(number)), nil
}

// portKey names a port of one protocol.
type portKey struct {
	protocol string
	port     uint16
}

// listeners are the sockets that wait on each port.
func listeners[S any](sockets []S, of func(*S) *Socket) map[portKey][]int {
	waiting := map[portKey][]int{}
	for i := range sockets {
		if s := of(&sockets[i]); s.State == stateListen {
			key := portKey{s.Protocol, s.Local.Port()}
			waiting[key] = append(waiting[key], i)
		}
	}
	return waiting
}

// accepts says whether a listener at the address gets connections to local.
func accepts(listener, local netip.Addr) bool {
	return listener.IsUnspecified() && (listener.Is6() || local.Is4()) || listener.WithZone("") == local.WithZone("")
}

// markInbound finds the connections that the other side opened: those whose
// local end is an address and port that this machine listens on.
func markInbound(sockets []Socket) {
	waiting := listeners(sockets, func(s *Socket) *Socket { return s })
	for i := range sockets {
		s := &sockets[i]
		if s.State != stateEstablished {
			continue
		}
		for _, l := range waiting[portKey{s.Protocol, s.Local.Port()}] {
			if accepts(sockets[l].Local.Addr(), s.Local.Addr()) {
				s.Inbound = true
				break
			}
		}
	}
}
