package privacy

import (
	"cmp"
	"slices"
)

// Reason says why something stayed on the laptop.
type Reason string

// The reasons.
const (
	Kept       Reason = "local"      // its sensor declared that it never leaves
	Undeclared Reason = "undeclared" // no sensor declared it
	TooMany    Reason = "too_many"   // it exceeded a bound
	Malformed  Reason = "malformed"  // its words are not ours
)

// Dropped counts what stayed on the laptop, for the worker's own view of it.
type Dropped struct {
	Class  string // empty when no sensor declared the class or it is a finding
	Column string // empty when it is a whole row, or not declared
	Reason Reason
	Count  uint64
}

type dropKey struct {
	class, column string
	reason        Reason
}

// drop counts. Its keys are only declared names, so the counts stay few
// whatever is thrown at the gate.
func (g *Gate) drop(key dropKey, n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dropped[key] += uint64(n)
}

// declared is the class when a sensor declares it, else nothing.
func (g *Gate) declared(class string) string {
	if _, ok := g.classes[class]; ok {
		return class
	}
	return ""
}

// Dropped is what stayed on the laptop since the gate was made, in order of
// class, column and reason.
func (g *Gate) Dropped() []Dropped {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]Dropped, 0, len(g.dropped))
	for k, n := range g.dropped {
		all = append(all, Dropped{Class: k.class, Column: k.column, Reason: k.reason, Count: n})
	}
	slices.SortFunc(all, func(a, b Dropped) int {
		return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Reason, b.Reason))
	})
	return all
}
