package host

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/bpf"
)

// udpPacket is a datagram from its IP header on.
func udpPacket(from, to string, size int) []byte {
	source, destination := netip.MustParseAddrPort(from), netip.MustParseAddrPort(to)
	var ip []byte
	if source.Addr().Is4() {
		ip = make([]byte, 20)
		ip[0], ip[9] = 0x45, protocolUDP
		copy(ip[12:], source.Addr().AsSlice())
		copy(ip[16:], destination.Addr().AsSlice())
	} else {
		ip = make([]byte, 40)
		ip[0], ip[6] = 0x60, protocolUDP
		copy(ip[8:], source.Addr().AsSlice())
		copy(ip[24:], destination.Addr().AsSlice())
	}
	udp := make([]byte, headerUDP+size)
	binary.BigEndian.PutUint16(udp, source.Port())
	binary.BigEndian.PutUint16(udp[2:], destination.Port())
	binary.BigEndian.PutUint16(udp[4:], uint16(len(udp)))
	return append(ip, udp...)
}

type ringPacket struct {
	kind byte
	at   time.Duration
	ip   []byte
}

// ringBlockOf is a block as the kernel fills it.
func ringBlockOf(packets ...ringPacket) []byte {
	order := binary.NativeEndian
	block := make([]byte, ringHead)
	order.PutUint32(block[blockPackets:], uint32(len(packets)))
	order.PutUint32(block[blockFirst:], uint32(len(block)))
	for i, p := range packets {
		snapped := p.ip[:min(len(p.ip), ringSnap)]
		frame := make([]byte, (ringLeast+len(snapped)+15)&^15)
		if i < len(packets)-1 {
			order.PutUint32(frame[ringNext:], uint32(len(frame)))
		}
		order.PutUint32(frame[ringSeconds:], uint32(p.at/time.Second))
		order.PutUint32(frame[ringNanos:], uint32(p.at%time.Second))
		order.PutUint32(frame[ringSnapped:], uint32(len(snapped)))
		order.PutUint16(frame[ringNet:], ringLeast)
		frame[ringKind] = p.kind
		copy(frame[ringLeast:], snapped)
		block = append(block, frame...)
	}
	return block
}

func someDatagrams() []ringPacket {
	return []ringPacket{
		{kindToUs, 100 * time.Second, udpPacket("203.0.113.9:3478", "192.168.1.7:50000", 60)},
		{kindFromUs, 101*time.Second + 5, udpPacket("[2001:db8::7]:50000", "[2001:db8::9]:3478", 1100)},
		{kindToUs, 102 * time.Second, udpPacket("127.0.0.1:50000", "127.0.0.1:50001", 60)},                    // with itself
		{2, 103 * time.Second, udpPacket("203.0.113.9:3478", "224.0.0.5:50000", 60)},                          // to many
		{kindToUs, 104 * time.Second, append([]byte{0x45, 0, 0, 0, 0, 0, 0, 9}, make([]byte, 40)...)},         // a fragment
		{kindToUs, 105 * time.Second, udpPacket("203.0.113.9:3478", "192.168.1.7:50000", 60)[:25]},            // cut short
		{kindToUs, 106 * time.Second, udpPacket("[2001:db8::9]:3478", "[2001:db8::7]:50000", 7)[:headerIPv6]}, // without UDP
	}
}

func TestRingBlock(t *testing.T) {
	var all []datagram
	if err := parseRingBlock(ringBlockOf(someDatagrams()...), 40*time.Second, func(d datagram) { all = append(all, d) }); err != nil {
		t.Fatal(err)
	}
	want := []datagram{
		{FlowID{"udp", netip.MustParseAddrPort("192.168.1.7:50000"), netip.MustParseAddrPort("203.0.113.9:3478")}, true, 60, 60 * time.Second},
		{FlowID{"udp", netip.MustParseAddrPort("[2001:db8::7]:50000"), netip.MustParseAddrPort("[2001:db8::9]:3478")}, false, 1100, 61*time.Second + 5},
	}
	if !slices.Equal(all, want) {
		t.Errorf("%+v", all)
	}
}

func FuzzRingBlock(f *testing.F) {
	f.Add(ringBlockOf(someDatagrams()...))
	f.Add(ringBlockOf())
	f.Fuzz(func(t *testing.T, block []byte) {
		n := 0
		_ = parseRingBlock(block, 0, func(d datagram) {
			if n++; d.size < 0 || !d.Local.IsValid() || !d.Remote.IsValid() {
				t.Errorf("%+v", d)
			}
		})
		if n > len(block)/4 {
			t.Errorf("%d datagrams in %d bytes", n, len(block))
		}
	})
}

