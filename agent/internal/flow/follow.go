package flow

import (
	"slices"
	"time"
)

// Bounds of following.
const (
	mostFollowed = 64          // flows of which something is remembered
	mostWaiting  = 64          // slots of one flow whose inputs have not all been told
	mostMinutes  = 60          // of one flow
	restAfter    = time.Minute // inputs are remembered for longer than the farthest base
	longestSlot  = 3 * tick    // of a longer one nobody knows when what passed in it did
	minuteSlots  = 600         // of one minute of following
	enoughHands  = 30          // slots of it in which input arrived
	pastCounts   = 0.9         // of what passed a minute ago
	enoughIn     = 30          // slots of it in which something arrived
)

// Follower compares what passes through a few flows with the input that arrives.
type Follower struct {
	Hands Hands
	flows map[Key]*followed
	now   time.Duration
}

// followed is what is known of one flow that is or was followed.
type followed struct {
	at                      time.Duration // of the latest sample; 0 after a break
	counts                  Counts
	waiting                 []slot
	in                      sums // of the running minute
	hands                   int  // slots of it with input
	arrivals                int  // slots of it with something from the other side
	order                   order
	bytesIn, bytesOut       float64 // while it was followed, the past counting less
	segmentsIn, segmentsOut float64
	minutes                 []uint8 // scores, the latest last
	lastSample              time.Duration
}

// NewFollower makes a follower that has seen nothing.
func NewFollower() *Follower { return &Follower{flows: map[Key]*followed{}} }

// Sample takes in the counts of one flow that is followed, about every tick.
func (f *Follower) Sample(k Key, at time.Duration, c Counts) {
	f.now = max(f.now, at)
	one := f.flows[k]
	if one == nil {
		if len(f.flows) >= mostFollowed {
			f.drop()
		}
		one = &followed{}
		f.flows[k] = one
	}
	one.sample(at, c)
	f.judge(one)
}

func (one *followed) sample(at time.Duration, c Counts) {
	defer func() { one.at, one.lastSample, one.counts = at, at, c }()
	p := one.counts
	if one.at == 0 || at <= one.at || at-one.at > longestSlot || c.In.Segments < p.In.Segments || c.Out.Segments < p.Out.Segments {
		return
	}
	s := slot{from: one.at, to: at, in: c.In.Segments - p.In.Segments}
	if s.in > 0 {
		s.last = c.In.Last
	}
	one.bytesIn += float64(c.In.Bytes - p.In.Bytes)
	one.bytesOut += float64(c.Out.Bytes - p.Out.Bytes)
	one.segmentsIn += float64(s.in)
	one.segmentsOut += float64(c.Out.Segments - p.Out.Segments)
	if len(one.waiting) >= mostWaiting {
		one.waiting = slices.Delete(one.waiting, 0, 1)
	}
	one.waiting = append(one.waiting, s)
}

// Full says whether a slot of a flow will be lost with the next one, since the
// inputs to compare them with have not been told.
func (f *Follower) Full(k Key) bool {
	one := f.flows[k]
	return one != nil && len(one.waiting) >= mostWaiting
}

// Told says that all inputs up to a time have been added to the hands.
func (f *Follower) Told(until time.Duration) {
	f.Hands.Told(until)
	for _, one := range f.flows {
		f.judge(one)
	}
}

// Rest forgets inputs with which nothing will be compared any more. It is called
// at each look at all flows, with its time.
func (f *Follower) Rest(at time.Duration) {
	f.now = max(f.now, at)
	f.Hands.Forget(f.now - restAfter)
}

// judge compares the slots whose inputs have all been told.
func (f *Follower) judge(one *followed) {
	n := 0
	for _, s := range one.waiting {
		if s.to+lagReach > f.Hands.until {
			break
		}
		one.compare(s, &f.Hands)
		n++
	}
	one.waiting = slices.Delete(one.waiting, 0, n)
}

func (one *followed) compare(s slot, h *Hands) {
	var y [lagCount + baseCount]float64
	for i := range lagCount {
		y[i] = logarithm(uint64(h.count(s.from+lagAt(i), s.to+lagAt(i))))
	}
	for i, back := range bases() {
		y[lagCount+i] = logarithm(uint64(h.count(s.from-back, s.to-back)))
	}
	one.in.add(logarithm(s.in), &y)
	if y[lagSteps] > 0 {
		one.hands++
	}
	if s.in > 0 {
		one.arrivals++
		one.order.add(s.last, h)
	}
	if one.in.n >= minuteSlots {
		one.close()
	}
}

// close ends a minute of following.
func (one *followed) close() {
	if one.hands >= enoughHands {
		score := 0.0
		if one.arrivals >= enoughIn {
			score = one.score()
		}
		if len(one.minutes) >= mostMinutes {
			one.minutes = slices.Delete(one.minutes, 0, 1)
		}
		one.minutes = append(one.minutes, uint8(100*score+0.5))
	}
	one.in, one.hands, one.arrivals = sums{}, 0, 0
	for _, sum := range []*float64{&one.bytesIn, &one.bytesOut, &one.segmentsIn, &one.segmentsOut} {
		*sum *= pastCounts
	}
}

// score is from 0 to 1: how far the input of a minute follows what arrived. Input
// that goes better with what comes after it follows nothing.
func (one *followed) score() float64 {
	lead, echo := one.in.lead()
	if echo > lead {
		return 0
	}
	return min(1, max(0, lead))
}

// drop forgets the flow that was not sampled for longest.
func (f *Follower) drop() {
	var oldest Key
	found := false
	for k, one := range f.flows {
		if !found || one.lastSample < f.flows[oldest].lastSample {
			oldest, found = k, true
		}
	}
	delete(f.flows, oldest)
}
