package parse

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// A Segment is what one frame carries for one program.
type Segment struct {
	UDP                      bool // otherwise TCP
	Source, Destination      netip.Addr
	SourcePort, DestinedPort uint16
	Payload                  []byte // shares the frame's memory
}

// ErrFragment says that a frame holds a piece of a packet, which has no ports of its own.
var ErrFragment = errors.New("a fragment")

// Frames reads Ethernet frames. It keeps its layers between frames, so that
// reading one allocates nothing, and so must not be shared between goroutines.
type Frames struct {
	parser    *gopacket.DecodingLayerParser
	decoded   []gopacket.LayerType
	ethernet  layers.Ethernet
	tag       layers.Dot1Q
	v4        layers.IPv4
	v6        layers.IPv6
	extension layers.IPv6ExtensionSkipper
	udp       layers.UDP
	tcp       layers.TCP
}

// NewFrames makes a reader of frames.
func NewFrames() *Frames {
	f := &Frames{}
	f.parser = gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet,
		&f.ethernet, &f.tag, &f.v4, &f.v6, &f.extension, &f.udp, &f.tcp)
	f.parser.IgnoreUnsupported = true // what is above UDP and TCP is not its business
	return f
}

// Parse reads one frame: Ethernet, at most a few VLAN tags, IPv4 or IPv6, and UDP or TCP.
func (f *Frames) Parse(frame []byte) (Segment, error) {
	err := f.parser.DecodeLayers(frame, &f.decoded)
	if slices.Contains(f.decoded, layers.LayerTypeIPv6Fragment) {
		return Segment{}, fmt.Errorf("frame of %d bytes, IPv6: %w", len(frame), ErrFragment)
	}
	if err != nil {
		return Segment{}, fmt.Errorf("frame of %d bytes, after %d layers: %w", len(frame), len(f.decoded), err)
	}
	var s Segment
	for _, layer := range f.decoded {
		switch layer {
		case layers.LayerTypeIPv4:
			s.Source, _ = netip.AddrFromSlice(f.v4.SrcIP)
			s.Destination, _ = netip.AddrFromSlice(f.v4.DstIP)
			if f.v4.FragOffset != 0 || f.v4.Flags&layers.IPv4MoreFragments != 0 {
				return Segment{}, fmt.Errorf("frame of %d bytes, IPv4: %w", len(frame), ErrFragment)
			}
		case layers.LayerTypeIPv6:
			s.Source, _ = netip.AddrFromSlice(f.v6.SrcIP)
			s.Destination, _ = netip.AddrFromSlice(f.v6.DstIP)
		case layers.LayerTypeUDP:
			s.UDP, s.Payload = true, f.udp.Payload
			s.SourcePort, s.DestinedPort = uint16(f.udp.SrcPort), uint16(f.udp.DstPort)
			return s, nil
		case layers.LayerTypeTCP:
			s.Payload = f.tcp.Payload
			s.SourcePort, s.DestinedPort = uint16(f.tcp.SrcPort), uint16(f.tcp.DstPort)
			return s, nil
		}
	}
	return Segment{}, fmt.Errorf("frame of %d bytes: neither UDP nor TCP over IP", len(frame))
}