func TestRingFilter(t *testing.T) {
	for n := 1; n <= ringPorts; n++ {
		var ports []uint16
		for i := range n {
			ports = append(ports, uint16(50000+i))
		}
		raw, err := ringFilter(ports)
		if err != nil {
			t.Fatal(err)
		}
		code, ok := bpf.Disassemble(raw)
		vm, err := bpf.NewVM(code)
		if !ok || err != nil {
			t.Fatalf("%d ports: %v", n, err)
		}
		last := 50000 + n - 1
		tcp := udpPacket("203.0.113.9:3478", fmt.Sprintf("192.168.1.7:%d", last), 60)
		tcp[9] = protocolTCP
		for what, test := range map[string]struct {
			packet []byte
			want   int
		}{
			"to the last port":    {udpPacket("203.0.113.9:3478", fmt.Sprintf("192.168.1.7:%d", last), 60), ringSnap},
			"from the first port": {udpPacket("192.168.1.7:50000", "203.0.113.9:3478", 60), ringSnap},
			"IPv6":                {udpPacket("[2001:db8::9]:3478", fmt.Sprintf("[2001:db8::7]:%d", last), 60), ringSnap},
			"another port":        {udpPacket("203.0.113.9:3478", fmt.Sprintf("192.168.1.7:%d", last+1), 60), 0},
			"IPv6, another port":  {udpPacket("[2001:db8::9]:3478", fmt.Sprintf("[2001:db8::7]:%d", last+1), 60), 0},
			"TCP":                 {tcp, 0},
			"no IP":               {[]byte{0x10, 0, 0, 0}, 0},
		} {
			if got, err := vm.Run(test.packet); err != nil || got != test.want {
				t.Errorf("%d ports, %s: %d, %v, want %d", n, what, got, err, test.want)
			}
		}
	}
}

func TestChoosePorts(t *testing.T) {
	socket := func(local, remote string) Socket {
		s := Socket{Protocol: "udp", Local: netip.MustParseAddrPort(local)}
		if remote != "" {
			s.Remote = netip.MustParseAddrPort(remote)
		}
		return s
	}
	sockets := []Socket{
		socket("0.0.0.0:5353", ""), socket("0.0.0.0:68", ""), socket("127.0.0.1:50010", ""), socket("127.0.0.1:50011", "127.0.0.1:53"),
		socket("192.168.1.7:50001", "203.0.113.9:443"), socket("0.0.0.0:50002", ""), socket("[::]:50002", ""), socket("192.168.1.7:50003", "203.0.113.9:3478"),
		{Protocol: "tcp", Local: netip.MustParseAddrPort("0.0.0.0:50004")},
	}
	if got := choosePorts(sockets, nil, nil, 8); !slices.Equal(got, []uint16{50001, 50002, 50003}) {
		t.Errorf("%v", got)
	}
	if got := choosePorts(sockets, nil, nil, 2); !slices.Equal(got, []uint16{50002, 50003}) {
		t.Errorf("%v: pages come last", got)
	}
	if got := choosePorts(sockets, map[uint16]bool{50003: true}, map[uint16]int{50002: 3, 50003: 9}, 2); !slices.Equal(got, []uint16{50001, 50003}) {
		t.Errorf("%v: what is busy stays, and what was tried makes room", got)
	}
	if got := choosePorts(sockets, map[uint16]bool{50001: true}, nil, 2); !slices.Equal(got, []uint16{50002, 50003}) {
		t.Errorf("%v: busy pages hide nothing else", got)
	}
}

func TestDatagramCounts(t *testing.T) {
	c := newDatagramCounts()
	for i := range 5000 {
		c.add(datagram{FlowID: FlowID{"udp", netip.MustParseAddrPort("192.168.1.7:50000"), netip.AddrPortFrom(netip.MustParseAddr("203.0.113.9"), uint16(i))}, inbound: true, size: 3, at: time.Second})
	}
	if len(c.flows) != mostDatagramFlows {
		t.Errorf("%d flows are remembered", len(c.flows))
	}
	c.forget(datagramsQuiet + 2*time.Second)
	if len(c.flows) != 0 {
		t.Errorf("%d flows are remembered after they were over", len(c.flows))
	}
}
