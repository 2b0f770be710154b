package catalogue

import (
	"slices"
	"strings"
)

// holds evaluates a condition among the spells in a part, of all where it is nil, and
// gives those that made it true. Every branch that holds gives its spells, so that
// evidence used by a composite is not counted a second time beside it.
func (n *node) holds(v *view, in set) (set, bool) {
	switch {
	case n.finding != nil:
		return v.finding(n, in)
	case n.not != nil:
		_, held := n.not.holds(v, in)
		return nil, !held
	case len(n.refs) > 0:
		return v.composites(n.refs, in)
	case n.same != "":
		return v.inParts(n, in)
	case n.days > 0:
		return v.atOnce(n, in)
	case len(n.all) > 0:
		return n.every(v, in)
	}
	used, one := v.none(), false
	for _, child := range n.any {
		if more, held := child.holds(v, in); held {
			one = true
			used.union(more)
		}
	}
	return used, one
}

// every says whether all children hold, and where that is asked for together.
func (n *node) every(v *view, in set) (set, bool) {
	var each []set
	for _, child := range n.all {
		more, held := child.holds(v, in)
		if !held {
			return nil, false
		}
		if child.not == nil {
			each = append(each, more)
		}
	}
	if n.together > 0 {
		return v.together(each, n.together)
	}
	used := v.none()
	for _, more := range each {
		used.union(more)
	}
	return used, true
}

// composites says whether one of several composites holds. For the whole history that
// is found out once at each moment.
func (v *view) composites(refs []*step, in set) (set, bool) {
	used, one := v.none(), false
	for _, ref := range refs {
		more, held := v.composite(ref, in)
		if held {
			one = true
			used.union(more)
		}
	}
	return used, one
}

func (v *view) composite(s *step, in set) (set, bool) {
	if in != nil {
		return s.when.holds(v, in)
	}
	known := &v.tried[s.at]
	if !known.tried {
		known.tried = true
		if s.when.possible(v) {
			known.used, known.held = s.when.holds(v, nil)
		}
	}
	return known.used, known.held
}

// possible says whether a condition can hold at all by the rules that the history has:
// most composites cannot.
func (n *node) possible(v *view) bool {
	can := func(child *node) bool { return child.possible(v) }
	switch {
	case n.finding != nil:
		return len(v.fits[n.find]) > 0
	case n.not != nil:
		return true
	case len(n.refs) > 0:
		return slices.ContainsFunc(n.refs, func(s *step) bool { return s.when.possible(v) })
	case len(n.all) > 0:
		return !slices.ContainsFunc(n.all, func(child *node) bool { return !child.possible(v) })
	}
	return slices.ContainsFunc(n.any, can)
}

func (v *view) finding(n *node, in set) (set, bool) {
	places := v.fits[n.find]
	if len(places) == 0 {
		return nil, false
	}
	c, active := n.finding, false
	var used set
	for _, i := range places {
		if !v.seen.has(i) || in != nil && !in.has(i) || !c.fits(&v.spells[i], v) {
			continue
		}
		if used == nil {
			used = v.none()
		}
		used.add(i)
		active = active || v.spells[i].open
	}
	return used, used != nil && (active || !c.Active) && v.enough(c, used)
}

// enough says whether what fits is as much as is asked for.
func (v *view) enough(c *FindingCondition, used set) bool {
	return (c.AtLeast == 0 && c.Days == 0 || c.lasted(v.open(used, c.Within))) &&
		(c.Distinct == 0 || v.vendors(used) >= c.Distinct) &&
		(c.DistinctPersons == 0 || v.distinct(used, samePerson) >= c.DistinctPersons) &&
		(c.DistinctDevices == 0 || v.distinct(used, sameDevice) >= c.DistinctDevices)
}

// lasted says whether stretches are as long, and on as many days, as is asked for.
func (c *FindingCondition) lasted(list []stretch) bool {
	days, _ := daysIn(list)
	return total(list) >= c.AtLeast && days >= c.Days
}

// fits says whether one spell, of a rule that is asked for, is of the kind asked for. With
// AtLeast, Days and Within, spells that are over count as well, and Active asks for one
// that is open. What a lapsed sanction permitted, or one would but for a ticket, is neither
// sanctioned nor is it not.
func (c *FindingCondition) fits(s *spellView, v *view) bool {
	switch {
	case c.Active && c.AtLeast == 0 && c.Within == 0 && c.Days == 0 && !s.open,
		c.Within > 0 && !s.open && !v.at.IsZero() && s.To.Before(v.at.Add(-c.Within)),
		differs(c.Sanctioned, s.sanctioned), c.Sanctioned != nil && c.Lapsed == nil && s.lapsed,
		c.Sanctioned != nil && c.Unticketed == nil && s.unticketed, differs(c.Unticketed, s.unticketed),
		differs(c.Lapsed, s.lapsed), differs(c.ForeignTenant, s.foreignTenant):
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
