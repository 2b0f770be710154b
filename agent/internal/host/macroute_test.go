package host

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ribMessage builds a message: its head up to end, then addresses by number.
func ribMessage(kind byte, end int, set func(m []byte), flagsAt int, addresses map[int][]byte) []byte {
	m := make([]byte, end)
	m[2], m[3] = ribVersion, kind
	if set != nil {
		set(m)
	}
	var which uint32
	for number := range axMost {
		a, ok := addresses[number]
		if !ok {
			continue
		}
		which |= 1 << number
		m = append(m, a...)
		m = append(m, make([]byte, (4-len(a)%4)%4)...)
		if len(a) == 0 {
			m = append(m, 0, 0, 0, 0)
		}
	}
	binary.LittleEndian.PutUint32(m[flagsAt:], which)
	binary.LittleEndian.PutUint16(m, uint16(len(m)))
	return m
}

func sockaddr(text string) []byte {
	a := netip.MustParseAddr(text)
	if a.Is4() {
		return append([]byte{16, macIPv4, 0, 0}, append(a.AsSlice(), make([]byte, 8)...)...)
	}
	return append([]byte{28, macIPv6, 0, 0, 0, 0, 0, 0}, append(a.AsSlice(), 0, 0, 0, 0)...)
}

func sockaddrLink(index int, name, hardware string) []byte {
	b := []byte{0, macLinkLayer, byte(index), byte(index >> 8), 6, byte(len(name)), 0, 0}
	b = append(b, name...)
	if hardware != "" {
		mac, _ := net.ParseMAC(hardware)
		b[6] = 6
		b = append(b, mac...)
	}
	b[0] = byte(len(b))
	return b
}

func linkMessage(index int, name string, kind byte, flags uint32) []byte {
	return ribMessage(ribLink, ribLinkEnd, func(m []byte) {
		binary.LittleEndian.PutUint32(m[8:], flags)
		binary.LittleEndian.PutUint16(m[12:], uint16(index))
		m[32] = kind
		binary.LittleEndian.PutUint32(m[40:], 1500)
	}, 4, map[int][]byte{axLink: sockaddrLink(index, name, "02:00:5e:10:00:99")})
}

func ownAddress(index int, address string) []byte {
	return ribMessage(ribAddress, ribAddressEnd, func(m []byte) { binary.LittleEndian.PutUint16(m[12:], uint16(index)) }, 4,
		map[int][]byte{axMask: {}, axOwn: sockaddr(address)})
}

func way(index int, flags uint32, target, gateway, mask []byte) []byte {
	addresses := map[int][]byte{axTarget: target, axGateway: gateway}
	if mask != nil {
		addresses[axMask] = mask
	}
	return ribMessage(ribRoute, ribRouteEnd, func(m []byte) {
		binary.LittleEndian.PutUint16(m[4:], uint16(index))
		binary.LittleEndian.PutUint32(m[8:], flags)
	}, 12, addresses)
}

