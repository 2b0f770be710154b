package catalogue

import (
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

// A stretch is a length of time.
type stretch struct{ from, to time.Time }

// stretches gives when the spells were open, in order, and of each only what lies within
// the last so long where that is asked for.
func (v *view) stretches(used set, within time.Duration) []stretch {
	var list []stretch
	for i := range used.all() {
		s := &v.spells[i]
		x := stretch{s.From, v.until(s)}
		if since := v.at.Add(-within); within > 0 && !v.at.IsZero() && x.from.Before(since) {
			x.from = since
		}
		list = append(list, x)
	}
	slices.SortFunc(list, func(a, b stretch) int { return a.from.Compare(b.from) })
	return list
}

// until is up to when a spell was open.
func (v *view) until(s *spellView) time.Time {
	to := s.To
	if s.open {
		to = v.at
	}
	if to.Before(s.From) {
		return s.From
	}
	return to
}

// openFor adds up the time during which at least one of the spells was open.
func (v *view) openFor(used set, within time.Duration) time.Duration {
	var sum time.Duration
	var end time.Time
	for _, s := range v.stretches(used, within) {
		if s.from.Before(end) {
			s.from = end
		}
		if s.to.After(s.from) {
			sum += s.to.Sub(s.from)
			end = s.to
		}
	}
	return sum
}

// days counts the days (UTC) on which at least one of the spells was open.
func (v *view) days(used set, within time.Duration) int {
	sum, next := 0, int64(0)
	for i, s := range v.stretches(used, within) {
		first, last := day(s.from), day(s.to)
		if i > 0 {
			first = max(first, next)
		}
		if last >= first {
			sum += int(last - first + 1)
			next = last + 1
		}
	}
	return sum
}

// day numbers the days (UTC).
func day(t time.Time) int64 {
	const seconds = 24 * 60 * 60
	n := t.Unix()
	if n < 0 {
		n -= seconds - 1
	}
	return n / seconds
}
