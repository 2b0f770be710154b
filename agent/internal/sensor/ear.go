package sensor

import (
	"errors"
	"net/netip"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// An ear reads frames for the listeners of a wire. What it joins over several
// frames is bounded, and so is how many frames it reads: anybody may send any
// number. What this machine sends has a ration of its own, so that nobody else's
// flood hides it.
type ear struct {
	*wire
	frames *parse.Frames
	tls    *parse.HelloJoiner
	quic   *parse.QUICJoiner

	way                                     host.Way // of the frame that is read
	sent, arrived, announced, neighbourhood ration
}

// Rations, by what a frame costs: a hello up to 35 µs, an announcement 25 µs, a
// neighbour 1 µs. All of them used up are 6 % of a processor core.
func newEar(w *wire) *ear {
	return &ear{
		wire: w, frames: parse.NewFrames(), tls: parse.NewHelloJoiner(), quic: parse.NewQUICJoiner(),
		sent: ration{second: 1000, saved: 4000}, arrived: ration{second: 500, saved: 2000},
		announced: ration{second: 100, saved: 1000}, neighbourhood: ration{second: 1000, saved: 4000},
	}
}

// A ration is how many frames of a kind are read: so many a second, and what was
// saved up, by the clock of the frames.
type ration struct {
	second, saved float64
	left          float64
	last          time.Time
}

// take says whether there is any left.
func (r *ration) take(at time.Time) bool {
	r.left = min(r.saved, r.left+max(at.Sub(r.last).Seconds(), 0)*r.second)
	r.last = at
	if r.left < 1 {
		return false
	}
	r.left--
	return true
}

// spend takes of a ration, and counts the frame as lost where it is used up.
func (e *ear) spend(r *ration, at time.Time) bool {
	if r.take(at) {
		return true
	}
	e.over.Add(1)
	return false
}

func (e *ear) hear(frame []byte, at time.Time) {
	segment, err := e.frames.Parse(frame)
	switch {
	case err == nil && e.hearAnnouncement(segment, at):
	case err == nil:
		e.hearSegment(segment, at)
	case errors.Is(err, parse.ErrNotIP), errors.Is(err, parse.ErrNotSegment):
		if neighbour, err := e.frames.Neighbour(frame); err == nil && e.spend(&e.neighbourhood, at) {
			for _, hear := range e.neighbours {
				hear(neighbour, at)
			}
		}
	}
}

// hearAnnouncement goes by port, since the format alone does not tell. What says
// nothing on such a port may be something else.
func (e *ear) hearAnnouncement(s parse.Segment, at time.Time) (said bool) {
	if !s.UDP || !announces(s.DestinedPort) && !announces(s.SourcePort) || s.DestinedPort == portDNS || s.SourcePort == portDNS || !e.spend(&e.announced, at) {
		return false
	}
	a, err := parse.ParseAnnouncement(s)
	if err != nil {
		return false
	}
	for _, hear := range e.announcements {
		hear(a, at)
	}
	return len(a.Names) > 0 || len(a.Services) > 0 || a.Product != "" || a.Vendor != ""
}

// hearSegment hears what this machine sends, and what comes to it from others:
// not what only passes by, nor what claims to be from it and came from outside.
func (e *ear) hearSegment(s parse.Segment, at time.Time) {
	of, from, to := &e.sent, netip.AddrPortFrom(s.Source.Unmap(), s.SourcePort), netip.AddrPortFrom(s.Destination.Unmap(), s.DestinedPort)
	switch e.way {
	case host.WayOut:
		e.owns(from.Addr())
	case host.WayIn:
		if !e.own(to) || e.own(from) {
			return
		}
		of = &e.arrived
	}
	switch {
	case !e.spend(of, at):
	case s.UDP:
		e.hearDatagram(s, at)
	default:
		for _, hear := range e.segments {
			hear(s, at)
		}
		e.hearTCP(s, at)
	}
}

// hearDatagram goes by the port of DNS and by what the datagram begins with: a
// tunnel may use that port. For which names others ask here is not what this
// machine wants.
func (e *ear) hearDatagram(s parse.Segment, at time.Time) {
	if s.DestinedPort == portDNS && e.way != host.WayIn || s.SourcePort == portDNS && e.way != host.WayOut {
		for _, hear := range e.lookups {
			hear(s, at)
		}
	}
	if hello, ok := e.quic.Add(s, at); ok {
		e.opens(s, opening{kind: "quic", hello: hello, at: at})
		return
	}
	if dtlsBegins(s.Payload) { // others are many, and an error costs
		if hello, err := parse.ParseDTLSHello(s.Payload); err == nil || errors.Is(err, parse.ErrCutShort) {
			e.opens(s, opening{kind: "dtls", hello: hello, at: at})
			return
		}
	}
	e.hearHandshake(s, at)
}

// dtlsBegins knows the record of a handshake that is not enciphered yet.
func dtlsBegins(b []byte) bool {
	return len(b) > 13 && b[0] == 22 && b[1] == 0xfe && b[3] == 0 && b[4] == 0 && b[13] == 1
}

// hearTCP tells of a hello at once, since its name tends to be in the first
// segment, and again of one that a later segment completes.
func (e *ear) hearTCP(s parse.Segment, at time.Time) {
	whole, joined := e.tls.Add(s, at)
	hello, err := parse.Hello{}, parse.ErrNoHello
	if len(s.Payload) > 5 && s.Payload[0] == 22 && s.Payload[1] == 3 { // others are many, and an error costs
		hello, err = parse.ParseHello(s.Payload)
	}
	begins := errors.Is(err, parse.ErrCutShort)
	switch {
	case err == nil, begins && !joined:
		e.opens(s, opening{kind: "tls", hello: hello, at: at})
	case joined:
		e.opens(s, opening{kind: "tls", hello: whole, again: !begins, at: at})
	default:
		e.hearHandshake(s, at)
	}
}

func (e *ear) hearHandshake(s parse.Segment, at time.Time) {
	shake, err := parse.ParseHandshake(s)
	if err != nil {
		return
	}
	o := opening{kind: shake.Kind, software: shake.Software, again: !shake.FromClient, at: at, way: e.way}
	if o.again {
		s.Source, s.SourcePort, s.Destination, s.DestinedPort = s.Destination, s.DestinedPort, s.Source, s.SourcePort
		o.way = e.way.Reversed()
	}
	e.tell(s, o)
}

// opens tells of an opening that its client sends.
func (e *ear) opens(s parse.Segment, o opening) {
	o.way = e.way
	e.tell(s, o)
}

// tell tells of an opening whose client is a segment's source.
func (e *ear) tell(s parse.Segment, o opening) {
	o.udp = s.UDP
	o.from = netip.AddrPortFrom(s.Source.Unmap(), s.SourcePort)
	o.to = netip.AddrPortFrom(s.Destination.Unmap(), s.DestinedPort)
	for _, hear := range e.openings {
		hear(o)
	}
}

// announces says whether devices tell of themselves on a port: mDNS, LLMNR,
// NetBIOS' names, DHCP.
func announces(port uint16) bool {
	switch port {
	case 5353, 5355, 137, 67, 68, 546, 547:
		return true
	}
	return false
}
