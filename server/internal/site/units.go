package site

// twoUnits says whether what two laptops had can hardly have been one thing: they had it
// on the same days, behind different routers and lines. All units of some products bear
// one number. One thing that is moved is at the one laptop, and then at the other.
func (s *Survey) twoUnits(x, y *had) bool {
	if x.last < y.first || y.last < x.first {
		return false
	}
	told := x.by.once&y.by.once | s.outDays(x.by)&s.outDays(y.by)
	on := (x.days & y.days & told & s.until).count()
	all := min((x.days & s.until).count(), (y.days & s.until).count())
	return (on >= stayDays || 2*on > all) && !s.oneLine(x, y)
}

// oneLine says whether two had something behind one router, access point or line.
func (s *Survey) oneLine(x, y *had) bool {
	of := s.wheresOf(y.by)
	for what, on := range s.wheresOf(x.by) {
		if on&x.days != 0 && of[what]&y.days != 0 {
			return true
		}
	}
	return false
}

// wheresOf are the days on which routers, access points and lines told where a laptop was.
func (s *Survey) wheresOf(l *laptop) map[*thing]days {
	by, known := s.wheres[l]
	if !known {
		by = map[*thing]days{}
		for _, h := range l.had {
			if on := h.where() & s.until; on != 0 && !s.own(h.what) {
				by[h.what] = on
			}
		}
		s.wheres[l] = by
	}
	return by
}

// where are the days on which a thing told where its laptop was.
func (h *had) where() days {
	switch {
	case h.what.kind == kindAddress:
		return h.plainly
	case isSpot(h.what):
		return h.days
	}
	return 0
}

// benchOnly says whether a laptop had something only where it came with a batch.
func (s *Survey) benchOnly(h *had) bool { return h.days&s.until&^s.onBench(h.by) == 0 }
