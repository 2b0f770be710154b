package catalogue

import (
	"math"
	"slices"
	"time"
)

// vendors counts whose tools the spells show. What is of no tool has no vendor, and
// what another of the tools brought along is not one more.
func (v *view) vendors(used set) int {
	seen, brought := map[string]bool{}, map[string]bool{}
	for i := range used.all() {
		if t := v.spells[i].rule.tool; t != nil && t.Brings != "" {
			brought[t.Brings] = true
		}
	}
	for i := range used.all() {
		if r := v.spells[i].rule; r.Vendor != "" && !brought[r.Tool] {
			seen[r.Vendor] = true
		}
	}
	return len(seen)
}

// distinct counts the people or laptops of which the spells tell.
func (v *view) distinct(used set, same string) int {
	seen := map[string]bool{}
	for i := range used.all() {
		if key := v.spells[i].key(same); key != "" {
			seen[key] = true
		}
	}
	return len(seen)
}

// A stretch is a length of time, its end not in it.
type stretch struct{ from, to time.Time }

// tick is how long what was seen at one moment only counts as open: the least length of
// time that is told apart.
const tick = time.Microsecond

const aDay = 24 * time.Hour

// open gives when at least one of the spells was open, in stretches in order that neither
// overlap nor touch, and only what lies within the last so long where that is asked for.
func (v *view) open(used set, within time.Duration) []stretch {
	var list []stretch
	for i := range used.all() {
		list = append(list, v.stretch(&v.spells[i], within))
	}
	return joined(list)
}

func (v *view) stretch(s *spellView, within time.Duration) stretch {
	x := stretch{s.From, s.To}
	if s.open {
		x.to = v.at
	}
	if since := v.at.Add(-within); within > 0 && !v.at.IsZero() && x.from.Before(since) {
		x.from = since
	}
	if !x.to.After(x.from) {
		x.to = x.from.Add(tick)
	}
	return x
}

// joined puts stretches in order and makes one of those that overlap or touch.
func joined(list []stretch) []stretch {
	slices.SortFunc(list, func(a, b stretch) int { return a.from.Compare(b.from) })
	out := list[:0]
	for _, s := range list {
		switch last := len(out) - 1; {
		case last < 0 || s.from.After(out[last].to):
			out = append(out, s)
		case s.to.After(out[last].to):
			out[last].to = s.to
		}
	}
	return out
}

// inBoth gives what lies in both of two lists of stretches.
func inBoth(a, b []stretch) []stretch {
	var list []stretch
	for i, j := 0, 0; i < len(a) && j < len(b); {
		s := stretch{later(a[i].from, b[j].from), a[i].to}
		if b[j].to.Before(s.to) {
			s.to = b[j].to
			j++
		} else {
			i++
		}
		if s.to.After(s.from) {
			list = append(list, s)
		}
	}
	return list
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// total adds up how long stretches are, up to the longest that can be told: a laptop may
// say that something was there for ages.
func total(list []stretch) time.Duration {
	var sum time.Duration
	for _, s := range list {
		if sum += s.to.Sub(s.from); sum < 0 {
			return math.MaxInt64
		}
	}
	return sum
}

// daysIn counts how many times 24 hours, at the least, it takes to cover the stretches:
// each laid from the first moment that none before it covers. No time zone has a part in
// it, and what is taken away from the stretches never makes it more. It also gives where
// the last of them ends.
func daysIn(list []stretch) (sum int, end time.Time) {
	var days Days
	for _, s := range list {
		days.Add(s.from, s.to.Add(-1)) // the end of a stretch is not in it
	}
	return days.N, days.end
}

// daysOver is how many days cover one length of time.
func daysOver(d time.Duration) int { return int((d-1)/aDay) + 1 }

// fewerDays is from when on what is left of the stretches takes fewer than so many days:
// all but one of them are laid from the end.
func fewerDays(list []stretch, days int) time.Time {
	var begin time.Time
	left := days - 1
	for i, s := range slices.Backward(list) {
		to := s.to
		if i < len(list)-1 && begin.Before(to) {
			to = begin
		}
		if !to.After(s.from) {
			continue
		}
		need := daysOver(to.Sub(s.from))
		switch {
		case need <= left:
			left, begin = left-need, to.Add(-time.Duration(need)*aDay)
		case left == 0 && to.Before(begin):
			return to.Add(tick) // its last moment has to leave
		default:
			return to.Add(-time.Duration(left) * aDay)
		}
	}
	return time.Time{}
}

// shorter is from when on what is left of the stretches is less than so long.
func shorter(list []stretch, than time.Duration) time.Time {
	for _, s := range slices.Backward(list) {
		if d := s.to.Sub(s.from); d < than {
			than -= d
			continue
		}
		return s.to.Add(tick - than)
	}
	return time.Time{}
}
