// Package rhythm says how input arrives: in which shares, at which pace, with
// which repetition. It knows neither keys nor people, keeps no time of day, and
// says nothing of how much somebody worked.
package rhythm

import "time"

// Input is one thing that a hand, or what stands for one, did; the fields and
// kinds are those of host.Input. There is no key in it.
type Input struct {
	Device   string
	Kind     string
	At       time.Duration
	X, Y     int
	Injected bool
}

// The kinds of an Input that have a meaning here; the others are counted as use.
const (
	press, release            = "press", "release"
	buttonPress               = "button_press"
	move, place, touch, wheel = "move", "place", "touch", "scroll"
	lost                      = "lost"

	// Where the system only counts: that, and not when.
	counted, used = "pressed", "used"
)

// Bounds of what is remembered.
const (
	mostDevices = 64
	shareWindow = 10 * time.Minute // shares are of a window this long
	shortest    = time.Minute      // nothing is said of less
	silence     = time.Hour        // a device is silent when it did nothing for this long
	keep        = 24 * time.Hour   // how long a cadence is told after it was seen
)

// Sample says how much there is to judge by. It is all that is told of an
// amount: how much somebody types is nobody's business.
type Sample string

// The sizes of a sample.
const (
	None   Sample = "none"
	Few    Sample = "few"
	Enough Sample = "enough"
)

func sample(n, enough int) Sample {
	switch {
	case n == 0:
		return None
	case n < enough:
		return Few
	}
	return Enough
}

// From how many on a sample is enough.
const (
	enoughKeys    = 50 // presses; the lab's 78 told batched typing from local
	enoughPointer = 50 // tenths of a second in which the pointer moved
)

// Meter gathers inputs of all devices. Its memory is bounded, whatever comes.
type Meter struct {
	hands  map[string]*hand
	began  time.Duration
	now    time.Duration
	opened time.Duration // of the running window of shares
	closed bool          // whether there is a whole window
	begun  bool
}

// hand is what is known of one device.
type hand struct {
	running, whole shares
	typing         typing
	pointing       pointing
	last           time.Duration
	used           bool
}

// shares count for one window of one device; only ratios of them are told.
type shares struct{ presses, slots, inputs, injected int }

// New makes a meter that has seen nothing.
func New() *Meter { return &Meter{hands: map[string]*hand{}} }

// Add takes one input. Inputs of one device come in their order.
func (m *Meter) Add(in Input) {
	m.Advance(in.At)
	h := m.hands[in.Device]
	if h == nil {
		if len(m.hands) >= mostDevices {
			return
		}
		h = &hand{}
		m.hands[in.Device] = h
	}
	h.last, h.used = in.At, true
	h.running.inputs++
	if in.Injected {
		h.running.injected++
	}
	switch in.Kind {
	case counted: // it is in no rhythm
		h.running.presses++
	case press:
		h.running.presses++
		h.typing.press(in.At)
	case release:
		h.typing.release(in.At)
	case lost:
		h.typing.forget()
	case move, place:
		h.running.slots += h.pointing.point(in)
	case touch, wheel, buttonPress, used:
		h.running.slots += h.pointing.slot(in.At)
	}
	switch in.Kind {
	case press, counted, buttonPress, touch, wheel: // somebody is there
		for _, other := range m.hands {
			other.pointing.interrupt()
		}
	}
}

// Advance says that all inputs up to a time have been added.
func (m *Meter) Advance(until time.Duration) {
	if !m.begun {
		m.begun, m.began, m.opened, m.now = true, until, until, until
	}
	if until <= m.now {
		return
	}
	m.now = until
	if m.now-m.opened < shareWindow {
		return
	}
	for _, h := range m.hands {
		h.whole, h.running = h.running, shares{}
	}
	m.opened, m.closed = m.now, true
}

// Forget drops all devices but those named: what was unplugged is not told of.
func (m *Meter) Forget(but map[string]bool) {
	for id := range m.hands {
		if !but[id] {
			delete(m.hands, id)
		}
	}
}

// A Summary is what may be said of one device. Percentages are whole numbers,
// and say nothing unless the sample they are of is enough.
type Summary struct {
	Keys, Pointer   Sample // what this device did in the last window of ten minutes, or of one at the start
	KeyShare        int    // percent of all presses of keys
	PointerShare    int    // percent of the time in which any pointer was used
	Injected        int    // percent of its inputs that programs made
	OnlyPointer     bool   // no other device's pointer was used
	Silent          bool   // it did nothing in the last hour, or since looking began
	Typing          Typing
	AbsoluteJumps   int // percent of its places that are a tenth of the screen or more from the one before
	Cadence         Cadence
	KeysOf, PointOf Sample // what all devices did
}

// Device says of one device what may be said. Of less than a minute nothing is.
func (m *Meter) Device(id string) Summary {
	s := Summary{Keys: None, Pointer: None, KeysOf: None, PointOf: None, Silent: true, Typing: Typing{Sample: None}, Cadence: Cadence{Intervals: None}}
	h := m.hands[id]
	if h == nil {
		h = &hand{}
	}
	s.Silent = !h.used || m.now-h.last >= silence
	if m.now-m.began < shortest {
		return s
	}
	var all shares
	for _, other := range m.hands {
		w := m.window(other)
		all.presses, all.slots = all.presses+w.presses, all.slots+w.slots
	}
	own := m.window(h)
	s.Keys, s.Pointer = sample(own.presses, enoughKeys), sample(own.slots, enoughPointer)
	s.KeysOf, s.PointOf = sample(all.presses, enoughKeys), sample(all.slots, enoughPointer)
	s.KeyShare, s.PointerShare = percent(own.presses, all.presses), percent(own.slots, all.slots)
	s.Injected = percent(own.injected, own.inputs)
	s.OnlyPointer = own.slots > 0 && own.slots == all.slots
	s.Typing = h.typing.summary(m.now)
	s.AbsoluteJumps = percent(h.pointing.jumps, h.pointing.places)
	s.Cadence = h.pointing.cadence(m.now)
	return s
}

// window is the last whole one, or at the start the one that runs.
func (m *Meter) window(h *hand) shares {
	if m.closed {
		return h.whole
	}
	return h.running
}

func percent(part, whole int) int {
	if whole <= 0 {
		return 0
	}
	return (100*part + whole/2) / whole
}
