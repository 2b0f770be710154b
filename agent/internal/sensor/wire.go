package sensor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"sync/atomic"
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
	own           func(netip.AddrPort) bool // whether a place is this machine's
	owns          func(netip.Addr)          // hears from which addresses this machine sends

	over atomic.Uint64 // frames of this source that came when their ration was used up

	mu     sync.Mutex
	source host.PacketSource // while it captures
	lost   uint64            // frames of this source that were not read, when last asked
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
	way      host.Way       // out where the client is this machine
	at       time.Time
}

func newWire() *wire {
	return &wire{
		gathering: newGathering("listen to what passes this machine's network interfaces"), capturing: make(chan struct{}, 1),
		own: func(netip.AddrPort) bool { return false }, owns: func(netip.Addr) {},
	}
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
		ear.way = host.WayOf(info)
		ear.hear(frame, info.Timestamp)
	}
}

func (w *wire) opened(source host.PacketSource) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.source, w.lost = source, 0
	w.over.Store(0)
}

func (w *wire) tick(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if at.After(w.newest) {
		w.newest = at
	}
}

// state says how the capture goes. Frames that the kernel had to drop, and those
// beyond a ration, are no failure, but not everything was seen then. How many came
// by is not said: it would tell how busy a laptop is.
func (w *wire) state(ctx context.Context) error {
	if err := w.gathering.state(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	lost := w.over.Load()
	if lossy, ok := w.source.(host.LossyCapture); ok {
		dropped, _ := lossy.Lost()
		lost += dropped
	}
	if lost > w.lost {
		w.lost, w.lostAt = lost, w.newest
	}
	if w.lost == 0 || w.newest.Sub(w.lostAt) > lossTold {
		return nil
	}
	many := "some" // no number: it would be news at every look
	switch {
	case w.lost >= 1_000_000:
		many = "millions of"
	case w.lost >= 1000:
		many = "thousands of"
	}
	return fmt.Errorf("%s: %s frames were not read, since more came at once than this agent takes in: %w", w.doing, many, host.ErrNotYet)
}
