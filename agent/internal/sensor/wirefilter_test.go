package sensor

import (
	"bytes"
	"net"
	"slices"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"golang.org/x/net/bpf"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

func frameOf(t testing.TB, parts ...gopacket.SerializableLayer) []byte {
	t.Helper()
	buffer := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true}, parts...); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func link(kind layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: kind}
}

func ip4(protocol layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: 64, Protocol: protocol, SrcIP: net.IP{192, 0, 2, 1}, DstIP: net.IP{198, 51, 100, 2}}
}

func ip6(next layers.IPProtocol) *layers.IPv6 {
	return &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: next, SrcIP: net.ParseIP("2001:db8::1"), DstIP: net.ParseIP("2001:db8::2")}
}

func udpTo(port layers.UDPPort) *layers.UDP { return &layers.UDP{SrcPort: 40000, DstPort: port} }
func tcpTo(port layers.TCPPort) *layers.TCP {
	return &layers.TCP{SrcPort: 40000, DstPort: port, ACK: true, PSH: true}
}

func udp4(t testing.TB, port layers.UDPPort, payload []byte) []byte {
	return frameOf(t, link(layers.EthernetTypeIPv4), ip4(layers.IPProtocolUDP), udpTo(port), gopacket.Payload(payload))
}

func tcp4(t testing.TB, port layers.TCPPort, payload []byte) []byte {
	return frameOf(t, link(layers.EthernetTypeIPv4), ip4(layers.IPProtocolTCP), tcpTo(port), gopacket.Payload(payload))
}

// filterVM runs a filter as the kernel would.
func filterVM(t testing.TB, filter func() ([]bpf.RawInstruction, error)) *bpf.VM {
	t.Helper()
	raw, err := filter()
	if err != nil {
		t.Fatal(err)
	}
	code, ok := bpf.Disassemble(raw)
	if !ok {
		t.Fatal("the filter cannot be disassembled")
	}
	vm, err := bpf.NewVM(code)
	if err != nil {
		t.Fatal(err)
	}
	return vm
}

func TestWireFilterPasses(t *testing.T) {
	ask, hello := parsetest.DNS(t, false, "example.org."), parsetest.ClientHello(t, "relay.example.org")
	answer := &layers.UDP{SrcPort: 53, DstPort: 40000}
	withOptions := ip4(layers.IPProtocolTCP)
	withOptions.Options = []layers.IPv4Option{{OptionType: 1}, {OptionType: 1}, {OptionType: 1}, {OptionType: 0}}
	stamped := tcpTo(443)
	stamped.Options = []layers.TCPOption{{OptionType: layers.TCPOptionKindTimestamps, OptionLength: 10, OptionData: make([]byte, 8)}}
	tag := &layers.Dot1Q{VLANIdentifier: 7, Type: layers.EthernetTypeIPv4}
	udp := frameOf(t, udpTo(53), gopacket.Payload(ask))
	tcp := frameOf(t, tcpTo(443), gopacket.Payload(hello))
	vm := filterVM(t, wireFilter)
	for name, frame := range map[string][]byte{
		"DNS question":                    udp4(t, 53, ask),
		"DNS answer":                      frameOf(t, link(layers.EthernetTypeIPv4), ip4(layers.IPProtocolUDP), answer, gopacket.Payload(parsetest.DNS(t, true, "example.org."))),
		"DNS over IPv6":                   frameOf(t, link(layers.EthernetTypeIPv6), ip6(layers.IPProtocolUDP), udpTo(53), gopacket.Payload(ask)),
		"DNS over IPv6 behind options":    frameOf(t, link(layers.EthernetTypeIPv6), ip6(layers.IPProtocolIPv6Destination), gopacket.Payload{17, 0, 1, 4, 0, 0, 0, 0}, gopacket.Payload(udp)),
		"DNS in a VLAN":                   frameOf(t, link(layers.EthernetTypeDot1Q), tag, ip4(layers.IPProtocolUDP), udpTo(53), gopacket.Payload(ask)),
		"ClientHello":                     tcp4(t, 443, hello),
		"ClientHello to another port":     tcp4(t, 8443, hello),
		"ClientHello, first segment only": tcp4(t, 443, hello[:200]),
		"ClientHello behind TCP options":  frameOf(t, link(layers.EthernetTypeIPv4), ip4(layers.IPProtocolTCP), stamped, gopacket.Payload(hello)),
		"ClientHello behind IP options":   frameOf(t, link(layers.EthernetTypeIPv4), withOptions, tcpTo(443), gopacket.Payload(hello)),
		"ClientHello over IPv6":           frameOf(t, link(layers.EthernetTypeIPv6), ip6(layers.IPProtocolTCP), tcpTo(443), gopacket.Payload(hello)),
		"ClientHello over IPv6, options":  frameOf(t, link(layers.EthernetTypeIPv6), ip6(layers.IPProtocolIPv6Routing), gopacket.Payload{6, 0, 0, 0, 0, 0, 0, 0}, gopacket.Payload(tcp)),
	} {
		if kept, err := vm.Run(frame); err != nil || kept <= 0 {
			t.Errorf("%s: %d bytes kept, error %v", name, kept, err)
		}
	}
}

