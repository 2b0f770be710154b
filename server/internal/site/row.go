package site

import (
	"strconv"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// row says what a laptop shares; false where that is nothing.
func (s *Survey) row(l *laptop, bonds map[*laptop]*bond, u Use, p pace) (finding.Observation, bool) {
	r := finding.Observation{Class: Class, UID: finding.UID(Class, l.id), Columns: map[string]string{}}
	c := s.of[l]
	if c != nil {
		r.Columns["site"] = c.ID
		s.driven(l, c, u, r.Columns)
	}
	s.place(l, bonds, r.Columns)
	for _, kind := range []string{device.TraitKVM, device.TraitTenant, device.TraitDisplay, device.TraitUSB, device.TraitPeer} {
		certain := kind == device.TraitKVM || kind == device.TraitTenant
		if n := s.sharers(l, bonds, kind, certain); n > 1 {
			number(r.Columns, kind+"_people", step(n))
		}
	}
	possible := map[*laptop]days{}
	for other, b := range bonds {
		if !b.certain && (c == nil || s.of[other] != c) {
			possible[other] = other.heard & s.until
		}
	}
	number(r.Columns, "possible_people", step(s.people.count(possible, false)))
	number(r.Columns, "started_together_days", p.together[l].count())
	number(r.Columns, "in_turns_days", p.turns[l].count())
	number(r.Columns, "enrolled_together", s.enrolledTogether(l))
	return r, len(r.Columns) > 0
}

// place tells of those who stay with a laptop at one router or access point for certain.
func (s *Survey) place(l *laptop, bonds map[*laptop]*bond, columns map[string]string) {
	with := map[*laptop]days{}
	at := map[*thing]int{}
	var twice days
	for other, b := range bonds {
		for _, k := range b.sure {
			if isSpot(k.what) {
				with[other] |= k.days
				at[k.what]++
				twice |= k.days
			}
		}
	}
	if len(with) == 0 {
		s.placeOfBatch(l, columns)
		return
	}
	var main *thing
	var once days
	for t, n := range at {
		if main == nil || n > at[main] || n == at[main] && t.value < main.value {
			main = t
		}
		for _, h := range s.thereOf(t) {
			if _, linked := with[h.by]; linked || h.by == l {
				on := h.stayed() & s.until
				twice |= once & on
				once |= on
			}
		}
		once = 0
	}
	with[l] = l.heard & s.until
	number(columns, "place_people", step(s.people.count(with, true)))
	number(columns, "place_days", twice.count())
	columns["place_kind"] = string(s.placeOf(main).kind)
}

// placeOfBatch tells that a laptop came with a batch to a place of which it is not known
// yet whether it is a bench; with whom is told among what is possible.
func (s *Survey) placeOfBatch(l *laptop, columns map[string]string) {
	for _, h := range l.had {
		if s.opened(h) {
			columns["place_kind"] = string(Unknown)
		}
	}
}

func isSpot(t *thing) bool {
	return t != nil && (t.kind == device.TraitGateway || t.kind == device.TraitAccessPoint)
}

// sharers counts the people, itself included, who had a thing of a kind that a laptop had.
func (s *Survey) sharers(l *laptop, bonds map[*laptop]*bond, kind string, certain bool) int {
	with := map[*laptop]days{l: l.heard & s.until}
	for other, b := range bonds {
		for _, k := range b.links {
			if k.kind == kind && (k.certain || !certain) {
				with[other] |= k.days
			}
		}
	}
	return s.people.count(with, false)
}

// driven counts the people of the site whose laptops somebody else can drive.
func (s *Survey) driven(l *laptop, c *cluster, u Use, columns map[string]string) {
	all, others := map[*laptop]days{}, map[*laptop]days{}
	self := s.people.at(l, l.heard&s.until)
	for _, m := range c.members {
		since, driven := u.Driven[m.id]
		if !driven || !since.Before(s.fleet.time(s.age-1)) {
			continue
		}
		all[m] = m.heard & s.until
		if s.people.at(m, m.heard&s.until).self != self.self {
			others[m] = m.heard & s.until
		}
	}
	number(columns, "driven_people", step(s.people.count(all, false)))
	number(columns, "other_driven_people", step(s.people.count(others, false)))
}

// enrolledTogether counts the people of one team whose laptops were enrolled within
// enrolledWithin days and stand at a place of this laptop.
func (s *Survey) enrolledTogether(l *laptop) int {
	team := s.people.at(l, l.heard&s.until).team
	if team == "" || !s.newlyEnrolled(l) {
		return 0
	}
	most := 0
	for _, spot := range l.had {
		if !isSpot(spot.what) || spot.stayed()&s.until == 0 || !s.placeOf(spot.what).private() {
			continue
		}
		list := map[*laptop]days{}
		for _, h := range s.thereOf(spot.what) {
			on := h.stayed() & s.until
			if on != 0 && s.counts(h.by) && s.newlyEnrolled(h.by) && s.people.at(h.by, on).team == team {
				list[h.by] = on
			}
		}
		most = max(most, s.people.count(list, true))
	}
	if most < 2 {
		return 0
	}
	return step(most)
}

func (s *Survey) newlyEnrolled(l *laptop) bool {
	day, known := s.enrolled[l.id]
	return known && s.fleet.today-int64(s.age)-day <= enrolledWithin
}

// number leaves out what is none.
func number(columns map[string]string, name string, n int) {
	if n > 0 {
		columns[name] = strconv.Itoa(n)
	}
}
