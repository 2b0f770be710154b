package host

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
)

// What macOS' kernel says of interfaces and routes is a row of messages (net/route.h,
// net/if.h). Each begins with its length, version and type; addresses follow at
// its end, each filled up to four bytes.
const (
	ribVersion    = 5    // RTM_VERSION
	ribAddress    = 0x0c // RTM_NEWADDR, a struct ifa_msghdr
	ribLink       = 0x12 // RTM_IFINFO2, a struct if_msghdr2
	ribRoute      = 0x04 // RTM_GET, a struct rt_msghdr
	ribAddressEnd = 20   // sizeof(struct ifa_msghdr)
	ribLinkEnd    = 160  // sizeof(struct if_msghdr2)
	ribRouteEnd   = 92   // sizeof(struct rt_msghdr)
	maxRIB        = 16 << 20
)

// Addresses of a message by number (RTAX_DST and so on), and their families.
const (
	axTarget  = 0
	axGateway = 1
	axMask    = 2
	axLink    = 4
	axOwn     = 5
	axMost    = 8

	macIPv4      = 2
	macLinkLayer = 18
	macIPv6      = 30
)

// Flags of a route.
const (
	routeUp      = 0x1
	routeHost    = 0x4
	routeReject  = 0x8
	routeDropped = 0x1000
	routeScoped  = 0x1000000 // RTF_IFSCOPE: only for those who ask for this interface
)

// A macLink is an interface as the kernel lists it.
type macLink struct {
	index int
	name  string
	kind  byte // IFT_ of net/if_types.h
	flags uint32
	mtu   int
	used  bool // it has an address that is not only good for the next machine
}

// A macRoute is a way to everywhere, or to half of it.
type macRoute struct {
	index   int
	gateway netip.Addr // not valid where the way leads into a tunnel
}

// A macNeighbour is the machine behind an address that was spoken to.
type macNeighbour struct {
	index   int
	address netip.Addr
}

// ribMessages hands each message on; those of another version are not read.
func ribMessages(rib []byte, each func(kind byte, message []byte)) error {
	if len(rib) > maxRIB {
		return fmt.Errorf("a table of %d bytes, want at most %d", len(rib), maxRIB)
	}
	for at := 0; at+4 <= len(rib); {
		length := int(binary.LittleEndian.Uint16(rib[at:]))
		if length < 4 || length > len(rib)-at {
			return fmt.Errorf("a table is cut at %d of %d bytes", at, len(rib))
		}
		if rib[at+2] == ribVersion {
			each(rib[at+3], rib[at:at+length])
		}
		at += length
	}
	return nil
}

// ribAddresses are the addresses of a message by their number.
func ribAddresses(set uint32, b []byte) (found [axMost][]byte) {
	for number := range axMost {
		if set&(1<<number) == 0 || len(b) == 0 {
			continue
		}
		length := int(b[0])
		if length > len(b) {
			break
		}
		found[number] = b[:length]
		b = b[min(max(4, (length+3)&^3), len(b)):]
	}
	return found
}

// parseLinks reads the answer to NET_RT_IFLIST2.
func parseLinks(rib []byte) ([]macLink, error) {
	var links []macLink
	err := ribMessages(rib, func(kind byte, m []byte) {
		switch {
		case kind == ribLink && len(m) >= ribLinkEnd:
			l := macLink{
				index: int(binary.LittleEndian.Uint16(m[12:])), kind: m[32], flags: binary.LittleEndian.Uint32(m[8:]),
				mtu: int(binary.LittleEndian.Uint32(m[40:])),
			}
			_, l.name, _ = linkAddress(ribAddresses(binary.LittleEndian.Uint32(m[4:]), m[ribLinkEnd:])[axLink])
			if l.name != "" {
				links = append(links, l)
			}
		case kind == ribAddress && len(m) >= ribAddressEnd:
			own := ribAddresses(binary.LittleEndian.Uint32(m[4:]), m[ribAddressEnd:])[axOwn]
			if address := ipAddress(own); address.IsValid() && !address.IsLinkLocalUnicast() {
				markUsed(links, int(binary.LittleEndian.Uint16(m[12:])))
			}
		}
	})
	return links, err
}

