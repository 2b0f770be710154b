package sensor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// A wire is what passes by this machine's interfaces behind one filter of the
// kernel: one capture for all sensors, which listen to the kinds they are for.
// Listeners are added before it is watched. They run on the capture's goroutine,
// so they must be quick, and must copy what they keep.
type wire struct {
	*gathering
	capturing chan struct{} // holds one while a capture runs

	begins        []func(context.Context, host.Host)
	segments      []func(parse.Segment, time.Time)
	lookups       []func(parse.Segment, time.Time)
	openings      []func(opening)
	neighbours    []func(parse.Neighbour, time.Time)
	announcements []func(parse.Announcement, time.Time)

	mu     sync.Mutex
	source host.PacketSource // while it captures
	lost   uint64            // frames of this source, when last asked
	newest time.Time         // of the frames heard
	lostAt time.Time         // the newest frame when some were found to be lost
}

// lossTold is how long it is said that frames were lost, by the clock of those that were not.
const lossTold = 10 * time.Minute

// An opening is how a connection begins: what its client says first, or in some
// protocols what the server answers.
type opening struct {
	kind     string         // tls, quic, dtls, stun, turn, wireguard, openvpn or ike
	udp      bool           // otherwise over TCP
	from, to netip.AddrPort // the client and the server
	hello    parse.Hello    // of tls, quic and dtls
	software string         // that a STUN message names
	again    bool           // more of an opening heard before: it was cut short
	at       time.Time
}

func newWire() *wire {
	return &wire{gathering: newGathering("listen to what passes this machine's network interfaces"), capturing: make(chan struct{}, 1)}
}

// onBegin adds one who is told of a watch before it begins.
func (w *wire) onBegin(begin func(context.Context, host.Host)) { w.begins = append(w.begins, begin) }

// onSegment adds one who hears the data of TCP that the filter passes.
func (w *wire) onSegment(hear func(parse.Segment, time.Time)) { w.segments = append(w.segments, hear) }

// onLookup adds one who hears questions for names and their answers.
func (w *wire) onLookup(hear func(parse.Segment, time.Time)) { w.lookups = append(w.lookups, hear) }

// onOpening adds one who hears how connections begin.
func (w *wire) onOpening(hear func(opening)) { w.openings = append(w.openings, hear) }

// onNeighbour adds one who hears ARP and IPv6 neighbour discovery.
func (w *wire) onNeighbour(hear func(parse.Neighbour, time.Time)) {
	w.neighbours = append(w.neighbours, hear)
}

// onAnnouncement adds one who hears what devices of the local network say of themselves.
func (w *wire) onAnnouncement(hear func(parse.Announcement, time.Time)) {
	w.announcements = append(w.announcements, hear)
}

// watch captures until ctx ends or the recording does. The sensors that share
// the wire share one capture: the others wait for its end.
func (w *wire) watch(ctx context.Context, h host.Host) error {
	select {
	case w.capturing <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	defer func() { <-w.capturing }()
	for _, begin := range w.begins {
		begin(ctx, h)
	}
	filter, err := wireFilter()
	if err == nil {
		err = w.capture(ctx, h, filter, w.hearAll)
	}
	return w.ended(ctx, err)
}

// hearAll hands over what a source gives until it ends. A malformed frame is
// passed over: anybody on the network can send it.
func (w *wire) hearAll(source host.PacketSource) error {
	w.opened(source)
	defer w.opened(nil)
	ear := newEar(w)
	for {
		frame, info, err := source.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", w.doing, err)
		}
		w.tick(info.Timestamp)
		ear.hear(frame, info.Timestamp)
	}
}

func (w *wire) opened(source host.PacketSource) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.source, w.lost = source, 0
}

func (w *wire) tick(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if at.After(w.newest) {
		w.newest = at
	}
}

// state says how the capture goes. Frames that the kernel had to drop are no
// failure, but not everything was seen then.
func (w *wire) state(ctx context.Context) error {
	if err := w.gathering.state(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	lossy, ok := w.source.(host.LossyCapture)
	if !ok {
		return nil
	}
	lost, seen := lossy.Lost()
	if lost > w.lost {
		w.lost, w.lostAt = lost, w.newest
	}
	if w.lost == 0 || w.newest.Sub(w.lostAt) > lossTold {
		return nil
	}
	return fmt.Errorf("%s: the kernel dropped %d of %d frames, since more came than this agent could take in: %w", w.doing, lost, seen, host.ErrNotYet)
}

// An ear reads frames for the listeners of a wire. What it joins over several
// frames is bounded.
type ear struct {
	*wire
	frames *parse.Frames
	tls    *parse.HelloJoiner
	quic   *parse.QUICJoiner
}

func newEar(w *wire) *ear {
	return &ear{wire: w, frames: parse.NewFrames(), tls: parse.NewHelloJoiner(), quic: parse.NewQUICJoiner()}
}

func (e *ear) hear(frame []byte, at time.Time) {
	segment, err := e.frames.Parse(frame)
	switch {
	case err == nil && segment.UDP:
		e.hearDatagram(segment, at)
	case err == nil:
		for _, hear := range e.segments {
			hear(segment, at)
		}
		e.hearTCP(segment, at)
	case errors.Is(err, parse.ErrNotIP), errors.Is(err, parse.ErrNotSegment):
		if neighbour, err := e.frames.Neighbour(frame); err == nil {
			for _, hear := range e.neighbours {
				hear(neighbour, at)
			}
		}
	}
}

// hearDatagram goes by the port where the format alone does not tell, and else
// by what the datagram begins with.
func (e *ear) hearDatagram(s parse.Segment, at time.Time) {
	if s.DestinedPort == portDNS || s.SourcePort == portDNS {
		for _, hear := range e.lookups {
			hear(s, at)
		}
		return
	}
	if announces(s.DestinedPort) || announces(s.SourcePort) {
		if said, err := parse.ParseAnnouncement(s); err == nil {
			for _, hear := range e.announcements {
				hear(said, at)
			}
			return
		}
	}
	if hello, ok := e.quic.Add(s, at); ok {
		e.opens(s, opening{kind: "quic", hello: hello, at: at})
		return
	}
	if hello, err := parse.ParseDTLSHello(s.Payload); err == nil || errors.Is(err, parse.ErrCutShort) && dtlsBegins(s.Payload) {
		e.opens(s, opening{kind: "dtls", hello: hello, at: at})
		return
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
	if !shake.FromClient {
		s.Source, s.SourcePort, s.Destination, s.DestinedPort = s.Destination, s.DestinedPort, s.Source, s.SourcePort
	}
	e.opens(s, opening{kind: shake.Kind, software: shake.Software, again: !shake.FromClient, at: at})
}

// opens tells of an opening whose client is a segment's source.
func (e *ear) opens(s parse.Segment, o opening) {
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
