package site

import (
	"fmt"
	"slices"
	"sync"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// How strong a link is: a judgement of how often so much in common means one place or
// one pair of hands, given what else explains it (research on farms tells what they
// share, and nowhere how often others do).
const (
	strongRouter   = .8  // three days side by side; each further day adds to it, up to strongest
	perDay         = .01 //
	strongest      = .95
	strongKVM      = .9  // one KVM at two laptops of two people
	strongTenant   = .7  // one stranger's account at two laptops of two people
	strongReplaced = .3  // the same, where one laptop may simply have replaced the other
	weakPlace      = .3  // seldom, or on the word of one of them, at one router
	weakAddress    = .35 // one public address, two routers
	weakThing      = .3  // a display, a dock
	weakNetwork    = .2  // a network's name, what is around them
)

// linkPlace links those who stay at one router or access point. Of one whose number many
// have, those who went out by one address are a place of their own.
func (s *Survey) linkPlace(t *thing) {
	there := s.thereOf(t)
	switch p := s.placeOf(t); {
	case p.private():
		s.linkThere(there, p)
	case p.many:
		for _, some := range s.byAddress(there) {
			if p := s.learn(some); p.kind == Home || p.kind == Unknown {
				p.many = true
				s.linkThere(some, p)
			}
		}
	}
}

// linkThere links those who are at one place.
func (s *Survey) linkThere(there []*had, p place) {
	g := gathering{
		place: p, settled: s.settled(there), few: len(there) <= 2*mostPossible,
		known: sync.OnceValue(func() map[*thing]int { return knownTo(there) }),
		apart: sync.OnceValue(func() bool { return p.rented || s.pointsOfTheirOwn(there) }),
	}
	for i, x := range there {
		for _, y := range there[:i] {
			if !s.standsApart(x.by) && !s.standsApart(y.by) {
				s.linkTwo(x, y, g)
			}
		}
	}
}

// A gathering is what holds of all who are at one place.
type gathering struct {
	place   place
	settled int  // people who stay there for days
	few     bool // so few that what is only possible is told
	known   func() map[*thing]int
	apart   func() bool // whether it may be several homes or rooms
}

// linkTwo links two who are at one place.
func (s *Survey) linkTwo(x, y *had, g gathering) {
	together := s.people.apart(x.by, y.by, beside(x, y)&s.until, true)
	// Where the number says little, only those days count on which the collector itself saw them go out together.
	sure := together &^ s.doubted(x, y, g.place.many)
	trust := s.corroborated(x, y)
	if trust == contradicted {
		return
	}
	stayed := sure.count() >= stayDays && (trust == agreed || trust == unseen && g.settled > 2 && !g.apart())
	open := g.place.batch.open[x] || g.place.batch.open[y]
	if stayed && !open && sure.count() >= s.daysAsked(x, y, g.known()) {
		s.put(x, y, link{certain: true, days: sure, strength: min(strongest, strongRouter+perDay*float64(sure.count())), reason: reasonPlace(x.what, sure, g.place)})
		return
	}
	met := s.people.apart(x.by, y.by, x.days&y.days&s.until, true)
	if met != 0 && (stayed || g.few && (trust == agreed || !g.place.many && !g.place.rented)) {
		s.put(x, y, link{days: met, strength: weakPlace, reason: reasonMet(x.what, met, doubtOf(trust, open, stayed)), seen: trust == agreed && !open})
	}
}

// together makes one router certain for two who were there, as the collector saw, and who
// there, each in its time, answered to one account or were driven from one other side: a
// place and a pair of hands are hardly shared both by chance, so that nothing has to last
// for days. A laptop and the one that replaced it share both.
func (b *bond) together() {
	for i := range b.links {
		l := &b.links[i]
		if !isSpot(l.what) || l.certain || !l.seen {
			continue
		}
		driven := slices.IndexFunc(b.hands, func(o link) bool {
			return o.had[0]&o.had[1]&l.days != 0 || !o.replaced && o.had[0]&l.had[0] != 0 && o.had[1]&l.had[1] != 0
		})
		if driven >= 0 {
			l.certain, l.strength, l.reason = true, strongRouter, l.reason+" "+b.hands[driven].reason
			b.certain, b.sure = true, append(b.sure, *l)
		}
	}
}

// isHand says whether a kind of thing tells who drives a laptop.
func isHand(kind string) bool { return kind == device.TraitTenant || kind == device.TraitPeer }

// settled is how many people stay at a spot for days.
func (s *Survey) settled(there []*had) int {
	list := map[*laptop]days{}
	for _, h := range there {
		if on := h.stayed() & s.until; on.count() >= stayDays && s.counts(h.by) {
			list[h.by] = on
		}
	}
	return s.people.count(list, true)
}

// linkUSB links those who had one USB device. One that is built as a KVM drives the
// laptops that it was plugged into.
func (s *Survey) linkUSB(t *thing) {
	if t.kind != device.TraitKVM && !s.ground.KVMs[t.value] {
		s.linkThing(t)
		return
	}
	there := s.users(t)
	if len(there) > mostAtKVM {
		return
	}
	for i, x := range there {
		for _, y := range there[:i] {
			if !s.apartAtAll(x, y) {
				continue
			}
			l := link{kind: device.TraitKVM, certain: true, days: (x.days | y.days) & s.until, strength: strongKVM, reason: reasonKVM}
			switch {
			case s.replaced(x, y):
				l.certain, l.strength, l.reason = false, strongReplaced, reasonKVM+doubtReplaced
			case s.twoUnits(x, y):
				l.certain, l.strength, l.reason = false, weakThing, doubtUnits
			case s.benchOnly(x) || s.benchOnly(y):
				l.certain, l.strength, l.reason = false, weakThing, reasonKVM+" At least one of them "+doubtBench+"."
			}
			s.put(x, y, l)
		}
	}
}

// users are those who count and had a thing; one that can be touched elsewhere than
// where the company's own things are: in an office, on a bench, in a room.
func (s *Survey) users(t *thing) []*had {
	if t.crowded || s.declared(t) {
		return nil
	}
	touched := t.kind == device.TraitUSB || t.kind == device.TraitKVM || t.kind == device.TraitDisplay
	var list []*had
	for _, h := range s.thereOf(t) {
		if s.counts(h.by) && (!touched || !s.atCompany(h)) {
			list = append(list, h)
		}
	}
	return list
}

func (s *Survey) declared(t *thing) bool {
	kind := t.kind
	if kind == device.TraitKVM {
		kind = device.TraitUSB
	}
	_, known := s.property[kind][t.value]
	return known
}

// atCompany says whether a laptop had a thing only on days on which it was in a place
// of the company's, where such things are shared.
func (s *Survey) atCompany(h *had) bool {
	there, known := s.atWork[h.by]
	if !known {
		there = s.companyDays(h.by)
		s.atWork[h.by] = there
	}
	return h.days&s.until&^there == 0
}

// companyDays are the days on which a laptop was in a place of the company's or a public one.
func (s *Survey) companyDays(l *laptop) (there days) {
	for _, spot := range l.had {
		if !isSpot(spot.what) || spot.days&s.until == 0 || spot.what.crowded && fixedLine(spot, s.until) {
			continue // a home whose router bears the number of an office's is a home
		}
		switch s.placeOf(spot.what).kind {
		case Company, Staging, Repair, Room, Public:
			there |= spot.days
		}
	}
	return there
}

// apartAtAll says whether two had something while they were two people's.
func (s *Survey) apartAtAll(x, y *had) bool {
	a, b := s.people.at(x.by, x.days&s.until), s.people.at(y.by, y.days&s.until)
	return x.by != y.by && a.self != b.self
}

// replaced says whether one laptop was not heard any more once the other had the thing,
// and nobody said whose they are: it may be one person's old and new one.
func (s *Survey) replaced(x, y *had) bool {
	if len(s.people.byLaptop[x.by]) > 0 && len(s.people.byLaptop[y.by]) > 0 {
		return false
	}
	over := func(old, fresh *had) bool {
		return (old.by.heard & s.until).last() >= (fresh.days & s.until).first()
	}
	return over(x, y) || over(y, x)
}

// linkThing links those who had one thing that many others may have, too: possibly.
func (s *Survey) linkThing(t *thing) {
	there := s.users(t)
	if len(there) > mostPossible || len(there) < 2 {
		return
	}
	strength := weakThing
	if t.kind == device.TraitNetwork || t.kind == device.TraitShape {
		strength = weakNetwork
	}
	for i, x := range there {
		for _, y := range there[:i] {
			if s.apartAtAll(x, y) {
				s.put(x, y, link{days: (x.days | y.days) & s.until, strength: strength, reason: reasonsThing[t.kind]})
			}
		}
	}
}

// linkAddress links those who go out by one public address from behind two routers.
func (s *Survey) linkAddress(t *thing) {
	if s.own(t) || s.ground.Carriers[t.value] || len(t.had) > mostPossible {
		return
	}
	there := s.thereOf(t)
	for i, x := range there {
		for _, y := range there[:i] {
			on := s.people.apart(x.by, y.by, x.plainly&y.plainly&s.until, true)
			if on.count() < stayDays || s.standsApart(x.by) || s.standsApart(y.by) || s.atCompany(x) || s.atCompany(y) || s.oneRouter(x, y, on) {
				continue
			}
			s.put(x, y, link{days: on, strength: weakAddress, reason: fmt.Sprintf("Both went out by one public address on %d days, from behind different routers.", on.count())})
		}
	}
}
