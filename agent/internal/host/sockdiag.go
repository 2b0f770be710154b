package host

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

// The parts of the kernel's sock_diag and inet_diag protocols that are used, by
// their names in linux/sock_diag.h and linux/inet_diag.h.
const (
	netlinkHeader     = 16
	inetDiagRequest   = 56
	oldDiagRequest    = 60
	inetDiagAnswer    = 72
	sockDiagByFamily  = 20
	tcpDiagGetSock    = 18
	netlinkError      = 2
	netlinkDone       = 3
	netlinkDumpFlags  = 0x301 // NLM_F_REQUEST|NLM_F_DUMP
	netlinkOneFlags   = 0x001 // NLM_F_REQUEST
	familyAny         = 0
	familyIPv4        = 2
	familyIPv6        = 10
	protocolTCP       = 6
	protocolUDP       = 17
	statesTCP         = 1<<tcpEstablished | 1<<tcpListen
	statesUDP         = 1<<tcpEstablished | 1<<tcpClose
	netlinkAlignment  = 4
	inetDiagCookieAny = ^uint32(0)
)

// diagQuestion asks for all sockets of one family and protocol. Both families
// of TCP are asked for at once, which only the protocol's older request can do:
// the kernel walks its whole table of connections for each question, and that
// walk is most of the price.
type diagQuestion struct {
	family, protocol byte
	states           uint32
}

func diagQuestions() []diagQuestion {
	return []diagQuestion{
		{familyAny, protocolTCP, statesTCP},
		{familyIPv4, protocolUDP, statesUDP}, {familyIPv6, protocolUDP, statesUDP},
	}
}

// message is the question on the wire.
func (q diagQuestion) message(sequence uint32) []byte {
	if q.family == familyAny {
		// struct inet_diag_req: the ids of a socket are left zero, which is any.
		m := diagMessage(tcpDiagGetSock, oldDiagRequest, sequence)
		binary.NativeEndian.PutUint32(m[68:], q.states)
		return m
	}
	m := diagMessage(sockDiagByFamily, inetDiagRequest, sequence)
	m[16], m[17] = q.family, q.protocol
	binary.NativeEndian.PutUint32(m[20:], q.states)
	binary.NativeEndian.PutUint32(m[64:], inetDiagCookieAny)
	binary.NativeEndian.PutUint32(m[68:], inetDiagCookieAny)
	return m
}

// exactly is the question for one socket.
func exactly(protocol string, local, remote netip.AddrPort, sequence uint32) []byte {
	q := diagQuestion{family: familyIPv4, protocol: protocolTCP, states: ^uint32(0)}
	if local.Addr().Unmap().Is6() {
		q.family = familyIPv6
	}
	near, far := local, remote
	if protocol == "udp" {
		q.protocol = protocolUDP
		near, far = remote, local // the kernel takes them the other way round for UDP, and always has
	}
	m := q.message(sequence)
	binary.NativeEndian.PutUint16(m[6:], netlinkOneFlags)
	binary.BigEndian.PutUint16(m[24:], near.Port())
	binary.BigEndian.PutUint16(m[26:], far.Port())
	copy(m[28:44], near.Addr().Unmap().AsSlice())
	copy(m[44:60], far.Addr().Unmap().AsSlice())
	return m
}

func diagMessage(kind uint16, length int, sequence uint32) []byte {
	m := make([]byte, netlinkHeader+length)
	binary.NativeEndian.PutUint32(m, uint32(len(m)))
	binary.NativeEndian.PutUint16(m[4:], kind)
	binary.NativeEndian.PutUint16(m[6:], netlinkDumpFlags)
	binary.NativeEndian.PutUint32(m[8:], sequence)
	return m
}

func (q diagQuestion) name() string {
	if q.protocol == protocolTCP {
		return "tcp"
	}
	return "udp"
}

var errDiag = errors.New("malformed sock_diag answer")

// parseDiag reads one datagram of the answer. It says whether it was the last;
// what belongs to an earlier question is passed over.
func parseDiag(datagram []byte, q diagQuestion, sequence uint32, sockets []kernelSocket) ([]kernelSocket, bool, error) {
	for len(datagram) >= netlinkHeader {
		length := int(binary.NativeEndian.Uint32(datagram))
		if length < netlinkHeader || length > len(datagram) {
			return sockets, false, fmt.Errorf("%w: a message of %d bytes in %d", errDiag, length, len(datagram))
		}
		kind, body := binary.NativeEndian.Uint16(datagram[4:]), datagram[netlinkHeader:length]
		ours := binary.NativeEndian.Uint32(datagram[8:]) == sequence
		datagram = datagram[min((length+netlinkAlignment-1)&^(netlinkAlignment-1), len(datagram)):]
		switch {
		case !ours:
		case kind == netlinkDone:
			return sockets, true, nil
		case kind == netlinkError:
			return sockets, false, diagError(body)
		case kind == sockDiagByFamily, kind == tcpDiagGetSock:
			s, err := parseInetDiag(body, q)
			if err != nil {
				return sockets, false, err
			}
			if s.Local.Port() != 0 {
				sockets = append(sockets, s)
			}
		}
	}
	return sockets, false, nil
}

func diagError(body []byte) error {
	if len(body) < 4 {
		return errDiag
	}
	return syscall.Errno(-int32(binary.NativeEndian.Uint32(body)))
}

// parseInetDiag reads a struct inet_diag_msg.
func parseInetDiag(body []byte, q diagQuestion) (kernelSocket, error) {
	if len(body) < inetDiagAnswer {
		return kernelSocket{}, fmt.Errorf("%w: a socket in %d bytes", errDiag, len(body))
	}
	local, ok := diagAddress(body[0], body[8:24], body[4:6])
	remote, _ := diagAddress(body[0], body[24:40], body[6:8])
	if !ok {
		return kernelSocket{}, fmt.Errorf("%w: address family %d", errDiag, body[0])
	}
	uid, inode := binary.NativeEndian.Uint32(body[64:]), binary.NativeEndian.Uint32(body[68:])
	s := newKernelSocket(q.name(), uint64(body[1]), local, remote, int(uid), uint64(inode))
	s.cookie = uint64(binary.NativeEndian.Uint32(body[44:])) | uint64(binary.NativeEndian.Uint32(body[48:]))<<32
	return s, nil
}

func diagAddress(family byte, address, port []byte) (netip.AddrPort, bool) {
	number := binary.BigEndian.Uint16(port)
	switch family {
	case familyIPv4:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(address)), number), true
	case familyIPv6:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(address)).Unmap(), number), true
	}
	return netip.AddrPort{}, false
}
