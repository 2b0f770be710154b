package sensor

import (
	"context"
	"maps"
	"math/bits"
	"slices"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// arpRelay is one way in which ARP was seen to carry something else than which
// device has which address. It has a row only once that was repeated.
type arpRelay struct {
	Kind     string `column:"kind,key,public" about:"sender_differs: messages name a sender that is neither who sent them nor anybody who has an address; text_in_address: that sender is printable text; unspecified_burst: many questions for one address, from nobody, within seconds; twin_frames: two messages that differ in nothing but their sender"`
	Times    int    `column:"times,public" about:"how often that was seen, rounded down to a power of two"`
	Distinct int    `column:"distinct,public" about:"how many different senders these messages named, rounded down to a power of two"`
}

// relays gives the sensor of ARP that carries commands.
func (t *ownerTable) relays() Sensor {
	w := newRelayWindow(t.wire)
	return Define(Options{
		Class: "arp_relay", Every: 20 * time.Second, Watch: t.wire.watch,
		About: "Looks at whether ARP, by which devices of a network find each other, is used to pass commands between them. Only that and how often is kept; addresses are not.",
		Limits: []Limit{
			{OS: "windows", Reach: Impossible, Why: "This agent brings no driver with which it could hear the network on Windows."},
			{OS: "darwin", Reach: Partial, Why: "What passes the network is heard by root only."},
		},
	}, w.collect)
}

// The kinds of an arpRelay.
const (
	senderDiffers    = "sender_differs"
	textInAddress    = "text_in_address"
	unspecifiedBurst = "unspecified_burst"
	twinFrames       = "twin_frames"
)

// Bounds of what is remembered of who sends ARP.
const (
	relaySources = 256
	relayAge     = 24 * time.Hour
	relayRepeats = 3 // what was seen less often has no row
)

// relayWindow remembers who sent ARP messages in what ways, in bounded space. Its
// clock is that of the frames.
type relayWindow struct {
	wire *wire

	mu      sync.Mutex
	sources map[[6]byte]*relaySource
	newest  time.Time
}

func newRelayWindow(w *wire) *relayWindow {
	r := &relayWindow{wire: w, sources: map[[6]byte]*relaySource{}}
	w.onNeighbour(r.hear)
	return r
}

// hear takes in a message. One that is not later than the last is not counted, so
// that a recording played twice counts once. Routers that stand in for each other
// name an address that is none of theirs: that is how they do it.
func (w *relayWindow) hear(said parse.Neighbour, at time.Time) {
	if said.Kind != "arp_request" && said.Kind != "arp_reply" || ofGroup(said.FrameSource) || redundant(said.FrameSource) || redundant(said.Sender) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !at.After(w.newest) {
		return
	}
	w.newest = at
	s := w.sources[said.FrameSource]
	if s == nil {
		if len(w.sources) >= relaySources {
			w.makeRoom()
		}
		s = newRelaySource()
		w.sources[said.FrameSource] = s
	}
	s.hear(said, at)
}

// makeRoom forgets the half that was not heard for longest of those that did
// nothing odd: anybody may send frames from any number of addresses. Only where
// all are odd it forgets one of these.
func (w *relayWindow) makeRoom() {
	heard := make([][6]byte, 0, len(w.sources))
	for mac, s := range w.sources {
		if !s.odd() {
			heard = append(heard, mac)
		}
	}
	most := max(1, len(heard)/2)
	if len(heard) == 0 {
		heard, most = slices.Collect(maps.Keys(w.sources)), 1
	}
	slices.SortFunc(heard, func(a, b [6]byte) int { return w.sources[a].last.Compare(w.sources[b].last) })
	for _, mac := range heard[:most] {
		delete(w.sources, mac)
	}
}

func (w *relayWindow) collect(ctx context.Context, h host.Host) ([]arpRelay, error) {
	if h.Platform().OS == "windows" {
		return nil, missing(h, "how ARP is used")
	}
	err := w.wire.state(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	var rows []arpRelay
	for _, kind := range []string{senderDiffers, textInAddress, unspecifiedBurst, twinFrames} {
		row := arpRelay{Kind: kind}
		for mac, s := range w.sources {
			if w.newest.Sub(s.last) > relayAge {
				delete(w.sources, mac)
				continue
			}
			times, distinct := s.told(kind)
			if times >= relayRepeats {
				row.Times, row.Distinct = row.Times+times, row.Distinct+distinct
			}
		}
		if row.Times > 0 {
			row.Times, row.Distinct = roundedDown(row.Times), roundedDown(row.Distinct)
			rows = append(rows, row)
		}
	}
	return rows, err
}

// roundedDown is the power of two that a number has reached, so that what goes on
// is not news at every look.
func roundedDown(n int) int {
	if n <= 0 {
		return 0
	}
	return 1 << (bits.Len(uint(n)) - 1)
}

// printable says whether an address reads as text.
func printable(mac [6]byte) bool {
	return !slices.ContainsFunc(mac[:], func(b byte) bool { return b < ' ' || b > '~' })
}
