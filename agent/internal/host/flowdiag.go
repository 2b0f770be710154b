package host

import (
	"encoding/binary"
	"fmt"
	"time"
)

// The parts of inet_diag that tell how much passed, by their names in
// linux/inet_diag.h and linux/tcp.h.
const (
	inetDiagCounts = 2 // INET_DIAG_INFO, with a struct tcp_info
	netlinkRequest = 1 // NLM_F_REQUEST, without dumping all
	attributeHead  = 4

	// Where struct tcp_info has what is used, since Linux 4.6.
	tcpLastSent     = 44
	tcpLastReceived = 52
	tcpBytesAcked   = 120
	tcpBytesIn      = 128
	tcpSegmentsIn   = 152
	tcpSegmentsOut  = 156
	tcpCountsLeast  = 160
)

// flowQuestion asks for all connections of TCP, of both families, with their counts.
func flowQuestion(sequence uint32) []byte {
	m := diagMessage(tcpDiagGetSock, oldDiagRequest, sequence)
	m[19] = 1 << (inetDiagCounts - 1)
	binary.NativeEndian.PutUint32(m[68:], 1<<tcpEstablished)
	return m
}

// appendExactQuestion asks for one connection. Several may stand in one datagram.
func appendExactQuestion(to []byte, id FlowID, sequence uint32) []byte {
	m := diagMessage(sockDiagByFamily, inetDiagRequest, sequence)
	binary.NativeEndian.PutUint16(m[6:], netlinkRequest)
	local, remote := id.Local.Addr(), id.Remote.Addr()
	m[16], m[17], m[18] = familyIPv6, protocolTCP, 1<<(inetDiagCounts-1)
	if local.Unmap().Is4() {
		m[16] = familyIPv4
		copy(m[28:], local.Unmap().AsSlice())
		copy(m[44:], remote.Unmap().AsSlice())
	} else {
		copy(m[28:], local.AsSlice())
		copy(m[44:], remote.AsSlice())
	}
	binary.NativeEndian.PutUint32(m[20:], 1<<tcpEstablished)
	binary.BigEndian.PutUint16(m[24:], id.Local.Port())
	binary.BigEndian.PutUint16(m[26:], id.Remote.Port())
	binary.NativeEndian.PutUint32(m[64:], inetDiagCookieAny)
	binary.NativeEndian.PutUint32(m[68:], inetDiagCookieAny)
	return append(to, m...)
}

// A flowAnswer is what one datagram of an answer held.
type flowAnswer struct {
	last     bool // of a dump
	answered int  // exact questions, also those for a connection that is gone
	bare     int  // connections without counts: the kernel is too old
}

// parseFlows reads one datagram of the answer to the questions numbered from
// first to last, which came at a time of the clock of Input.At.
func parseFlows(datagram []byte, first, last uint32, at time.Duration, take func(Flow)) (flowAnswer, error) {
	var a flowAnswer
	for len(datagram) >= netlinkHeader {
		length := int(binary.NativeEndian.Uint32(datagram))
		if length < netlinkHeader || length > len(datagram) {
			return a, fmt.Errorf("%w: a message of %d bytes in %d", errDiag, length, len(datagram))
		}
		kind, body := binary.NativeEndian.Uint16(datagram[4:]), datagram[netlinkHeader:length]
		sequence := binary.NativeEndian.Uint32(datagram[8:])
		datagram = datagram[min((length+netlinkAlignment-1)&^(netlinkAlignment-1), len(datagram)):]
		switch {
		case sequence-first > last-first: // of an earlier question
		case kind == netlinkDone:
			a.last = true
			return a, nil
		case kind == netlinkError && first != last, kind == netlinkError && len(body) >= 4 && gone(body):
			a.answered++
		case kind == netlinkError:
			return a, diagError(body)
		case kind == sockDiagByFamily, kind == tcpDiagGetSock:
			a.answered++
			f, counted, err := parseFlow(body, at)
			if err != nil {
				return a, err
			}
			if !counted {
				a.bare++
			} else if f.carries() {
				take(f)
			}
		}
	}
	return a, nil
}

// gone says whether an error is that there is no such connection.
func gone(body []byte) bool {
	const noEntry = 2
	return -int32(binary.NativeEndian.Uint32(body)) == noEntry
}

// parseFlow reads a struct inet_diag_msg and the counts behind it.
func parseFlow(body []byte, at time.Duration) (f Flow, counted bool, err error) {
	if len(body) < inetDiagAnswer {
		return f, false, fmt.Errorf("%w: a connection in %d bytes", errDiag, len(body))
	}
	local, ok := diagAddress(body[0], body[8:24], body[4:6])
	remote, _ := diagAddress(body[0], body[24:40], body[6:8])
	if !ok {
		return f, false, fmt.Errorf("%w: address family %d", errDiag, body[0])
	}
	f.FlowID = FlowID{Protocol: "tcp", Local: local, Remote: remote}
	for rest := body[inetDiagAnswer:]; len(rest) >= attributeHead; {
		length, kind := int(binary.NativeEndian.Uint16(rest)), binary.NativeEndian.Uint16(rest[2:])
		if length < attributeHead || length > len(rest) {
			return f, false, fmt.Errorf("%w: an attribute of %d bytes in %d", errDiag, length, len(rest))
		}
		if counts := rest[attributeHead:length]; kind == inetDiagCounts && len(counts) >= tcpCountsLeast {
			f.In, f.Out = parseTCPCounts(counts, at)
			return f, true, nil
		}
		rest = rest[min((length+netlinkAlignment-1)&^(netlinkAlignment-1), len(rest)):]
	}
	return f, false, nil
}

// parseTCPCounts reads a struct tcp_info, long enough, of a moment.
func parseTCPCounts(info []byte, at time.Duration) (in, out FlowCount) {
	in = FlowCount{Segments: uint64(binary.NativeEndian.Uint32(info[tcpSegmentsIn:])), Bytes: binary.NativeEndian.Uint64(info[tcpBytesIn:])}
	out = FlowCount{Segments: uint64(binary.NativeEndian.Uint32(info[tcpSegmentsOut:])), Bytes: binary.NativeEndian.Uint64(info[tcpBytesAcked:])}
	if in.Segments > 0 {
		in.Last = at - time.Duration(binary.NativeEndian.Uint32(info[tcpLastReceived:]))*time.Millisecond
	}
	if out.Segments > 0 {
		out.Last = at - time.Duration(binary.NativeEndian.Uint32(info[tcpLastSent:]))*time.Millisecond
	}
	return in, out
}
