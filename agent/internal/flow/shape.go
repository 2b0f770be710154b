package flow

// Kind is a shape: what a flow looks like from outside.
type Kind uint8

// The kinds. A flow is interactive when small things arrive often and much more
// goes back: keys and movements one way, pictures the other.
const (
	Quiet Kind = iota
	Interactive
	BulkIn
	BulkOut
	BothWays
	kindCount
)

// String is the kind's word.
func (k Kind) String() string {
	return [...]string{"quiet", "interactive", "bulk_in", "bulk_out", "both_ways"}[k]
}

// The measures of a shape, per second of a look.
const (
	quietBelow   = 20.0    // bytes both ways together
	smallOften   = 1.0     // segments from the other side
	smallSegment = 400.0   // bytes of one of them, at most
	smallStream  = 16_000. // bytes of all of them, at most
	backMore     = 2.0     // times as much goes back
	backMost     = 5_000.0 // or else it is an upload whose receipts are counted
	oneWay       = 4.0     // times as much the one way as the other
)

// passed is what went through a flow between two looks.
type passed struct {
	in, out, segments uint64
	seconds           float64
	counted           bool // whether segments are
}

func (p passed) kind() Kind {
	in, out, often := float64(p.in)/p.seconds, float64(p.out)/p.seconds, float64(p.segments)/p.seconds
	switch {
	case in+out < quietBelow:
		return Quiet
	case p.small(in, often) && out >= backMore*in && out <= backMost*in:
		return Interactive
	case in >= oneWay*out:
		return BulkIn
	case out >= oneWay*in:
		return BulkOut
	}
	return BothWays
}

// small says whether what arrives are small things, often.
func (p passed) small(in, often float64) bool {
	if in > smallStream {
		return false
	}
	if !p.counted {
		return in >= smallOften*smallSegment/8
	}
	return often >= smallOften && in <= smallSegment*often
}

// keptLooks bounds how long the past counts: some five hours of one look in 20 s.
const keptLooks = 1 << 10

func (s *state) note(k Kind) {
	if s.looks < 1<<16-1 {
		s.looks++
	}
	s.kinds[k]++
	if s.kinds[k] >= keptLooks {
		for i := range s.kinds {
			s.kinds[i] /= 2
		}
	}
}

// shape is what most looks were in which something passed. What only now and
// then was interactive is not.
func (s *state) shape() Kind {
	active, best := 0, Quiet
	for k := Interactive; k < kindCount; k++ {
		active += int(s.kinds[k])
		if s.kinds[k] > s.kinds[best] || best == Quiet && s.kinds[k] > 0 {
			best = k
		}
	}
	if active == 0 || active < 3 && s.kinds[Quiet] > 0 {
		return Quiet
	}
	if 2*int(s.kinds[Interactive]) >= active {
		return Interactive
	}
	return best
}
