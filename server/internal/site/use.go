package site

import (
	"cmp"
	"slices"
	"time"
)

// F06 of the research on farms: one pair of hands that drives several laptops starts
// them by one trigger, or has one at a time.
const (
	startsWithin = time.Minute
	turnsWithin  = 10 * time.Minute
)

// A Session is a stretch of time in which somebody drove a device from elsewhere,
// as its remote-access software tells. It is no working time of anybody: who sits at
// a laptop leaves none.
type Session struct {
	DeviceID string
	From, To time.Time // To is zero while it lasts
}

// A Use is how devices are driven.
type Use struct {
	Sessions []Session            // that nobody sanctioned, in any order
	Driven   map[string]time.Time // by device: since when something lets somebody else drive it, unsanctioned
}

// A turn is a session of a laptop on one day.
type turn struct {
	by       *laptop
	from, to time.Time
}

// pace says on which days sessions of a site's laptops began together, and on which
// they took turns, by laptop.
type pace struct{ together, turns map[*laptop]days }

func (s *Survey) pace(u Use) pace {
	p := pace{together: map[*laptop]days{}, turns: map[*laptop]days{}}
	bySite := map[*cluster][]turn{}
	for _, one := range u.Sessions {
		l := s.fleet.laptops[one.DeviceID]
		c := s.of[l]
		if l == nil || c == nil || s.dayOf(one.From) == 0 {
			continue
		}
		to := one.To
		if to.IsZero() {
			to = s.fleet.time(s.age - 1)
		}
		bySite[c] = append(bySite[c], turn{l, one.From, to})
	}
	for _, list := range bySite {
		slices.SortFunc(list, func(a, b turn) int {
			return cmp.Or(a.from.Compare(b.from), cmp.Compare(a.by.id, b.by.id), a.to.Compare(b.to))
		})
		list = joined(list)
		for len(list) > 0 {
			b, n := s.dayOf(list[0].from), 1
			for n < len(list) && s.dayOf(list[n].from) == b {
				n++
			}
			s.together(list[:n], b, p)
			s.turns(list[:n], b, p)
			list = list[n:]
		}
	}
	return p
}

// joined makes one turn of those of a laptop that overlap, in order: one session is
// told by a program's log and by its processes, each for itself.
func joined(list []turn) []turn {
	whole, last := list[:0], map[*laptop]int{}
	for _, one := range list {
		if i, known := last[one.by]; known && !one.from.After(whole[i].to) {
			if one.to.After(whole[i].to) {
				whole[i].to = one.to
			}
			continue
		}
		last[one.by] = len(whole)
		whole = append(whole, one)
	}
	return whole
}

func (s *Survey) dayOf(at time.Time) days { return s.fleet.bit(at.Unix()/86400) & s.until }

func (s *Survey) together(list []turn, b days, p pace) {
	for i, x := range list {
		for j := i + 1; j < len(list) && list[j].from.Sub(x.from) <= startsWithin; j++ {
			if y := list[j]; y.by != x.by && s.people.apart(x.by, y.by, b, false) != 0 {
				p.together[x.by] |= b
				p.together[y.by] |= b
			}
		}
	}
}

// turns: never two at once, and whenever another laptop has its turn, it is within minutes.
func (s *Survey) turns(list []turn, b days, p pace) {
	handed := 0
	for i := 1; i < len(list); i++ {
		x, y := list[i-1], list[i]
		gap := y.from.Sub(x.to)
		if gap < 0 {
			return
		}
		if x.by == y.by {
			continue
		}
		if gap > turnsWithin || s.people.apart(x.by, y.by, b, false) == 0 {
			return
		}
		handed++
	}
	if handed == 0 {
		return
	}
	for _, x := range list {
		p.turns[x.by] |= b
	}
}
