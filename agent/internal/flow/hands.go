package flow

import (
	"slices"
	"time"
)

// Bounds of what is remembered of hands.
const (
	grain     = 10 * time.Millisecond // inputs closer than this are one
	mostHands = 1 << 16
)

// Hands remember when input arrived, on one clock that never jumps. Of a minute
// that lies behind nothing is kept but what is still to be compared.
type Hands struct {
	at    []time.Duration // ascending, at least a grain apart
	until time.Duration   // up to which all has been told
}

// Add takes the time of one input. They may be a little out of order.
func (h *Hands) Add(at time.Duration) {
	i := len(h.at)
	for i > 0 && h.at[i-1] > at {
		i--
	}
	if i > 0 && at-h.at[i-1] < grain || i < len(h.at) && h.at[i]-at < grain {
		return
	}
	if len(h.at) >= mostHands {
		half := len(h.at) / 2
		if i < half {
			return
		}
		h.at, i = slices.Delete(h.at, 0, half), i-half
	}
	h.at = slices.Insert(h.at, i, at)
}

// Told says up to when all inputs have been added.
func (h *Hands) Told(until time.Duration) { h.until = max(h.until, until) }

// Forget drops what was before a time.
func (h *Hands) Forget(before time.Duration) {
	if n := h.before(before); n > len(h.at)/2 {
		h.at = slices.Delete(h.at, 0, n)
	}
}

// before is how many inputs there were before a time.
func (h *Hands) before(at time.Duration) int {
	n, _ := slices.BinarySearch(h.at, at)
	return n
}

// count is how many inputs there were from a time on, up to another.
func (h *Hands) count(from, to time.Duration) int { return h.before(to) - h.before(from) }
