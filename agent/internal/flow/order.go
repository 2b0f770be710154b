package flow

import (
	"slices"
	"time"
)

// Where a system tells when the last segment passed, the order of things can be
// told that lie within a tenth of a second: what is first, what arrives or the
// input. Linux tells it in steps of four milliseconds or so.
const (
	orderGrain   = 10 * time.Millisecond
	orderReach   = 500 * time.Millisecond
	orderSteps   = int(orderReach / orderGrain)
	orderEnough  = 100                   // inputs near a segment
	orderMost    = 1 << 14               // segments, before the past counts half
	answerHigher = 1.3                   // times as high a peak before a segment as at it or after it
	answerCentre = -2 * time.Millisecond // of the inputs next to a segment: an answer takes longer than an injection
)

// An order counts, around the last segment of each slot, when inputs came: a peak
// after it means that they follow what arrives, one before it that what arrives
// is the answer.
type order struct {
	bins      [2 * orderSteps]uint32
	segments  uint32 // looked at
	near      uint32 // inputs less than a grain away
	nearAfter time.Duration
}

func (o *order) add(at time.Duration, h *Hands) {
	if at == 0 {
		return
	}
	o.segments++
	for i := h.before(at - orderReach); i < len(h.at) && h.at[i] < at+orderReach; i++ {
		after := h.at[i] - at
		o.bins[int((after+orderReach)/orderGrain)]++
		if after > -orderGrain && after < orderGrain {
			o.near++
			o.nearAfter += after
		}
	}
	if o.segments >= orderMost {
		o.segments, o.near, o.nearAfter = o.segments/2, o.near/2, o.nearAfter/2
		for i := range o.bins {
			o.bins[i] /= 2
		}
	}
}

// told says whether there is enough to tell the order by.
func (o *order) told() bool { return o.segments >= orderEnough && o.near >= orderEnough }

// answers says whether what arrives is the answer to input. What lies within a
// grain is looked at more closely: the errors of single times go out.
func (o *order) answers() bool {
	before, next, after := slices.Max(o.bins[:orderSteps-1]), max(o.bins[orderSteps-1], o.bins[orderSteps]), slices.Max(o.bins[orderSteps+1:])
	if float64(before) > answerHigher*float64(max(next, after)) {
		return true
	}
	return next > after && o.near >= orderEnough && o.nearAfter/time.Duration(o.near) < answerCentre
}
