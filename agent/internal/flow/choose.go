package flow

import (
	"cmp"
	"slices"
	"time"
)

// leastFresh is how many segments have to arrive between two looks for a flow to
// be worth following.
const leastFresh = 5

// A candidate is a flow that may be followed.
type candidate struct {
	key   Key
	order int     // the kind of reason, the best first
	since float64 // seconds for which it was not followed, below zero
	size  float64 // bytes of a segment from the other side
}

// Choose names the flows to follow next, of those of the table through which
// something arrives in segments that are counted. First come those that input
// seemed to follow, then those of which not enough is known, small segments
// first, then those of which enough is known, as they take turns. What programs
// of this machine say to each other comes from nobody elsewhere.
func (f *Follower) Choose(t *Table, most int) []Key {
	var best []candidate
	for k, s := range t.flows {
		if s.segments == 0 || s.fresh < leastFresh || s.look != t.look || k.loopback() {
			continue
		}
		c := f.candidate(k, s)
		at, _ := slices.BinarySearchFunc(best, c, func(a, b candidate) int {
			return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.since, b.since), cmp.Compare(a.size, b.size))
		})
		if at < most {
			best = slices.Insert(best, at, c)
			best = best[:min(len(best), most)]
		}
	}
	keys := make([]Key, len(best))
	for i, c := range best {
		keys[i] = c.key
	}
	return keys
}

func (f *Follower) candidate(k Key, s *state) candidate {
	c := candidate{key: k, size: float64(s.freshBytes) / float64(s.fresh)}
	one := f.flows[k]
	switch {
	case one == nil, len(one.minutes) < fewMinutes:
		if c.order = 2; c.size > smallSegment {
			c.order = 3
		}
		if s.shape() == Interactive {
			c.order = 1
		}
	case one.verdict().Follows >= Weak:
		c.order = 0
	case len(one.minutes) < manyMinutes:
		c.order = 4
	default:
		c.order, c.since = 5, -(f.now - one.lastSample).Truncate(time.Minute).Seconds()
	}
	return c
}
