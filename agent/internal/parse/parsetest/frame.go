package parsetest

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// MAC is a hardware address nobody made (locally administered), by number.
func MAC(n byte) [6]byte { return [6]byte{0x02, 0x00, 0x5e, 0x00, 0x53, n} }

// Broadcast is the hardware address of everybody.
var Broadcast = [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// A Frame is an Ethernet frame to be written. What is zero is made up: hardware
// addresses by the IP addresses' last bytes, so that one address is one device.
type Frame struct {
	From, To                  netip.AddrPort
	SourceMAC, DestinationMAC [6]byte
	TCP                       bool // otherwise UDP
	Sequence                  uint32
	SYN, FIN, RST             bool
	Payload                   []byte
	VLANs                     []uint16 // tags, the outermost first
}

// UDP is a frame with a datagram.
func UDP(t testing.TB, from, to string, payload []byte) []byte {
	t.Helper()
	return Frame{From: netip.MustParseAddrPort(from), To: netip.MustParseAddrPort(to), Payload: payload}.Bytes(t)
}

// TCP is a frame with a segment of an established connection.
func TCP(t testing.TB, from, to string, sequence uint32, payload []byte) []byte {
	t.Helper()
	return Frame{From: netip.MustParseAddrPort(from), To: netip.MustParseAddrPort(to), TCP: true, Sequence: sequence, Payload: payload}.Bytes(t)
}

// Bytes writes the frame, with its checksums.
func (f Frame) Bytes(t testing.TB) []byte {
	t.Helper()
	ether := layers.EthernetTypeIPv4
	protocol := layers.IPProtocolUDP
	if f.TCP {
		protocol = layers.IPProtocolTCP
	}
	var ip gopacket.SerializableLayer
	var network gopacket.NetworkLayer
	source, destination := f.From.Addr(), f.To.Addr()
	if source.Is4() {
		v4 := &layers.IPv4{Version: 4, TTL: 64, Protocol: protocol, SrcIP: source.AsSlice(), DstIP: destination.AsSlice()}
		ip, network = v4, v4
	} else {
		v6 := &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: protocol, SrcIP: source.AsSlice(), DstIP: destination.AsSlice()}
		ip, network, ether = v6, v6, layers.EthernetTypeIPv6
	}
	parts := f.link(ether)
	parts = append(parts, ip)
	if f.TCP {
		tcp := &layers.TCP{SrcPort: layers.TCPPort(f.From.Port()), DstPort: layers.TCPPort(f.To.Port()), Seq: f.Sequence, SYN: f.SYN, FIN: f.FIN, RST: f.RST, ACK: !f.SYN, PSH: len(f.Payload) > 0, Window: 65535}
		must(t, tcp.SetNetworkLayerForChecksum(network))
		parts = append(parts, tcp)
	} else {
		udp := &layers.UDP{SrcPort: layers.UDPPort(f.From.Port()), DstPort: layers.UDPPort(f.To.Port())}
		must(t, udp.SetNetworkLayerForChecksum(network))
		parts = append(parts, udp)
	}
	return written(t, append(parts, gopacket.Payload(f.Payload))...)
}

// link is the Ethernet header with its tags.
func (f Frame) link(carried layers.EthernetType) []gopacket.SerializableLayer {
	source, destination := f.SourceMAC, f.DestinationMAC
	if source == [6]byte{} {
		source = madeUp(f.From.Addr())
	}
	if destination == [6]byte{} {
		destination = madeUp(f.To.Addr())
	}
	kinds := make([]layers.EthernetType, 0, len(f.VLANs)+1)
	for i := range f.VLANs {
		if i < len(f.VLANs)-1 {
			kinds = append(kinds, layers.EthernetTypeQinQ)
		} else {
			kinds = append(kinds, layers.EthernetTypeDot1Q)
		}
	}
	kinds = append(kinds, carried)
	parts := []gopacket.SerializableLayer{&layers.Ethernet{SrcMAC: source[:], DstMAC: destination[:], EthernetType: kinds[0]}}
	for i, tag := range f.VLANs {
		parts = append(parts, &layers.Dot1Q{VLANIdentifier: tag, Type: kinds[i+1]})
	}
	return parts
}

// madeUp is the hardware address of an IP address' device, as the standards have
// it for groups.
func madeUp(a netip.Addr) [6]byte {
	b := a.AsSlice()
	last := b[len(b)-4:]
	switch {
	case a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return Broadcast
	case a.Is4() && a.IsMulticast():
		return [6]byte{0x01, 0x00, 0x5e, last[1] & 0x7f, last[2], last[3]}
	case a.IsMulticast():
		return [6]byte{0x33, 0x33, last[0], last[1], last[2], last[3]}
	}
	return MAC(last[3])
}

func written(t testing.TB, parts ...gopacket.SerializableLayer) []byte {
	t.Helper()
	buffer := gopacket.NewSerializeBuffer()
	must(t, gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, parts...))
	return buffer.Bytes()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Pcap is a recording of frames, as libpcap writes it: the first at a time, the
// others one gap after another.
func Pcap(first time.Time, gap time.Duration, frames ...[]byte) []byte {
	file := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	file = append(file, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0) // version, zone, accuracy
	file = binary.LittleEndian.AppendUint32(file, 65536)
	file = binary.LittleEndian.AppendUint32(file, 1) // Ethernet
	for i, frame := range frames {
		at := first.Add(time.Duration(i) * gap)
		file = binary.LittleEndian.AppendUint32(file, uint32(at.Unix()))
		file = binary.LittleEndian.AppendUint32(file, uint32(at.Nanosecond()/1000))
		file = binary.LittleEndian.AppendUint32(file, uint32(len(frame)))
		file = binary.LittleEndian.AppendUint32(file, uint32(len(frame)))
		file = append(file, frame...)
	}
	return file
}

func hardware(mac [6]byte) net.HardwareAddr { return mac[:] }
