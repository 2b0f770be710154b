package parse

import (
	"encoding/binary"
	"errors"
	"net/netip"
)

// A Segment is what one frame carries for one program.
type Segment struct {
	UDP                      bool // otherwise TCP
	Source, Destination      netip.Addr
	SourcePort, DestinedPort uint16
	Payload                  []byte // shares the frame's memory
	// Hardware addresses of the frame, zero where the interface has no link layer.
	SourceMAC, DestinationMAC [6]byte
	// Of TCP: the number of the payload's first byte (of SYN itself), and what the segment does to the connection.
	Sequence      uint32
	SYN, FIN, RST bool
}

// What keeps a frame from being read. They are made once: anybody on the network
// can send frames that are none, and refusing one must cost nothing.
var (
	// ErrFragment says that a frame holds a piece of a packet, which has no ports of its own.
	ErrFragment = errors.New("frame: a fragment of an IP packet")
	// ErrNotIP says that a frame carries no IP packet.
	ErrNotIP = errors.New("frame: no IP packet in it")
	// ErrNotSegment says that an IP packet carries neither UDP nor TCP.
	ErrNotSegment = errors.New("frame: neither UDP nor TCP over IP")

	errEthernet  = errors.New("frame: the Ethernet header or a VLAN tag is cut short")
	errTags      = errors.New("frame: too many VLAN tags")
	errIPv4      = errors.New("frame: the IPv4 header is malformed or cut short")
	errIPv6      = errors.New("frame: the IPv6 header is malformed or cut short")
	errExtension = errors.New("frame: an IPv6 extension header is cut short")
	errManyExtra = errors.New("frame: too many IPv6 extension headers")
	errUDP       = errors.New("frame: the UDP header is malformed or cut short")
	errTCP       = errors.New("frame: the TCP header is malformed or cut short")
)

// Bounds of a frame, and the numbers of what may be in one.
const (
	etherHeader = 14
	frameTags   = 4 // VLAN tags; QinQ has two

	etherIPv4  = 0x0800
	etherARP   = 0x0806
	etherIPv6  = 0x86dd
	etherVLAN  = 0x8100
	etherQinQ  = 0x88a8
	etherQinQ1 = 0x9100 // before 802.1ad

	protocolTCP    = 6
	protocolUDP    = 17
	protocolICMPv6 = 58
)

// Frames reads Ethernet frames. It allocates nothing, whatever it is given.
// Packets of interfaces without a link layer are to be given an Ethernet header
// of zeros, as the host does.
type Frames struct{}

// NewFrames makes a reader of frames.
func NewFrames() *Frames { return &Frames{} }

// Parse reads one frame: Ethernet, at most four VLAN tags, IPv4 or IPv6 with its
// extension headers, and UDP or TCP. The frame may have been cut at its end: the
// payload is then what there is of it. The padding of a short frame is none of it.
func (f *Frames) Parse(frame []byte) (Segment, error) {
	kind, packet, err := ethernetPayload(frame)
	if err != nil {
		return Segment{}, err
	}
	var s Segment
	copy(s.DestinationMAC[:], frame)
	copy(s.SourceMAC[:], frame[6:])
	var protocol byte
	var body []byte
	switch kind {
	case etherIPv4:
		protocol, body, err = s.overIPv4(packet)
	case etherIPv6:
		protocol, body, err = s.overIPv6(packet)
	default:
		err = ErrNotIP
	}
	if err == nil {
		err = s.transport(protocol, body)
	}
	if err != nil {
		return Segment{}, err
	}
	return s, nil
}

// ethernetPayload steps over the Ethernet header and its tags.
func ethernetPayload(frame []byte) (kind uint16, packet []byte, err error) {
	if len(frame) < etherHeader {
		return 0, nil, errEthernet
	}
	kind, packet = binary.BigEndian.Uint16(frame[12:]), frame[etherHeader:]
	for range frameTags {
		if kind != etherVLAN && kind != etherQinQ && kind != etherQinQ1 {
			return kind, packet, nil
		}
		if len(packet) < 4 {
			return 0, nil, errEthernet
		}
		kind, packet = binary.BigEndian.Uint16(packet[2:]), packet[4:]
	}
	if kind == etherVLAN || kind == etherQinQ || kind == etherQinQ1 {
		return 0, nil, errTags
	}
	return kind, packet, nil
}

// overIPv4 reads the IPv4 header. A total length of zero is that of a packet that
// the network card is still to cut into pieces, or has put together.
func (s *Segment) overIPv4(packet []byte) (protocol byte, body []byte, err error) {
	if len(packet) < 20 || packet[0]>>4 != 4 {
		return 0, nil, errIPv4
	}
	header, total := int(packet[0]&0x0f)*4, int(binary.BigEndian.Uint16(packet[2:]))
	if total == 0 {
		total = len(packet)
	}
	if header < 20 || header > len(packet) || total < header {
		return 0, nil, errIPv4
	}
	const moreOrOffset = 0x3fff
	if binary.BigEndian.Uint16(packet[6:])&moreOrOffset != 0 {
		return 0, nil, ErrFragment
	}
	s.Source = netip.AddrFrom4([4]byte(packet[12:16]))
	s.Destination = netip.AddrFrom4([4]byte(packet[16:20]))
	return packet[9], packet[header:min(total, len(packet))], nil
}

func (s *Segment) overIPv6(packet []byte) (protocol byte, body []byte, err error) {
	protocol, body, err = ipv6Payload(packet)
	if err != nil {
		return 0, nil, err
	}
	s.Source = netip.AddrFrom16([16]byte(packet[8:24]))
	s.Destination = netip.AddrFrom16([16]byte(packet[24:40]))
	return protocol, body, nil
}

// transport reads the UDP or TCP header.
func (s *Segment) transport(protocol byte, body []byte) error {
	switch protocol {
	case protocolUDP:
		if len(body) < 8 {
			return errUDP
		}
		length := int(binary.BigEndian.Uint16(body[4:]))
		if length == 0 { // of a jumbogram, or of one that the card is still to cut
			length = len(body)
		}
		if length < 8 {
			return errUDP
		}
		s.UDP, s.Payload = true, body[8:min(length, len(body))]
	case protocolTCP:
		if len(body) < 20 {
			return errTCP
		}
		header := int(body[12]>>4) * 4
		if header < 20 || header > len(body) {
			return errTCP
		}
		s.Payload = body[header:]
		s.Sequence = binary.BigEndian.Uint32(body[4:])
		s.FIN, s.SYN, s.RST = body[13]&1 != 0, body[13]&2 != 0, body[13]&4 != 0
	default:
		return ErrNotSegment
	}
	s.SourcePort, s.DestinedPort = binary.BigEndian.Uint16(body), binary.BigEndian.Uint16(body[2:])
	return nil
}
