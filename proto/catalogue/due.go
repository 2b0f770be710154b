package catalogue

import (
	"slices"
	"time"
)

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
			s.when.next(v, nil, sooner)
		}
	}
	return next
}

// next tells when a condition can turn as time goes on, in a part of the history or, where
// in is nil, in all of it. Of all of it the composites named are asked by themselves.
func (n *node) next(v *view, in set, sooner func(time.Time)) {
	if n.same != "" {
		whole := *n
		whole.same = ""
		for _, part := range v.parts(n, in) {
			whole.next(v, part, sooner)
		}
		return
	}
	if n.finding != nil {
		v.nextOfFinding(n, in, sooner)
	}
	if n.not != nil {
		n.not.next(v, in, sooner)
	}
	for _, list := range [][]*node{n.all, n.any} {
		for _, child := range list {
			child.next(v, in, sooner)
		}
	}
	if in != nil {
		for _, ref := range n.refs {
			ref.when.next(v, in, sooner)
		}
	}
	if n.days > 0 {
		o := n.once(v, in)
		v.nextOfDays(o, n.days, n.windows(nil), sooner)
	}
}

// windows adds the stretches of time that a condition asks for.
func (n *node) windows(list []time.Duration) []time.Duration {
	if n.finding != nil && n.finding.Within > 0 {
		list = append(list, n.finding.Within)
	}
	for _, children := range [][]*node{n.all, n.any} {
		for _, child := range children {
			list = child.windows(list)
		}
	}
	return list
}

func (v *view) nextOfFinding(n *node, in set, sooner func(time.Time)) {
	c := n.finding
	if c.AtLeast == 0 && c.Days == 0 {
		return
	}
	used := v.none()
	for _, i := range v.fits[n.find] {
		if v.seen.has(i) && (in == nil || in.has(i)) && c.fits(&v.spells[i], v) {
			used.add(i)
		}
	}
	o := opened{times: v.open(used, c.Within), now: v.anyOpen(used)}
	windows := n.windows(nil)
	if c.Days > 0 {
		v.nextOfDays(o, c.Days, windows, sooner)
	}
	have := total(o.times)
	switch full := o.now && c.Within > 0 && have >= c.Within; {
	case c.AtLeast == 0 || full: // as much leaves as comes
	case have >= c.AtLeast:
		leaves(shorter(o.times, c.AtLeast), windows, sooner)
	case o.now:
		sooner(v.at.Add(c.AtLeast - have))
	}
}

// nextOfDays tells when what was open can be on more days, or on fewer, than are asked for.
func (v *view) nextOfDays(o opened, days int, windows []time.Duration, sooner func(time.Time)) {
	switch have, end := daysIn(o.times); {
	case have >= days:
		leaves(fewerDays(o.times, days), windows, sooner)
	case o.now && have > 0:
		sooner(end.Add(time.Duration(days-have-1)*aDay + tick))
	}
}

// leaves tells when a moment of the past leaves a window. It is still in one of them.
func leaves(moment time.Time, windows []time.Duration, sooner func(time.Time)) {
	for _, w := range windows {
		sooner(moment.Add(w))
	}
}
