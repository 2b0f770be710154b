package flow

import "slices"

// Follows says how far local input follows what arrives through a flow.
type Follows uint8

// How far, the most last.
const (
	Unknown Follows = iota
	None
	Weak
	Strong
)

// String is the word.
func (f Follows) String() string { return [...]string{"unknown", "none", "weak", "strong"}[f] }

// The measures of a verdict. A minute is one of following, in which input arrived.
const (
	fewMinutes    = 3    // of less nothing is said
	manyMinutes   = 10   // so many and Strong may be said
	judgedMinutes = 30   // the latest count
	weakScore     = 35   // percent, of the middle minute
	strongScore   = 50   // percent, of the middle minute
	steadyScore   = 35   // percent, of all but a quarter of the minutes
	sentMore      = 1.5  // times as much goes back to who drives: a viewer gets more than it sends
	seldomBack    = 0.25 // segments back for each that arrives, where nothing but input comes through a flow
)

// A Verdict is what may be said of one flow.
type Verdict struct {
	Follows Follows
	Score   int // percent; 0 unless Weak or Strong
	Minutes int // of following that were judged
}

// Verdict says how far input follows a flow.
func (f *Follower) Verdict(k Key) Verdict {
	if one := f.flows[k]; one != nil {
		return one.verdict()
	}
	return Verdict{}
}

// Minutes are the scores of the minutes of one flow that were judged, in percent,
// the latest last.
func (f *Follower) Minutes(k Key) []uint8 {
	if one := f.flows[k]; one != nil {
		return slices.Clone(one.minutes)
	}
	return nil
}

func (one *followed) verdict() Verdict {
	v := Verdict{Minutes: len(one.minutes)}
	if v.Minutes < fewMinutes {
		return v
	}
	v.Follows = None
	latest := slices.Clone(one.minutes[max(0, len(one.minutes)-judgedMinutes):])
	slices.Sort(latest)
	middle, lower := latest[len(latest)/2], latest[len(latest)/4]
	if middle < weakScore || one.views() || one.order.answers() {
		return v
	}
	v.Follows, v.Score = Weak, int(middle)
	if v.Minutes >= manyMinutes && middle >= strongScore && lower >= steadyScore && one.order.told() {
		v.Follows = Strong
	}
	return v
}

// views says whether a flow brings as much as it takes, as with who looks at
// another machine or writes to it: each input goes out, and an answer comes back.
func (one *followed) views() bool {
	inputAlone := one.segmentsOut <= seldomBack*one.segmentsIn && one.bytesIn <= smallSegment*one.segmentsIn
	return one.bytesOut < sentMore*one.bytesIn && !inputAlone
}
