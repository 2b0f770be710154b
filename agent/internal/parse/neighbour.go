package parse

import (
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

// errNotNeighbour says that a frame carries neither ARP nor neighbour discovery.
var errNotNeighbour = errors.New("frame: neither ARP nor neighbour discovery")

// Neighbour reads a frame with an ARP or neighbour-discovery message.
func (f *Frames) Neighbour(_ []byte) (Neighbour, error) { return Neighbour{}, errNotNeighbour }
