package site

import "github.com/farmwatch/farmwatch/server/internal/device"

// knownTo counts to how many of those who were at a spot each of their other routers is known.
func knownTo(there []*had) map[*thing]int {
	known := map[*thing]int{}
	for _, h := range there {
		if len(h.by.routers) > mostHomes {
			continue
		}
		for _, r := range h.by.routers {
			known[r.what]++
		}
	}
	return known
}

// daysAsked is on how many days two have to stay at a spot side by side, so that they
// stand there. Laptops of a shelf stand nowhere else. One that is carried to a place of
// its own again and again, as from an office or from a room of colleagues, stands there
// on no number of days; one that had such a place before may be on a visit.
func (s *Survey) daysAsked(x, y *had, known map[*thing]int) int {
	asked := stayDays
	for _, side := range [][2]*had{{x, y}, {y, x}} {
		h, own := side[0], s.ownDaysElsewhere(side[0], side[1], known)
		switch {
		case s.commutes(h, own):
			return Memory + 1
		case own.count() >= stayDays:
			asked = visitDays
		}
	}
	return asked
}

// ownDaysElsewhere are the days on which one of two who are at a spot was behind another
// router that few of those who are there know, and never the other of the two; and not
// by the other's line alone: two routers can be of one house.
func (s *Survey) ownDaysElsewhere(x, y *had, known map[*thing]int) (own days) {
	for _, r := range x.by.routers {
		if n := known[r.what]; r.what != x.what && n > 0 && n <= mostAtHome && !y.by.wasAt(r.what) {
			own |= r.days
		}
	}
	if own == 0 {
		return 0
	}
	var same, other days // by the other's line, and by one that is not
	for _, a := range x.by.out {
		both := days(0)
		for _, b := range y.by.out {
			if a.what == b.what && !a.what.crowded {
				both = a.days & b.days
			}
		}
		same, other = same|both, other|a.plainly&^both
	}
	return own & s.until &^ (same &^ other)
}

func (l *laptop) wasAt(router *thing) bool {
	for _, r := range l.routers {
		if r.what == router {
			return true
		}
	}
	return false
}

// pointsOfTheirOwn says whether three or more of those at a router told their access
// points, and no two of them one: then they are in homes of their own, whose routers bear
// one number.
func (s *Survey) pointsOfTheirOwn(there []*had) bool {
	told, by := 0, map[*thing]bool{}
	for _, h := range there {
		tells := false
		for _, p := range h.by.had {
			if p.what.kind != device.TraitAccessPoint || p.days&h.days&s.until == 0 {
				continue
			}
			if by[p.what] {
				return false
			}
			by[p.what], tells = true, true
		}
		if tells {
			told++
		}
	}
	return told > 2
}