func markUsed(links []macLink, index int) {
	for i := range links {
		if links[i].index == index {
			links[i].used = true
		}
	}
}

// parseDefaults reads the answer to NET_RT_DUMP: the ways to everywhere, and to a
// half of it, as a VPN lays them over another way. A way that only holds for who
// asks for its interface is none: macOS keeps one for each.
func parseDefaults(rib []byte) ([]macRoute, error) {
	var found []macRoute
	err := ribMessages(rib, func(kind byte, m []byte) {
		if kind != ribRoute || len(m) < ribRouteEnd {
			return
		}
		flags := binary.LittleEndian.Uint32(m[8:])
		if flags&routeUp == 0 || flags&(routeHost|routeReject|routeDropped|routeScoped) != 0 {
			return
		}
		addresses := ribAddresses(binary.LittleEndian.Uint32(m[12:]), m[ribRouteEnd:])
		target := ipAddress(addresses[axTarget])
		if !target.IsValid() || maskLength(addresses[axMask], target.Is4()) > 1 {
			return
		}
		if !target.IsUnspecified() && target != netip.AddrFrom4([4]byte{128}) && target != netip.AddrFrom16([16]byte{128}) {
			return // a part of the address space that stands in no mask
		}
		found = append(found, macRoute{index: int(binary.LittleEndian.Uint16(m[4:])), gateway: ipAddress(addresses[axGateway])})
	})
	return found, err
}

// parseNeighbours reads the answer to NET_RT_FLAGS with RTF_LLINFO: the hardware
// addresses of machines next to this one.
func parseNeighbours(rib []byte) (map[macNeighbour]string, error) {
	found := map[macNeighbour]string{}
	err := ribMessages(rib, func(kind byte, m []byte) {
		if kind != ribRoute || len(m) < ribRouteEnd {
			return
		}
		addresses := ribAddresses(binary.LittleEndian.Uint32(m[12:]), m[ribRouteEnd:])
		index, _, hardware := linkAddress(addresses[axGateway])
		if index == 0 {
			index = int(binary.LittleEndian.Uint16(m[4:]))
		}
		if address := ipAddress(addresses[axTarget]); address.IsValid() && hardware != "" {
			found[macNeighbour{index, address}] = hardware
		}
	})
	return found, err
}

// ipAddress reads a struct sockaddr_in or sockaddr_in6, of which the kernel may
// leave out the end. It keeps the interface of a link-local address inside it.
func ipAddress(b []byte) netip.Addr {
	if len(b) < 2 {
		return netip.Addr{}
	}
	switch b[1] {
	case macIPv4:
		var four [4]byte
		copy(four[:], b[min(4, len(b)):])
		return netip.AddrFrom4(four)
	case macIPv6:
		var six [16]byte
		copy(six[:], b[min(8, len(b)):])
		if six[0] == 0xfe && six[1]&0xc0 == 0x80 {
			six[2], six[3] = 0, 0
		}
		return netip.AddrFrom16(six)
	}
	return netip.Addr{}
}

// maskLength is how many bits of a mask are set. Its end is left out where it is
// zero, and its family may be anything.
func maskLength(b []byte, four bool) int {
	from, bits := 8, 0
	if four {
		from = 4
	}
	for at := from; at < len(b); at++ {
		for set := b[at]; set&0x80 != 0; set <<= 1 {
			bits++
		}
		if b[at] != 0xff {
			break
		}
	}
	return bits
}

// linkAddress reads a struct sockaddr_dl: the number and name of an interface, or
// a hardware address.
func linkAddress(b []byte) (index int, name, hardware string) {
	if len(b) < 8 || b[1] != macLinkLayer {
		return 0, "", ""
	}
	index = int(binary.LittleEndian.Uint16(b[2:]))
	nameEnd := 8 + int(b[5])
	end := nameEnd + int(b[6])
	if end > len(b) {
		return index, "", ""
	}
	// This is what macOS gives those who may not know an address.
	const withheld = "02:00:00:00:00:00"
	if address := net.HardwareAddr(b[nameEnd:end]); len(address) == 6 && address.String() != withheld && address.String() != "00:00:00:00:00:00" {
		hardware = address.String()
	}
	return index, cString(b[8:nameEnd]), hardware
}
