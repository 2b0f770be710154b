package host

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"syscall"
	"testing"
	"time"
)

// flowAt is a moment of the clock of inputs.
const flowAt = time.Hour

// flowDatagram is one connection with its counts, and the end of a dump.
func flowDatagram(sequence uint32, info int) []byte {
	order := binary.NativeEndian
	length := netlinkHeader + inetDiagAnswer + 8 + attributeHead + info
	m := make([]byte, length+netlinkHeader+4)
	order.PutUint32(m, uint32(length))
	order.PutUint16(m[4:], sockDiagByFamily)
	order.PutUint32(m[8:], sequence)
	body := m[netlinkHeader:length]
	body[0], body[1] = familyIPv4, tcpEstablished
	binary.BigEndian.PutUint16(body[4:], 5900)
	binary.BigEndian.PutUint16(body[6:], 40000)
	copy(body[8:], []byte{192, 168, 1, 7})
	copy(body[24:], []byte{203, 0, 113, 9})
	order.PutUint16(body[72:], 5) // an attribute of one byte, padded
	order.PutUint16(body[74:], 8)
	order.PutUint16(body[80:], uint16(attributeHead+info))
	order.PutUint16(body[82:], inetDiagCounts)
	if counts := body[84:]; info >= tcpCountsLeast {
		order.PutUint32(counts[tcpLastSent:], 30)
		order.PutUint32(counts[tcpLastReceived:], 20)
		order.PutUint64(counts[tcpBytesAcked:], 90000)
		order.PutUint64(counts[tcpBytesIn:], 1200)
		order.PutUint32(counts[tcpSegmentsIn:], 40)
		order.PutUint32(counts[tcpSegmentsOut:], 70)
	}
	end := m[length:]
	order.PutUint32(end, netlinkHeader+4)
	order.PutUint16(end[4:], netlinkDone)
	order.PutUint32(end[8:], sequence)
	return m
}

func TestFlowAnswer(t *testing.T) {
	var flows []Flow
	a, err := parseFlows(flowDatagram(7, 232), 7, 7, flowAt, func(f Flow) { flows = append(flows, f) })
	if err != nil || !a.last || a.bare != 0 || len(flows) != 1 {
		t.Fatalf("%+v, %v, %v", a, err, flows)
	}
	want := Flow{
		FlowID: FlowID{"tcp", netip.MustParseAddrPort("192.168.1.7:5900"), netip.MustParseAddrPort("203.0.113.9:40000")},
		In:     FlowCount{40, 1200, flowAt - 20*time.Millisecond}, Out: FlowCount{70, 90000, flowAt - 30*time.Millisecond},
	}
	if flows[0] != want {
		t.Errorf("%+v, want %+v", flows[0], want)
	}
}

func TestFlowAnswerOfOldKernels(t *testing.T) {
	a, err := parseFlows(flowDatagram(7, 104), 7, 7, flowAt, func(f Flow) { t.Errorf("%+v", f) })
	if err != nil || a.bare != 1 || !a.last {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestFlowAnswerToEarlierQuestions(t *testing.T) {
	a, err := parseFlows(flowDatagram(6, 232), 7, 9, flowAt, func(f Flow) { t.Errorf("%+v", f) })
	if err != nil || a != (flowAnswer{}) {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestFlowAnswerRefused(t *testing.T) {
	refused := func(errno syscall.Errno) []byte {
		m := make([]byte, netlinkHeader+4)
		binary.NativeEndian.PutUint32(m, uint32(len(m)))
		binary.NativeEndian.PutUint16(m[4:], netlinkError)
		binary.NativeEndian.PutUint32(m[8:], 8)
		code := -int32(errno)
		binary.NativeEndian.PutUint32(m[16:], uint32(code))
		return m
	}
	none := func(f Flow) { t.Errorf("%+v", f) }
	if _, err := parseFlows(refused(syscall.EPERM), 8, 8, 0, none); !errors.Is(err, syscall.EPERM) {
		t.Errorf("refused: %v", err)
	}
	if a, err := parseFlows(refused(syscall.ENOENT), 8, 8, 0, none); err != nil || a.answered != 1 {
		t.Errorf("one connection that is gone: %+v, %v", a, err)
	}
	if a, err := parseFlows(refused(syscall.ENOENT), 7, 9, 0, none); err != nil || a.answered != 1 {
		t.Errorf("one of three that is gone: %+v, %v", a, err)
	}
}

func TestExactQuestion(t *testing.T) {
	four := FlowID{"tcp", netip.MustParseAddrPort("192.168.1.7:5900"), netip.MustParseAddrPort("203.0.113.9:40000")}
	six := FlowID{"tcp", netip.MustParseAddrPort("[2001:db8::7]:5900"), netip.MustParseAddrPort("[2001:db8::9]:40000")}
	both := appendExactQuestion(appendExactQuestion(nil, four, 3), six, 4)
	if len(both) != 2*(netlinkHeader+inetDiagRequest) {
		t.Fatalf("%d bytes", len(both))
	}
	for i, id := range []FlowID{four, six} {
		m := both[i*len(both)/2:]
		local, ok := diagAddress(m[16], m[28:44], m[24:26])
		remote, _ := diagAddress(m[16], m[44:60], m[26:28])
		if !ok || local != id.Local || remote != id.Remote || binary.NativeEndian.Uint32(m[8:]) != uint32(3+i) || binary.NativeEndian.Uint16(m[6:]) != netlinkRequest {
			t.Errorf("%v asks for %v to %v", id, local, remote)
		}
	}
}

func FuzzFlowAnswer(f *testing.F) {
	f.Add(flowDatagram(7, 232))
	f.Add(flowDatagram(7, 104))
	f.Add(flowDatagram(7, 159)[:150])
	f.Fuzz(func(t *testing.T, datagram []byte) {
		taken := 0
		a, _ := parseFlows(datagram, 7, 9, flowAt, func(f Flow) {
			if taken++; !f.carries() || !f.Local.IsValid() {
				t.Errorf("%+v", f)
			}
		})
		if most := len(datagram) / netlinkHeader; taken+a.bare > a.answered || a.answered > most {
			t.Errorf("%+v and %d flows in %d bytes", a, taken, len(datagram))
		}
	})
}
