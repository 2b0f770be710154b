package catalogue

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// What findings can have in common besides a column of their evidence.
const (
	sameDevice = "device"
	samePerson = "person"
)

// inParts tries a condition in each part of the history that has one value in common.
// The spells of all parts in which it holds made it true.
func (v *view) inParts(n *node, in set) (set, bool) {
	whole := *n
	whole.same = ""
	parts := v.parts(n, in)
	used, held := v.none(), 0
	for _, key := range slices.Sorted(maps.Keys(parts)) {
		if more, ok := whole.holds(v, parts[key]); ok {
			used.union(more)
			held++
		}
	}
	return used, held >= n.parts
}

// parts sorts what a condition asks for by the value that it has in common. What
// has several values belongs to several parts, what has none to none.
func (v *view) parts(n *node, in set) map[string]set {
	parts := map[string]set{}
	if v.among[n.part] == nil {
		v.among[n.part] = newSet(len(v.spells)) // it does not change with the moment
		n.candidates(v, v.among[n.part])
	}
	for i := range v.among[n.part].all() {
		if !v.seen.has(i) || in != nil && !in.has(i) {
			continue
		}
		v.keys(&v.spells[i], n.same, func(key string) {
			if parts[key] == nil {
				parts[key] = v.none()
			}
			parts[key].add(i)
		})
	}
	return parts
}

// candidates adds all that a condition could hold by or fail by.
func (n *node) candidates(v *view, to set) {
	switch {
	case n.finding != nil:
		for _, i := range v.fits[n.find] {
			to.add(i)
		}
	case n.not != nil:
		n.not.candidates(v, to)
	}
	for _, ref := range n.refs {
		ref.when.candidates(v, to)
	}
	for _, list := range [][]*node{n.all, n.any} {
		for _, child := range list {
			child.candidates(v, to)
		}
	}
}

// keys gives the values by which a spell belongs to parts.
func (v *view) keys(s *spellView, same string, give func(string)) {
	switch same {
	case sameDevice, samePerson:
		if key := s.key(same); key != "" {
			give(key)
		}
	default:
		for _, row := range s.Finding.Evidence {
			if value := row.Columns[same]; value != "" {
				give(strings.ToLower(value))
			}
		}
	}
}

// together says whether a spell of each began within a span, and which did.
func (v *view) together(each []set, span time.Duration) (set, bool) {
	type begin struct {
		at         time.Time
		child, use int
	}
	var begins []begin
	for child, some := range each {
		for i := range some.all() {
			begins = append(begins, begin{v.spells[i].From, child, i})
		}
	}
	slices.SortFunc(begins, func(a, b begin) int { return a.at.Compare(b.at) })
	used, held := v.none(), false
	in, children := make([]int, len(each)), 0 // how many of each child lie in the window
	for first, last := 0, 0; first < len(begins); first++ {
		for ; last < len(begins) && begins[last].at.Sub(begins[first].at) <= span; last++ {
			if in[begins[last].child]++; in[begins[last].child] == 1 {
				children++
			}
		}
		if children == len(each) {
			held = true
			for _, b := range begins[first:last] {
				used.add(b.use)
			}
		}
		if in[begins[first].child]--; in[begins[first].child] == 0 {
			children--
		}
	}
	return used, held
}
