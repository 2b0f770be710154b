package host

import "github.com/google/gopacket"

// A Way is whether this machine sent a captured frame or another did.
type Way uint8

// WayUnknown is said of loopback, of a recording, and where the system does not tell.
const (
	WayUnknown Way = iota
	WayOut         // sent by this machine
	WayIn
)

// Reversed is the way of an answer.
func (w Way) Reversed() Way {
	switch w {
	case WayOut:
		return WayIn
	case WayIn:
		return WayOut
	}
	return WayUnknown
}

// What a capture adds to each frame, made once.
var wayOut, wayIn = []any{WayOut}, []any{WayIn}

// WayOf is what a capture says of a frame: nobody can forge it, as they can addresses.
func WayOf(captured gopacket.CaptureInfo) Way {
	for _, said := range captured.AncillaryData {
		if way, ok := said.(Way); ok {
			return way
		}
	}
	return WayUnknown
}
