package catalogue

import (
	"slices"
	"time"
)

// glance is after how long to look again where only the parts of a history could tell
// when time changes what holds in them.
const glance = 15 * time.Minute

// Matters says what of a rule's past can still change an assessment: for how long after
// its end a spell can, a negative time standing for always, and within how long after
// enrolment one must have begun that can for longer, since it is by the first that a device is
// told to be new.
func (c *Catalogue) Matters(rule string) (after, firstWithin time.Duration) {
	p := c.planned()
	for _, find := range p.of(c, rule).finds {
		f := p.finds[find]
		firstWithin = max(firstWithin, f.WithinEnrollment)
		switch {
		case f.Active && f.AtLeast == 0 && f.Within == 0 && f.Days == 0: // what is over does not fit
		case f.Within > 0 && after >= 0:
			after = max(after, f.Within)
		default:
			after = -1
		}
	}
	return after, firstWithin
}

// Windows gives the stretches of time, shortest first, within which composites ask for
// what a rule finds: as it leaves one of them, an assessment may change with no news.
func (c *Catalogue) Windows(rule string) []time.Duration {
	p := c.planned()
	var list []time.Duration
	for _, find := range p.of(c, rule).finds {
		if w := p.finds[find].Within; w > 0 {
			list = append(list, w)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Next gives a time after t, and none that is too late, at which the assessment of t can
// be another one because what is open has lasted: for long enough, or on enough days. It
// is zero where no time will change it. What leaves one of its Windows is not in it.
func (p *Prepared) Next(t time.Time) time.Time {
	v := p.view
	v.move(t)
	var next time.Time
	sooner := func(at time.Time) {
		if at.After(t) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for _, s := range v.plan.steps {
		if s.when.possible(v) {
			s.when.next(v, false, sooner)
		}
	}
	return next
}

// next tells when a condition can turn as time goes on; parted says that it is asked of
// parts of the history, of which the whole says little.
func (n *node) next(v *view, parted bool, sooner func(time.Time)) {
	parted = parted || n.same != ""
	if n.same == sameDay {
		sooner(midnight(v.at))
	}
	if n.not != nil {
		n.not.next(v, parted, sooner)
	}
	for _, list := range [][]*node{n.all, n.any} {
		for _, child := range list {
			child.next(v, parted, sooner)
		}
	}
	c := n.finding
	if c == nil || c.AtLeast == 0 && c.Days == 0 {
		return
	}
	used, open := v.lasting(n)
	if used.empty() || !open && c.Within == 0 { // what is over stays as long as it was
		return
	}
	if c.Days > 0 && (c.Within > 0 || parted || v.days(used, 0) < c.Days) {
		sooner(midnight(v.at))
		sooner(midnight(v.at.Add(-c.Within)).Add(c.Within)) // the window begins on another day
	}
	if c.AtLeast == 0 {
		return
	}
	switch have := v.openFor(used, c.Within); {
	case parted:
		sooner(v.at.Add(glance))
	case have >= c.AtLeast && c.Within > 0 && (have < c.Within || !open): // what is oldest of it leaves
		sooner(v.at.Add(have - c.AtLeast + time.Microsecond))
	case have < c.AtLeast && open:
		sooner(v.at.Add(c.AtLeast - have))
	}
}

// lasting gives what fits a condition at the moment looked from, and whether any of it
// is open.
func (v *view) lasting(n *node) (used set, open bool) {
	used = v.none()
	for _, i := range v.fits[n.find] {
		if v.seen.has(i) && n.finding.fits(&v.spells[i], v) {
			used.add(i)
			open = open || v.spells[i].open
		}
	}
	return used, open
}

// midnight is when the next day (UTC) begins.
func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour) }
