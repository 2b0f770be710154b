package host

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/net/bpf"
)

// The kernel counts nothing for UDP. So it hands over the headers of datagrams of
// a few local ports, in a ring of memory that both share: who reads it asks
// nothing, and is not woken for each.
const (
	ringBlock  = 32 << 10
	ringBlocks = 8
	ringSnap   = 48 // bytes of each: the headers of IP and UDP, and none of what is said
	ringRetire = 12 // milliseconds until a block that is not full is handed over
	ringPorts  = 8
)

// The parts of TPACKET_V3 that are used, by their names in linux/if_packet.h.
const (
	blockStatus   = 8
	blockPackets  = 12
	blockFirst    = 16
	ringNext      = 0
	ringSeconds   = 4
	ringNanos     = 8
	ringSnapped   = 12
	ringNet       = 26
	ringHead      = 48
	ringKind      = ringHead + 10 // sll_pkttype
	ringLeast     = ringHead + 20
	kindToUs      = 0
	kindFromUs    = 4
	headerIPv6    = 40
	headerUDP     = 8
	fragmentOther = 0x1fff
)

var errRing = errors.New("malformed block of datagrams")

// A datagram is what is kept of one.
type datagram struct {
	FlowID
	inbound bool
	size    int // bytes of data
	at      time.Duration
}

// parseRingBlock reads the frames of a block that the kernel has handed over.
// shift is how far its clock is from that of Input.At.
func parseRingBlock(block []byte, shift time.Duration, take func(datagram)) error {
	if len(block) < ringHead {
		return fmt.Errorf("%w: %d bytes", errRing, len(block))
	}
	count, at := binary.NativeEndian.Uint32(block[blockPackets:]), uint64(binary.NativeEndian.Uint32(block[blockFirst:]))
	for n := range count {
		if at > uint64(len(block)) || uint64(len(block))-at < ringLeast {
			return fmt.Errorf("%w: frame %d at %d of %d bytes", errRing, n, at, len(block))
		}
		frame := block[at:]
		net, snapped := uint64(binary.NativeEndian.Uint16(frame[ringNet:])), uint64(binary.NativeEndian.Uint32(frame[ringSnapped:]))
		if net+snapped > uint64(len(frame)) {
			return fmt.Errorf("%w: frame %d ends %d bytes from its beginning, of %d", errRing, n, net+snapped, len(frame))
		}
		seconds, nanos := binary.NativeEndian.Uint32(frame[ringSeconds:]), binary.NativeEndian.Uint32(frame[ringNanos:])
		d, ok := parseHeaders(frame[net:net+snapped], frame[ringKind])
		if ok {
			d.at = time.Duration(seconds)*time.Second + time.Duration(nanos) - shift
			take(d)
		}
		next := uint64(binary.NativeEndian.Uint32(frame[ringNext:]))
		if next == 0 {
			break
		}
		at += next
	}
	return nil
}

// parseHeaders reads the headers of IP and UDP.
func parseHeaders(ip []byte, kind byte) (d datagram, ok bool) {
	var from, to netip.Addr
	var udp []byte
	switch {
	case kind != kindToUs && kind != kindFromUs || len(ip) < 20:
		return d, false
	case ip[0]>>4 == 4:
		head := int(ip[0]&15) * 4
		if ip[9] != protocolUDP || len(ip) < head+headerUDP || head < 20 || binary.BigEndian.Uint16(ip[6:])&fragmentOther != 0 {
			return d, false
		}
		from, to, udp = netip.AddrFrom4([4]byte(ip[12:16])), netip.AddrFrom4([4]byte(ip[16:20])), ip[head:]
	case ip[0]>>4 == 6:
		if len(ip) < headerIPv6+headerUDP || ip[6] != protocolUDP {
			return d, false
		}
		from, to, udp = netip.AddrFrom16([16]byte(ip[8:24])), netip.AddrFrom16([16]byte(ip[24:40])), ip[headerIPv6:]
	default:
		return d, false
	}
	source, destination := netip.AddrPortFrom(from, binary.BigEndian.Uint16(udp)), netip.AddrPortFrom(to, binary.BigEndian.Uint16(udp[2:]))
	d.FlowID = FlowID{Protocol: "udp", Local: source, Remote: destination}
	if d.inbound = kind == kindToUs; d.inbound {
		d.Local, d.Remote = destination, source
	}
	d.size = max(0, int(binary.BigEndian.Uint16(udp[4:]))-headerUDP)
	return d, !from.IsLoopback() && !to.IsLoopback()
}

// ringFilter passes datagrams from or to a few ports; a packet begins with its IP header.
func ringFilter(ports []uint16) ([]bpf.RawInstruction, error) {
	const common = 11 // where both versions of IP meet, with the length of their header in X
	n := len(ports)
	refuse := common + 2 + 2*n
	no := func(at int) uint8 { return uint8(refuse - at - 1) }
	code := []bpf.Instruction{
		bpf.LoadAbsolute{Off: 0, Size: 1},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xf0},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0x40, SkipFalse: 4},
		bpf.LoadAbsolute{Off: 9, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: protocolUDP, SkipFalse: no(4)},
		bpf.LoadMemShift{Off: 0},
		bpf.Jump{Skip: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0x60, SkipFalse: no(7)},
		bpf.LoadAbsolute{Off: 6, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: protocolUDP, SkipFalse: no(9)},
		bpf.LoadConstant{Dst: bpf.RegX, Val: headerIPv6},
	}
	for _, offset := range []uint32{0, 2} { // where a datagram comes from, and where it goes
		code = append(code, bpf.LoadIndirect{Off: offset, Size: 2})
		for _, port := range ports {
			code = append(code, bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(port), SkipTrue: uint8(refuse - len(code))})
		}
	}
	return bpf.Assemble(append(code, bpf.RetConstant{Val: 0}, bpf.RetConstant{Val: ringSnap}))
}

// choosePorts picks the local ports whose datagrams are looked at. Those where
// something passed both ways stay, but for pages and names, of which there may be
// enough to hide all else; the others take turns, the likely ones first.
func choosePorts(sockets []Socket, busy map[uint16]bool, tried map[uint16]int, most int) []uint16 {
	type choice struct {
		port  uint16
		order int
	}
	var all []choice
	seen := map[uint16]bool{}
	for _, s := range sockets {
		port := s.Local.Port()
		if s.Protocol != "udp" || port < 1024 || seen[port] || s.Local.Addr().IsLoopback() || s.Remote.IsValid() && s.Remote.Addr().IsLoopback() || slices.Contains(announcing(), port) {
			continue
		}
		seen[port] = true
		c := choice{port, 10 * tried[port]}
		switch pages := s.Remote.IsValid() && (s.Remote.Port() == 443 || s.Remote.Port() == 53); {
		case pages:
			c.order += 5
		case busy[port]:
			c.order = -1
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b choice) int { return a.order - b.order })
	ports := make([]uint16, 0, most)
	for _, c := range all[:min(len(all), most)] {
		ports = append(ports, c.port)
	}
	slices.Sort(ports)
	return ports
}

// announcing are the ports by which devices find each other and nothing else is said.
func announcing() []uint16 { return []uint16{1900, 3702, 5350, 5351, 5353, 5355, 17500, 57621} }
