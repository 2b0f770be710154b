package place

import "fmt"

// A step is where something begins to hold, and its number; 0 is nothing.
type step struct {
	from uint64
	says int
}

// A span is a range from its first to its last number.
type span struct {
	from, to uint64
	says     int
}

// A ladder makes steps of spans that come by their first number. They may lie in
// one another or overlap: the one that began last holds.
type ladder struct {
	steps []step
	open  []span // those that have not ended where the last one began
	last  uint64 // where the last one began
	end   uint64 // the greatest number there is
}

func (l *ladder) add(s span) error {
	if s.from < l.last {
		return fmt.Errorf("it begins before the range before it: the ranges are not in order")
	}
	l.last = s.from
	for len(l.open) > 0 && l.top().to < s.from {
		l.close()
	}
	l.open = append(l.open, s)
	l.put(step{s.from, s.says})
	return nil
}

func (l *ladder) top() span { return l.open[len(l.open)-1] }

// close ends the span that holds; the one it lies in holds again.
func (l *ladder) close() {
	ended := l.top()
	for len(l.open) > 0 && l.top().to <= ended.to {
		l.open = l.open[:len(l.open)-1]
	}
	switch {
	case ended.to == l.end:
	case len(l.open) > 0:
		l.put(step{ended.to + 1, l.top().says})
	default:
		l.put(step{ended.to + 1, 0})
	}
}

// put adds a step, in the place of one at the same number, and none that says what the one before does.
func (l *ladder) put(s step) {
	if n := len(l.steps); n > 0 && l.steps[n-1].from == s.from {
		l.steps = l.steps[:n-1]
	}
	if n := len(l.steps); n == 0 || l.steps[n-1].says != s.says {
		l.steps = append(l.steps, s)
	}
}

func (l *ladder) finish() {
	for len(l.open) > 0 {
		l.close()
	}
}