func TestInterfacesOfAMac(t *testing.T) {
	const running = flagUp | flagRunning
	links, err := parseLinks(slices.Concat(
		linkMessage(1, "lo0", 0x18, running), linkMessage(2, "gif0", 0x37, 0), linkMessage(4, "en0", 6, running), ownAddress(4, "192.0.2.7"), linkMessage(5, "en5", 6, running),
		linkMessage(6, "awdl0", 6, running), linkMessage(7, "utun0", 1, running), ownAddress(7, "fe80:7::1"), linkMessage(8, "utun4", 1, running), ownAddress(8, "100.64.0.9"), linkMessage(9, "bridge0", 0xd1, running),
		linkMessage(10, "en7", 6, running)))
	if err != nil || len(links) != 9 {
		t.Fatalf("%+v, %v", links, err)
	}
	ways, err := parseDefaults(slices.Concat(
		way(4, 0x803, sockaddr("0.0.0.0"), sockaddr("192.0.2.1"), []byte{}),                               // the way out
		way(10, 0x1000803, sockaddr("0.0.0.0"), sockaddr("198.51.100.1"), []byte{}),                       // for who asks for en7
		way(8, 0x1, sockaddr("0.0.0.0"), sockaddrLink(8, "utun4", ""), []byte{5, 0, 0, 0, 128}),           // a half
		way(8, 0x1, sockaddr("128.0.0.0"), sockaddrLink(8, "utun4", ""), []byte{5, 0xff, 0, 0, 128}),      // the other
		way(4, 0x1, sockaddr("192.0.2.0"), sockaddrLink(4, "en0", ""), []byte{7, 0, 0, 0, 255, 255, 255}), // the office
		way(5, 0x9, sockaddr("0.0.0.0"), sockaddr("203.0.113.1"), []byte{}),                               // refused
		way(6, 0x805, sockaddr("0.0.0.0"), sockaddr("203.0.113.1"), nil),                                  // to one machine
		way(7, 0x1000001, sockaddr("::"), sockaddrLink(7, "utun0", ""), []byte{}),                         // for who asks
		way(4, 0x1, sockaddr("224.0.0.0"), sockaddrLink(4, "en0", ""), []byte{5, 0, 0, 0, 0xf0})))
	if err != nil || len(ways) != 3 {
		t.Fatalf("%+v, %v", ways, err)
	}
	neighbours, err := parseNeighbours(slices.Concat(
		way(4, 0x400, sockaddr("192.0.2.1"), sockaddrLink(4, "", "02:00:5e:10:00:01"), nil),
		way(4, 0x400, sockaddr("192.0.2.9"), sockaddrLink(4, "", "02:00:00:00:00:00"), nil),
		way(4, 0x400, sockaddr("fe80:4::1"), sockaddrLink(4, "", "02:00:5e:10:00:02"), nil)))
	if err != nil || len(neighbours) != 2 || neighbours[macNeighbour{4, netip.MustParseAddr("fe80::1")}] != "02:00:5e:10:00:02" {
		t.Fatalf("%+v, %v", neighbours, err)
	}
	got := macInterfaces(links, ways, neighbours, map[string]linkFacts{
		"en0": {functional: 3, driver: "AppleBCMWLANSkywalkInterface"}, "en5": {functional: 2, unplugged: true}, "en7": {functional: 2, usb: true, driver: "AppleUSBNCMData"}, "awdl0": {functional: 4},
	})
	want := []Interface{
		{Name: "lo0", Kind: "loopback", Up: true, MTU: 1500},
		{Name: "gif0", Kind: "tunnel", MTU: 1500},
		{Name: "en0", Kind: "wifi", Up: true, Default: true, Gateway: "02:00:5e:10:00:01", Driver: "AppleBCMWLANSkywalkInterface", MTU: 1500},
		{Name: "en5", Kind: "ethernet", MTU: 1500},
		{Name: "awdl0", Kind: "virtual", Up: true, MTU: 1500},
		{Name: "utun0", Kind: "tunnel", MTU: 1500},
		{Name: "utun4", Kind: "tunnel", Up: true, Default: true, MTU: 1500},
		{Name: "bridge0", Kind: "bridge", Up: true, MTU: 1500},
		{Name: "en7", Kind: "usb", Up: true, Driver: "AppleUSBNCMData", MTU: 1500},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, row := range got {
		if !slices.Contains(interfaceKinds, row.Kind) {
			t.Errorf("%s is a %q, which no row may say", row.Name, row.Kind)
		}
	}
}

func TestACutTableOfRoutesIsAnError(t *testing.T) {
	whole := linkMessage(4, "en0", 6, 1)
	if _, err := parseLinks(whole[:len(whole)-1]); err == nil {
		t.Error("a cut table was read as a whole one")
	}
}

func FuzzMacRoutes(f *testing.F) {
	f.Add(linkMessage(4, "en0", 6, 65))
	f.Add(ownAddress(4, "192.0.2.7"))
	f.Add(way(8, 1, sockaddr("128.0.0.0"), sockaddrLink(8, "utun4", ""), []byte{5, 0xff, 0, 0, 128}))
	f.Fuzz(func(t *testing.T, rib []byte) {
		links, _ := parseLinks(rib)
		ways, _ := parseDefaults(rib)
		neighbours, _ := parseNeighbours(rib)
		if rows := macInterfaces(links, ways, neighbours, nil); len(rows) != len(links) {
			t.Errorf("%d interfaces of %d", len(rows), len(links))
		}
	})
}
