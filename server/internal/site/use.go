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
	// overlapsBy is for how long two sessions may overlap that follow on each other: the
	// first is closed some minutes later, and clocks are wrong by up to five minutes each.
	overlapsBy = 15 * time.Minute
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

// A shift is on which days two laptops were driven both, on which of these one was handed
// on to the other, and on which they were driven at once.
type shift struct{ both, turns, atOnce days }

// oneHand says whether that looks like one pair of hands. Sessions of two that have
// nothing to do with each other follow on each other by chance, one day in ten or twenty;
// one who has eight laptops hands each on to each other one on one day in four.
func (s shift) oneHand() bool {
	turns := s.turns &^ s.atOnce
	return 4*s.atOnce.count() <= turns.count() && 5*turns.count() >= s.both.count()
}

func (s *Survey) pace(u Use) pace {
	p := pace{together: map[*laptop]days{}, turns: map[*laptop]days{}}
	for _, list := range s.bySite(u.Sessions) {
		slices.SortFunc(list, func(a, b turn) int {
			return cmp.Or(a.from.Compare(b.from), cmp.Compare(a.by.id, b.by.id), a.to.Compare(b.to))
		})
		list = joined(list)
		rest := restOf(list)
		shifts := map[pair]*shift{}
		for len(list) > 0 {
			b, n := s.dayOf(list[0].from, rest), 1
			for n < len(list) && s.dayOf(list[n].from, rest) == b {
				n++
			}
			if b == 0 { // too long ago
				list = list[n:]
				continue
			}
			s.together(list[:n], b, p)
			s.turns(list[:n], b, shifts)
			list = list[n:]
		}
		for two, shift := range shifts {
			if shift.oneHand() {
				p.turns[two.a] |= shift.turns &^ shift.atOnce
				p.turns[two.b] |= shift.turns &^ shift.atOnce
			}
		}
	}
	return p
}

// bySite are the sessions of each site, until the end of the day that is looked at.
func (s *Survey) bySite(sessions []Session) map[*cluster][]turn {
	of := map[*cluster][]turn{}
	for _, one := range sessions {
		l := s.fleet.laptops[one.DeviceID]
		c := s.of[l]
		if l == nil || c == nil || one.From.Unix()/86400 > s.fleet.today-int64(s.age) {
			continue
		}
		to := one.To
		if to.IsZero() {
			to = s.fleet.time(s.age - 1)
		}
		of[c] = append(of[c], turn{l, one.From, to})
	}
	return of
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

// restOf is the hour (UTC) around which least is done of some turns, as of those of one
// place: midnight where nothing is done around it, else the next such hour. Days begin
// then, so that a working day in America is one.
func restOf(list []turn) (rest int64) {
	var busy [24]int
	for _, one := range list {
		from := one.from.Unix() / 3600
		for hour := from; hour <= min(one.to.Unix()/3600, from+23); hour++ {
			busy[hour%24]++
		}
	}
	around := func(hour int64) int { return busy[hour] + busy[(hour+23)%24] }
	for hour := range int64(24) {
		if around(hour) < around(rest) {
			rest = hour
		}
	}
	return rest
}

// dayOf is the day of a moment, where days begin at an hour (UTC) and are called as that
// on which they begin.
func (s *Survey) dayOf(at time.Time, rest int64) days {
	return s.fleet.bit((at.Unix()-3600*rest)/86400) & s.until
}

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

// turns notes of each two laptops of different people whether one was handed on to the
// other within minutes, or both were driven at once. One whose session was not closed
// for some minutes was handed on all the same; and what a third one does says nothing.
func (s *Survey) turns(list []turn, b days, shifts map[pair]*shift) {
	latest := map[*laptop]turn{}
	for _, y := range list {
		for by, x := range latest {
			if by == y.by || s.people.apart(by, y.by, b, false) == 0 {
				continue
			}
			at := shifts[pairOf(by, y.by)]
			if at == nil {
				at = &shift{}
				shifts[pairOf(by, y.by)] = at
			}
			at.both |= b
			switch {
			case atOnce(x, y):
				at.atOnce |= b
			case y.from.Sub(x.to) <= turnsWithin:
				at.turns |= b
			}
		}
		latest[y.by] = y
	}
}

// atOnce says whether two laptops were driven at once for longer than a hand-over takes,
// or for half of the shorter session.
func atOnce(x, y turn) bool {
	overlap := min(x.to.Sub(y.from), y.to.Sub(y.from))
	return overlap > overlapsBy || 2*overlap > min(x.to.Sub(x.from), y.to.Sub(y.from))
}
