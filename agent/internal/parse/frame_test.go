package parse

import (
	"errors"
	"net"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

func serialize(t testing.TB, parts ...gopacket.SerializableLayer) []byte {
	t.Helper()
	buffer := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true}, parts...); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func ethernet(kind layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: kind}
}

func v4(protocol layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: 64, Protocol: protocol, SrcIP: net.IP{192, 0, 2, 1}, DstIP: net.IP{192, 0, 2, 2}}
}

func v6(next layers.IPProtocol) *layers.IPv6 {
	return &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: next, SrcIP: net.ParseIP("2001:db8::1"), DstIP: net.ParseIP("2001:db8::2")}
}

var (
	datagram = &layers.UDP{SrcPort: 40000, DstPort: 53}
	segment  = &layers.TCP{SrcPort: 40000, DstPort: 443, DataOffset: 5, PSH: true}
	body     = gopacket.Payload("hello")
)

func goodFrames(t testing.TB) map[string][]byte {
	tag := &layers.Dot1Q{VLANIdentifier: 7, Type: layers.EthernetTypeIPv4}
	options := gopacket.Payload{17, 0, 1, 4, 0, 0, 0, 0} // destination options: padding, then UDP
	udp := serialize(t, datagram, body)
	return map[string][]byte{
		"UDP over IPv4":                         serialize(t, ethernet(layers.EthernetTypeIPv4), v4(layers.IPProtocolUDP), datagram, body),
		"TCP over IPv4":                         serialize(t, ethernet(layers.EthernetTypeIPv4), v4(layers.IPProtocolTCP), segment, body),
		"UDP over IPv4 in a VLAN":               serialize(t, ethernet(layers.EthernetTypeDot1Q), tag, v4(layers.IPProtocolUDP), datagram, body),
		"TCP over IPv6":                         serialize(t, ethernet(layers.EthernetTypeIPv6), v6(layers.IPProtocolTCP), segment, body),
		"UDP over IPv6 behind extension header": serialize(t, ethernet(layers.EthernetTypeIPv6), v6(layers.IPProtocolIPv6Destination), options, gopacket.Payload(udp)),
	}
}

func TestFrames(t *testing.T) {
	frames := NewFrames()
	for name, frame := range goodFrames(t) {
		s, err := frames.Parse(append(frame, 0, 0, 0, 0)) // Ethernet pads short frames
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		udp := strings.HasPrefix(name, "UDP")
		want := uint16(443)
		if udp {
			want = 53
		}
		if s.UDP != udp || s.DestinedPort != want || s.SourcePort != 40000 || string(s.Payload) != "hello" {
			t.Errorf("%s: %+v", name, s)
		}
		if six := strings.Contains(name, "IPv6"); s.Source.Is6() != six || s.Destination.Is6() != six {
			t.Errorf("%s: from %s to %s", name, s.Source, s.Destination)
		}
	}
}

func TestFramesRefuse(t *testing.T) {
	first, later := v4(layers.IPProtocolUDP), v4(layers.IPProtocolUDP)
	first.Flags, later.FragOffset = layers.IPv4MoreFragments, 100
	fragment6 := gopacket.Payload{17, 0, 0, 9, 0, 0, 0, 1}
	frames := NewFrames()
	for name, frame := range map[string][]byte{
		"first fragment": serialize(t, ethernet(layers.EthernetTypeIPv4), first, datagram, body),
		"later fragment": serialize(t, ethernet(layers.EthernetTypeIPv4), later, datagram, body),
		"IPv6 fragment":  serialize(t, ethernet(layers.EthernetTypeIPv6), v6(layers.IPProtocolIPv6Fragment), fragment6, body),
	} {
		if _, err := frames.Parse(frame); !errors.Is(err, ErrFragment) {
			t.Errorf("%s: error %v, want %v", name, err, ErrFragment)
		}
	}
	arp := serialize(t, ethernet(layers.EthernetTypeARP), body)
	for name, c := range map[string]struct {
		frame []byte
		want  string
	}{
		"nothing":   {nil, "Ethernet header"},
		"cut short": {goodFrames(t)["TCP over IPv4"][:40], "TCP header"},
		"ARP":       {arp, "no IP packet"},
	} {
		if _, err := frames.Parse(c.frame); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

// layersRead is how gopacket, which others wrote, reads a frame. It gives up on
// some that systems accept, such as those with malformed TCP options.
func layersRead(frame []byte) (s Segment, ok bool) {
	packet := gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.NoCopy)
	if packet.ErrorLayer() != nil || packet.NetworkLayer() == nil || packet.TransportLayer() == nil {
		return Segment{}, false
	}
	switch ip := packet.NetworkLayer().(type) {
	case *layers.IPv4:
		s.Source, _ = netip.AddrFromSlice(ip.SrcIP)
		s.Destination, _ = netip.AddrFromSlice(ip.DstIP)
	case *layers.IPv6:
		s.Source, _ = netip.AddrFromSlice(ip.SrcIP)
		s.Destination, _ = netip.AddrFromSlice(ip.DstIP)
	}
	switch transport := packet.TransportLayer().(type) {
	case *layers.UDP:
		s.UDP, s.SourcePort, s.DestinedPort = true, uint16(transport.SrcPort), uint16(transport.DstPort)
	case *layers.TCP:
		s.SourcePort, s.DestinedPort, s.Sequence = uint16(transport.SrcPort), uint16(transport.DstPort), transport.Seq
		s.SYN, s.FIN, s.RST = transport.SYN, transport.FIN, transport.RST
	default:
		return Segment{}, false
	}
	return s, true
}

func TestFramesAsOthersReadThem(t *testing.T) {
	for _, name := range []string{"stun", "dns", "mdns", "openvpn", "ike", "dhcp"} {
		for i, frame := range recordedFrames(t, name) {
			want, ok := layersRead(frame)
			got, err := NewFrames().Parse(frame)
			got.Payload, got.SourceMAC, got.DestinationMAC = nil, [6]byte{}, [6]byte{}
			if ok != (err == nil) || ok && !reflect.DeepEqual(got, want) {
				t.Errorf("%s, frame %d: %+v, error %v, others read %+v %v", name, i, got, err, want, ok)
			}
		}
	}
}

func FuzzFrames(f *testing.F) {
	for _, frame := range goodFrames(f) {
		f.Add(frame)
	}
	for _, name := range []string{"neighbours", "stun", "dhcp"} {
		for _, frame := range recordedFrames(f, name) {
			f.Add(frame)
		}
	}
	frames := NewFrames()
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := frames.Parse(b)
		if err == nil && len(s.Payload) > len(b) {
			t.Fatalf("payload of %d in a frame of %d bytes", len(s.Payload), len(b))
		}
		if want, ok := layersRead(b); ok && err == nil {
			s.Payload, s.SourceMAC, s.DestinationMAC = nil, [6]byte{}, [6]byte{}
			if !reflect.DeepEqual(s, want) {
				t.Fatalf("%+v, others read %+v", s, want)
			}
		}
		n, err := frames.Neighbour(b)
		if (err == nil) != (n.Kind != "") {
			t.Fatalf("neighbour %+v with error %v", n, err)
		}
	})
}

func BenchmarkFrames(b *testing.B) {
	for name, frame := range goodFrames(b) {
		b.Run(name, func(b *testing.B) {
			frames := NewFrames()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := frames.Parse(frame); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
