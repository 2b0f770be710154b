package catalogue

// atOnce says whether all children were open at once on as many days as is asked for.
// What was open at no such moment did not make it true.
func (v *view) atOnce(n *node, in set) (set, bool) {
	o := n.once(v, in)
	if days, _ := daysIn(o.times); days < n.days {
		return nil, false
	}
	used := v.none()
	for i := range o.used.all() {
		if s := v.stretch(&v.spells[i], 0); len(inBoth([]stretch{s}, o.times)) > 0 {
			used.add(i)
		}
	}
	return used, true
}

// opened is when a condition was open, of which nothing is told while it does not hold.
type opened struct {
	times []stretch
	used  set
	now   bool // it is open at the moment looked from
}

// once gives when all children of a condition were open at once.
func (n *node) once(v *view, in set) opened {
	o := opened{used: v.none(), now: true}
	for i, child := range n.all {
		x := child.opened(v, in)
		if len(x.times) == 0 {
			return opened{}
		}
		if i == 0 {
			o.times = x.times
		} else {
			o.times = inBoth(o.times, x.times)
		}
		o.used.union(x.used)
		o.now = o.now && x.now
	}
	return o
}

// opened is of a finding, or of any of several; the loader lets nothing else have a time.
func (n *node) opened(v *view, in set) opened {
	if n.finding != nil {
		used, held := v.finding(n, in)
		if !held {
			return opened{}
		}
		return opened{times: v.open(used, n.finding.Within), used: used, now: v.anyOpen(used)}
	}
	o := opened{used: v.none()}
	for _, child := range n.any {
		x := child.opened(v, in)
		o.times = append(o.times, x.times...)
		o.used.union(x.used)
		o.now = o.now || x.now
	}
	o.times = joined(o.times)
	return o
}

func (v *view) anyOpen(used set) bool {
	for i := range used.all() {
		if v.spells[i].open {
			return true
		}
	}
	return false
}
