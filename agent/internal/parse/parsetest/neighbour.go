package parsetest

import (
	"net/netip"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// An ARP is an ARP frame to be written.
type ARP struct {
	Reply                     bool
	SourceMAC, DestinationMAC [6]byte // of the frame; Sender and everybody where zero
	Sender                    [6]byte
	SenderIP, TargetIP        netip.Addr
}

// Bytes writes the frame.
func (a ARP) Bytes(t testing.TB) []byte {
	t.Helper()
	source, destination, operation := a.SourceMAC, a.DestinationMAC, uint16(layers.ARPRequest)
	if source == [6]byte{} {
		source = a.Sender
	}
	if destination == [6]byte{} {
		destination = Broadcast
	}
	if a.Reply {
		operation = layers.ARPReply
	}
	return written(t,
		&layers.Ethernet{SrcMAC: hardware(source), DstMAC: hardware(destination), EthernetType: layers.EthernetTypeARP},
		&layers.ARP{
			AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4, Operation: operation,
			SourceHwAddress: hardware(a.Sender), SourceProtAddress: a.SenderIP.AsSlice(), DstHwAddress: make([]byte, 6), DstProtAddress: a.TargetIP.AsSlice(),
		})
}

// Solicitation is a frame that asks everybody who has an IPv6 address.
func Solicitation(t testing.TB, mac [6]byte, source, target netip.Addr) []byte {
	t.Helper()
	group := netip.MustParseAddr("ff02::1:ff00:0").As16()
	asked := target.As16()
	copy(group[13:], asked[13:])
	to := netip.AddrFrom16(group)
	return discovery(t, mac, madeUp(to), source, to, layers.ICMPv6TypeNeighborSolicitation,
		&layers.ICMPv6NeighborSolicitation{TargetAddress: target.AsSlice(), Options: linkLayer(layers.ICMPv6OptSourceAddress, mac)})
}

// Advertisement is a frame in which a device tells everybody that it has an IPv6 address.
func Advertisement(t testing.TB, mac [6]byte, target netip.Addr) []byte {
	t.Helper()
	all := netip.MustParseAddr("ff02::1")
	return discovery(t, mac, madeUp(all), target, all, layers.ICMPv6TypeNeighborAdvertisement,
		&layers.ICMPv6NeighborAdvertisement{Flags: 0x20, TargetAddress: target.AsSlice(), Options: linkLayer(layers.ICMPv6OptTargetAddress, mac)})
}

// RouterAdvertisement is a frame in which a router tells everybody that it is one.
func RouterAdvertisement(t testing.TB, mac [6]byte, source netip.Addr) []byte {
	t.Helper()
	all := netip.MustParseAddr("ff02::1")
	return discovery(t, mac, madeUp(all), source, all, layers.ICMPv6TypeRouterAdvertisement,
		&layers.ICMPv6RouterAdvertisement{HopLimit: 64, RouterLifetime: 1800, Options: linkLayer(layers.ICMPv6OptSourceAddress, mac)})
}

func linkLayer(kind layers.ICMPv6Opt, mac [6]byte) layers.ICMPv6Options {
	return layers.ICMPv6Options{{Type: kind, Data: mac[:]}}
}

func discovery(t testing.TB, from, to [6]byte, source, destination netip.Addr, kind uint8, body gopacket.SerializableLayer) []byte {
	t.Helper()
	ip := &layers.IPv6{Version: 6, HopLimit: 255, NextHeader: layers.IPProtocolICMPv6, SrcIP: source.AsSlice(), DstIP: destination.AsSlice()}
	header := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(kind, 0)}
	must(t, header.SetNetworkLayerForChecksum(ip))
	return written(t, &layers.Ethernet{SrcMAC: hardware(from), DstMAC: hardware(to), EthernetType: layers.EthernetTypeIPv6}, ip, header, body)
}
