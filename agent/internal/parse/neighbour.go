package parse

import (
	"encoding/binary"
	"errors"
	"net/netip"
)

// A Neighbour is one ARP or IPv6 neighbour-discovery message: what a device on
// the local network says of its own address, or asks of another's.
type Neighbour struct {
	Kind        string     // arp_request, arp_reply, nd_solicitation, nd_advertisement, nd_router
	FrameSource [6]byte    // hardware address that sent the frame
	Sender      [6]byte    // hardware address the message itself names; zero where it names none
	SenderIP    netip.Addr // whose message it is; 0.0.0.0 or :: of one that has no address yet
	TargetIP    netip.Addr // of which address it is; not valid of nd_router
	Broadcast   bool       // sent to everybody: broadcast, or to a multicast group
}

// What keeps a frame from being read as one, made once as those of Parse are.
var (
	// ErrNotNeighbour says that a frame carries neither ARP nor neighbour discovery.
	ErrNotNeighbour = errors.New("frame: neither ARP nor neighbour discovery")

	errARP       = errors.New("frame: ARP that is cut short, of unknown kind, or not of Ethernet and IPv4")
	errDiscovery = errors.New("frame: neighbour discovery that is cut short or did not come from this network")
)

// Neighbour reads a frame with an ARP or neighbour-discovery message. It
// allocates nothing.
func (f *Frames) Neighbour(frame []byte) (Neighbour, error) {
	kind, packet, err := ethernetPayload(frame)
	if err != nil {
		return Neighbour{}, err
	}
	n := Neighbour{FrameSource: [6]byte(frame[6:12]), Broadcast: frame[0]&1 != 0}
	switch kind {
	case etherARP:
		err = n.arp(packet)
	case etherIPv6:
		err = n.discovery(packet)
	default:
		err = ErrNotNeighbour
	}
	if err != nil {
		return Neighbour{}, err
	}
	return n, nil
}

// arp reads ARP (RFC 826).
func (n *Neighbour) arp(b []byte) error {
	const ethernetAndIPv4 = 0x0001_0800_06_04 // kinds of the two addresses and their lengths
	if len(b) < 28 || binary.BigEndian.Uint64(b)>>16 != ethernetAndIPv4 {
		return errARP
	}
	switch binary.BigEndian.Uint16(b[6:]) {
	case 1:
		n.Kind = "arp_request"
	case 2:
		n.Kind = "arp_reply"
	default:
		return errARP
	}
	n.Sender = [6]byte(b[8:14])
	n.SenderIP = netip.AddrFrom4([4]byte(b[14:18]))
	n.TargetIP = netip.AddrFrom4([4]byte(b[24:28]))
	return nil
}

// Messages and options of neighbour discovery (RFC 4861).
const (
	discoveryRouter       = 134
	discoverySolicitation = 135
	discoveryAdvertised   = 136

	discoverySource = 1
	discoveryTarget = 2
)

// discovery reads neighbour discovery. It never crosses a router, so that its hop
// limit is as it was sent.
func (n *Neighbour) discovery(packet []byte) error {
	protocol, body, err := ipv6Payload(packet)
	if err != nil {
		return err
	}
	if protocol != protocolICMPv6 || len(body) == 0 {
		return ErrNotNeighbour
	}
	header, wanted := 24, byte(discoverySource)
	switch body[0] {
	case discoveryRouter:
		n.Kind, header = "nd_router", 16
	case discoverySolicitation:
		n.Kind = "nd_solicitation"
	case discoveryAdvertised:
		n.Kind, wanted = "nd_advertisement", discoveryTarget
	default:
		return ErrNotNeighbour
	}
	const hopLimit = 7
	if len(body) < header || packet[hopLimit] != 255 {
		return errDiscovery
	}
	n.SenderIP = netip.AddrFrom16([16]byte(packet[8:24]))
	if body[0] != discoveryRouter {
		n.TargetIP = netip.AddrFrom16([16]byte(body[8:24]))
	}
	for rest := body[header:]; len(rest) > 0; {
		if len(rest) < 8 || rest[1] == 0 || int(rest[1])*8 > len(rest) {
			return errDiscovery
		}
		if rest[0] == wanted && rest[1] == 1 {
			n.Sender = [6]byte(rest[2:8])
		}
		rest = rest[int(rest[1])*8:]
	}
	return nil
}
