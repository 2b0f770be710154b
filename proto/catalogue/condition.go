package catalogue

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A view is a history put in order for one moment: what began later is not
// there yet, what ended later is still open.
type view struct {
	at         time.Time
	enrolledAt time.Time
	spells     []spellView
	first      map[string]time.Time // by rule, when it was first seen
}

type spellView struct {
	Spell
	rule *Rule // nil when this catalogue does not know it
	open bool
}

func (c *Catalogue) view(h History) *view {
	v := &view{at: h.At, enrolledAt: h.EnrolledAt, first: map[string]time.Time{}}
	for _, s := range h.Spells {
		if !h.At.IsZero() && s.From.After(h.At) {
			continue
		}
		x := spellView{Spell: s, open: s.To.IsZero() || !h.At.IsZero() && s.To.After(h.At)}
		x.rule, _ = c.Rule(s.Finding.Rule)
		v.spells = append(v.spells, x)
		if first, seen := v.first[s.Finding.Rule]; !seen || s.From.Before(first) {
			v.first[s.Finding.Rule] = s.From
		}
	}
	slices.SortStableFunc(v.spells, compareSpells)
	return v
}

// compareSpells orders spells by all that an assessment reads of them, so that
// the order in which a history is given cannot show.
func compareSpells(a, b spellView) int {
	return cmp.Or(
		cmp.Compare(a.Finding.Rule, b.Finding.Rule),
		cmp.Compare(a.Finding.UID, b.Finding.UID),
		a.From.Compare(b.From),
		a.To.Compare(b.To),
		compareBool(a.Sanctioned, b.Sanctioned),
		compareBool(a.Lapsed, b.Lapsed),
		compareBool(a.ForeignTenant, b.ForeignTenant),
		cmp.Compare(a.Finding.Title, b.Finding.Title),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// holds evaluates a condition and gives the places of the spells that made it
// true. Every branch that holds gives its spells, so that evidence used by a
// composite is not counted a second time beside it.
func (c *Condition) holds(v *view) ([]int, bool) {
	switch {
	case c.Finding != nil:
		return c.Finding.holds(v)
	case c.Not != nil:
		_, held := c.Not.holds(v)
		return nil, !held
	case len(c.All) > 0:
		var used []int
		for i := range c.All {
			more, held := c.All[i].holds(v)
			if !held {
				return nil, false
			}
			used = append(used, more...)
		}
		return used, true
	}
	var used []int
	one := false
	for i := range c.Any {
		if more, held := c.Any[i].holds(v); held {
			one = true
			used = append(used, more...)
		}
	}
	return used, one
}

func (c *FindingCondition) holds(v *view) ([]int, bool) {
	var used []int
	active := false
	for i := range v.spells {
		if c.fits(&v.spells[i], v) {
			used = append(used, i)
			active = active || v.spells[i].open
		}
	}
	if c.AtLeast > 0 && v.openFor(used) < c.AtLeast || c.Active && !active || v.vendors(used) < c.Distinct {
		return nil, false
	}
	return used, len(used) > 0
}

// fits says whether one spell is of the kind asked for. With AtLeast and Within,
// spells that are over count as well, and Active asks for one that is open. What
// a lapsed sanction permitted is neither sanctioned nor is it not.
func (c *FindingCondition) fits(s *spellView, v *view) bool {
	switch {
	case s.rule == nil || s.rule.deprecated(),
		!c.asksFor(s.rule),
		c.Active && c.AtLeast == 0 && c.Within == 0 && !s.open,
		c.Within > 0 && !s.open && !v.at.IsZero() && s.To.Before(v.at.Add(-c.Within)),
		differs(c.Sanctioned, s.Sanctioned), c.Sanctioned != nil && c.Lapsed == nil && s.Lapsed,
		differs(c.Lapsed, s.Lapsed), differs(c.ForeignTenant, s.ForeignTenant),
		c.WithinEnrollment > 0 && !v.within(s, c.WithinEnrollment):
		return false
	}
	return true
}

func differs(want *bool, is bool) bool { return want != nil && *want != is }

// asksFor says whether findings of a rule can fit at all.
func (c *FindingCondition) asksFor(r *Rule) bool {
	switch {
	case len(c.Rule) > 0 && !slices.ContainsFunc(c.Rule, func(p string) bool { return ruleFits(p, r.ID) }),
		len(c.State) > 0 && !slices.Contains(c.State, r.State),
		c.Group != "" && c.Group != r.Group,
		c.Label != "" && !slices.Contains(r.Labels, c.Label),
		len(c.AnyLabel) > 0 && !slices.ContainsFunc(c.AnyLabel, func(l string) bool { return slices.Contains(r.Labels, l) }):
		return false
	}
	return true
}

func ruleFits(pattern, id string) bool {
	if start, rest := strings.CutSuffix(pattern, "*"); rest {
		return strings.HasPrefix(id, start)
	}
	return pattern == id
}

// within says whether the rule was first seen within this long of enrolment. A
// device that was never enrolled is never new.
func (v *view) within(s *spellView, span time.Duration) bool {
	return !v.enrolledAt.IsZero() && !v.first[s.rule.ID].After(v.enrolledAt.Add(span))
}

// vendors counts whose tools the spells show. What is of no tool has no vendor, and
// what another of the tools brought along is not one more.
func (v *view) vendors(used []int) int {
	seen, brought := map[string]bool{}, map[string]bool{}
	for _, i := range used {
		if t := v.spells[i].rule.tool; t != nil && t.Brings != "" {
			brought[t.Brings] = true
		}
	}
	for _, i := range used {
		if r := v.spells[i].rule; r.Vendor != "" && !brought[r.Tool] {
			seen[r.Vendor] = true
		}
	}
	return len(seen)
}

// openFor adds up the time during which at least one of the spells was open.
func (v *view) openFor(used []int) time.Duration {
	type stretch struct{ from, to time.Time }
	var stretches []stretch
	for _, i := range used {
		s := &v.spells[i]
		to := s.To
		if s.open {
			to = v.at
		}
		if to.After(s.From) {
			stretches = append(stretches, stretch{s.From, to})
		}
	}
	slices.SortFunc(stretches, func(a, b stretch) int { return a.from.Compare(b.from) })
	var sum time.Duration
	var end time.Time
	for _, s := range stretches {
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
