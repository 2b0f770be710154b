package host

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// macOS lists all sockets of a protocol in one answer, net.inet.tcp.pcblist_n, to
// everybody and with the process that last used each: what netstat prints. To ask
// libproc for the open files of every process costs some thousand calls a look
// and is refused for other people's processes. The records below are those of
// XNU's netinet/in_pcb.h, sys/socketvar.h and netinet/tcp_var.h, packed to four
// bytes. Each begins with its length and kind and is filled up to eight bytes;
// newer systems append to them, which does no harm.
const (
	pcbHeader    = 24 // struct xinpgen, at both ends
	pcbSocket    = 0x001
	pcbAddress   = 0x010
	pcbTCP       = 0x020
	maxPCB       = 64 << 20
	pcbAddresses = 80 // of a struct xinpcb_n, up to both addresses
	pcbOwner     = 72 // of a struct xsocket_n, up to so_last_pid
	pcbState     = 40 // of a struct xtcpcb_n, up to t_state
)

// States of a TCP connection (netinet/tcp_fsm.h).
const (
	macListen      = 1
	macEstablished = 4
)

// parsePCB reads one answer of macOS about the sockets of a protocol, tcp or udp.
func parsePCB(answer []byte, protocol string) ([]Socket, error) {
	if len(answer) > maxPCB {
		return nil, fmt.Errorf("a list of sockets of %d bytes, want at most %d", len(answer), maxPCB)
	}
	if len(answer) < pcbHeader {
		return nil, nil // none
	}
	var rows []Socket
	var one *Socket
	end := func() {
		if one != nil && one.Local.IsValid() {
			rows = append(rows, *one)
		}
		one = nil
	}
	for at := pcbHeader; at+8 <= len(answer); {
		length, kind := int(binary.LittleEndian.Uint32(answer[at:])), binary.LittleEndian.Uint32(answer[at+4:])
		if length <= pcbHeader {
			break // the header once more, at the end
		}
		if length > len(answer)-at {
			return nil, fmt.Errorf("a list of sockets is cut at %d of %d bytes", at, len(answer))
		}
		record := answer[at : at+length]
		at += (length + 7) &^ 7
		switch {
		case kind == pcbAddress && length >= pcbAddresses:
			end()
			one = pcbEnds(record, protocol)
		case one == nil:
		case kind == pcbSocket && length >= pcbOwner:
			one.UID = int(int32(binary.LittleEndian.Uint32(record[64:])))
			one.PID = max(0, int(int32(binary.LittleEndian.Uint32(record[68:]))))
		case kind == pcbTCP && length >= pcbState:
			one.connected(binary.LittleEndian.Uint32(record[36:]))
		}
	}
	end()
	return rows, nil
}

// pcbEnds reads the two ends of a socket. A UDP socket without another end is
// one that listens.
func pcbEnds(record []byte, protocol string) *Socket {
	s := &Socket{Protocol: protocol, State: stateOther, UID: -1}
	version := record[44]
	far, near := binary.BigEndian.Uint16(record[16:]), binary.BigEndian.Uint16(record[18:])
	if near == 0 {
		return s // bound to nothing
	}
	s.Local = netip.AddrPortFrom(pcbAddr(record[64:80], version), near)
	if far != 0 {
		s.Remote = netip.AddrPortFrom(pcbAddr(record[48:64], version), far)
	}
	if protocol == "udp" {
		s.State = stateEstablished
		if far == 0 {
			s.State = stateListen
		}
	}
	return s
}

// connected tells what a TCP socket is doing.
func (s *Socket) connected(state uint32) {
	switch state {
	case macListen:
		s.State, s.Remote = stateListen, netip.AddrPort{}
	case macEstablished:
		s.State = stateEstablished
	}
}

// pcbAddr reads an address. One that takes both versions is an IPv6 one; of IPv4
// the last four bytes count. The kernel keeps the interface of a link-local
// address inside it.
func pcbAddr(b []byte, version byte) netip.Addr {
	const four, six = 1, 2 // INP_IPV4, INP_IPV6
	if version&six == 0 && version&four != 0 {
		return netip.AddrFrom4([4]byte(b[12:16]))
	}
	address := [16]byte(b)
	if address[0] == 0xfe && address[1]&0xc0 == 0x80 || address[0] == 0xff && address[1]&0x0f <= 2 {
		address[2], address[3] = 0, 0
	}
	return netip.AddrFrom16(address).Unmap()
}