func TestWireFilterRefuses(t *testing.T) {
	ask, hello := parsetest.DNS(t, false, "example.org."), parsetest.ClientHello(t, "relay.example.org")
	update := parsetest.DNS(t, false, "example.org.")
	update[2] |= 5 << 3
	fragment := ip4(layers.IPProtocolUDP)
	fragment.Flags = layers.IPv4MoreFragments
	later := ip4(layers.IPProtocolTCP)
	later.FragOffset = 64
	four := frameOf(t, gopacket.Payload{60, 0, 1, 4, 0, 0, 0, 0, 60, 0, 1, 4, 0, 0, 0, 0, 60, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0}, udpTo(53), gopacket.Payload(ask))
	handshake := func(change func(b []byte)) []byte {
		b := append([]byte(nil), hello...)
		change(b)
		return b
	}
	vm := filterVM(t, wireFilter)
	for name, frame := range map[string][]byte{
		"nothing":                       nil,
		"half a header":                 udp4(t, 53, ask)[:20],
		"HTTP":                          tcp4(t, 80, []byte("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")),
		"HTTP to the port of TLS":       tcp4(t, 443, []byte("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")),
		"TLS data":                      tcp4(t, 443, append([]byte{0x17, 3, 3, 1, 0}, make([]byte, 256)...)),
		"TLS ServerHello":               tcp4(t, 443, handshake(func(b []byte) { b[5] = 2 })),
		"a record of another version":   tcp4(t, 443, handshake(func(b []byte) { b[1] = 2 })),
		"the rest of a ClientHello":     tcp4(t, 443, hello[200:]),
		"TCP without data":              tcp4(t, 443, nil),
		"DNS over TCP":                  tcp4(t, 53, append([]byte{0, byte(len(ask))}, ask...)),
		"a DNS update":                  udp4(t, 53, update),
		"DNS without a question":        udp4(t, 53, parsetest.DNS(t, false)),
		"DNS with two questions":        udp4(t, 53, parsetest.DNS(t, false, "a.example.", "b.example.")),
		"UDP without data":              udp4(t, 53, nil),
		"first fragment":                frameOf(t, link(layers.EthernetTypeIPv4), fragment, udpTo(53), gopacket.Payload(ask)),
		"later fragment":                frameOf(t, link(layers.EthernetTypeIPv4), later, gopacket.Payload(hello)),
		"IPv6 fragment":                 frameOf(t, link(layers.EthernetTypeIPv6), ip6(layers.IPProtocolIPv6Fragment), gopacket.Payload{17, 0, 0, 1, 0, 0, 0, 9}, udpTo(53), gopacket.Payload(ask)),
		"IPv6 with four extensions":     frameOf(t, link(layers.EthernetTypeIPv6), ip6(layers.IPProtocolIPv6Destination), gopacket.Payload(four)),
		"ICMP":                          frameOf(t, link(layers.EthernetTypeIPv4), ip4(layers.IPProtocolICMPv4), gopacket.Payload(ask)),
		"SCTP with DNS' port":           frameOf(t, link(layers.EthernetTypeIPv4), ip4(layers.IPProtocolSCTP), udpTo(53), gopacket.Payload(ask)),
		"a VLAN tag and nothing behind": frameOf(t, link(layers.EthernetTypeDot1Q)),
	} {
		if kept, err := vm.Run(frame); err != nil || kept != 0 {
			t.Errorf("%s: %d bytes kept, error %v", name, kept, err)
		}
	}
}

// FuzzWireFilter holds the filter to what it is for: of TCP it passes what begins
// like something that is listened to, and to the port of HTTPS what may go on.
// What it passes is heard without harm.
func FuzzWireFilter(f *testing.F) {
	for _, frame := range kinds(f) {
		f.Add(frame)
	}
	for _, frame := range nearMisses(f) {
		f.Add(frame)
	}
	vm := filterVM(f, wireFilter)
	e, _ := heardOn(f)
	f.Fuzz(func(t *testing.T, frame []byte) {
		kept, err := vm.Run(frame)
		if err != nil {
			t.Fatal(err)
		}
		e.hear(frame, began)
		if kept == 0 {
			return
		}
		e.hear(frame[:min(kept, len(frame))], began)
		s, err := e.frames.Parse(frame)
		if b := s.Payload; err == nil && !s.UDP && s.DestinedPort != 443 && len(b) > 12 && !begins(b) {
			t.Fatalf("passed TCP data % x", b[:12])
		}
	})
}

func begins(b []byte) bool {
	cookie := []byte{0x21, 0x12, 0xa4, 0x42}
	return b[0] == 22 && b[1] == 3 || bytes.HasPrefix(b[4:], cookie) || bytes.HasPrefix(b[6:], cookie) || b[2] == 7<<3 || b[2] == 8<<3 || b[2] == 10<<3 ||
		slices.ContainsFunc([]string{"IKETCP", "RFB ", "\x82\x0cRF", "\x03\x00\x00\x13", "\x00\x00\x00\x0b", "REDQ", "SSH-", "NXD-", "NXSH", "\x01\x00\x0b\x00", "\x01\x00\x00\x0b"},
			func(word string) bool { return bytes.HasPrefix(b, []byte(word)) })
}
