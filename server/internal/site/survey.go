package site

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A Survey is what all devices share as of one day.
type Survey struct {
	fleet    *Fleet
	ground   Ground
	until    days
	age      int // of the judged day, in days before the fleet's today
	people   people
	enrolled map[string]int64               // days since 1970, by device
	group    map[string]PlaceKind           // kind of place of a device's group, by device
	property map[string]map[string]Property // by kind and value
	places   map[*thing]place
	atWork   map[*laptop]days            // in places of the company's and public ones; filled as asked
	benches  map[*laptop]days            // where it came with a batch; filled as asked
	wheres   map[*laptop]map[*thing]days // where it was, by what told that; filled as asked
	links    map[pair]*bond
	sites    []*cluster
	of       map[*laptop]*cluster
}

// A pair is two laptops; a's id is the smaller one.
type pair struct{ a, b *laptop }

func pairOf(x, y *laptop) pair {
	if y.id < x.id {
		x, y = y, x
	}
	return pair{x, y}
}

// A bond is all that joins a pair: the strongest link of each kind, and every thing that
// links it for certain.
type bond struct {
	certain bool
	links   []link
	sure    []link
	hands   []link // accounts and other sides of sessions, each
}

// A link is a Link before it is put in words, with what is shared.
type link struct {
	certain     bool
	kind        string
	what        *thing
	seen        bool // of a place: the collector itself saw them there, and nothing speaks against it
	replaced    bool // one laptop may have replaced the other
	days        days
	had         [2]days // on which each had it, a thing that was told to say much; in the pair's order
	strength    float64
	reason      string
	first, last time.Time
}

// Survey looks at all that was added, as of the fleet's day.
func (f *Fleet) Survey(g Ground) *Survey {
	s := f.prepare(g, 0)
	s.link(nil)
	s.join()
	return s
}

func (f *Fleet) prepare(g Ground, age int) *Survey {
	for _, l := range f.laptops {
		if l.unsettled {
			l.settle()
		}
	}
	s := &Survey{fleet: f, ground: g, until: until(age), age: age, people: f.people(g), enrolled: map[string]int64{}, group: map[string]PlaceKind{},
		property: map[string]map[string]Property{}, places: map[*thing]place{}, atWork: map[*laptop]days{}, benches: map[*laptop]days{}, wheres: map[*laptop]map[*thing]days{}, links: map[pair]*bond{}, of: map[*laptop]*cluster{}}
	for _, d := range g.Devices {
		if s.enrolled[d.ID] = d.EnrolledAt.Unix() / 86400; f.laptops[d.ID] != nil {
			s.enrolled[d.ID] = f.laptops[d.ID].dayOf(d.EnrolledAt.Unix())
		}
		if kind, known := g.Groups[d.Group]; known && d.Group != "" {
			s.group[d.ID] = kind
		}
	}
	for _, p := range g.Property {
		if s.property[p.Kind] == nil {
			s.property[p.Kind] = map[string]Property{}
		}
		s.property[p.Kind][p.Value] = p
	}
	return s
}

// asOf judges some laptops again as of an earlier day, by all that touches them.
func (s *Survey) asOf(age int, some []*laptop) *Survey {
	p := *s
	p.until, p.age = until(age), age
	p.places, p.atWork, p.benches, p.wheres = map[*thing]place{}, map[*laptop]days{}, map[*laptop]days{}, map[*laptop]map[*thing]days{}
	p.links, p.sites, p.of = map[pair]*bond{}, nil, map[*laptop]*cluster{}
	p.ground.Kept = nil
	touched := map[*thing]bool{}
	for _, l := range some {
		for _, h := range l.had {
			touched[h.what] = true
		}
	}
	p.link(touched)
	p.join()
	return &p
}

// link finds what joins pairs, by every thing or by some. Accounts come last: who stands
// side by side tells whose they are.
func (s *Survey) link(only map[*thing]bool) {
	var accounts []*thing
	for t := range s.toLink(only) {
		switch {
		case len(t.had) < 2:
		case t.kind == device.TraitTenant:
			accounts = append(accounts, t)
		default:
			s.linkBy(t)
		}
	}
	for _, t := range accounts {
		s.linkTenant(t)
	}
	for _, b := range s.links {
		slices.SortFunc(b.links, func(x, y link) int { return cmp.Compare(x.kind, y.kind) })
		slices.SortFunc(b.hands, func(x, y link) int {
			return cmp.Or(cmp.Compare(x.kind, y.kind), cmp.Compare(x.what.value, y.what.value))
		})
		b.together()
	}
}

// toLink hands out all things, or only some.
func (s *Survey) toLink(only map[*thing]bool) iter.Seq[*thing] {
	if only != nil {
		return maps.Keys(only)
	}
	return func(yield func(*thing) bool) {
		for _, things := range s.fleet.things {
			for _, t := range things {
				if !yield(t) {
					return
				}
			}
		}
	}
}

func (s *Survey) linkBy(t *thing) {
	switch t.kind {
	case device.TraitGateway, device.TraitAccessPoint:
		s.linkPlace(t)
	case device.TraitUSB, device.TraitKVM:
		s.linkUSB(t)
	case device.TraitDisplay, device.TraitPeer, device.TraitNetwork, device.TraitShape:
		s.linkThing(t)
	case kindAddress:
		s.linkAddress(t)
	}
}

// counts says whether a laptop is the company's now, and in no group of laptops that
// are shared or away by nature: on a bench until somebody holds it, in a depot, in a room.
func (s *Survey) counts(l *laptop) bool {
	if _, enrolled := s.enrolled[l.id]; !enrolled {
		return false
	}
	switch s.group[l.id] {
	case Staging:
		return len(s.people.byLaptop[l]) > 0
	case Repair, Room:
		return false
	}
	return true
}

// standsApart says whether a laptop is in a group that says that it stands in an office.
func (s *Survey) standsApart(l *laptop) bool { return !s.counts(l) || s.group[l.id] == Company }

// put keeps a link, if it is the strongest of its kind between the two.
func (s *Survey) put(x, y *had, l link) {
	if l.what = x.what; l.kind == "" {
		l.kind = x.what.kind
	}
	l.had = [2]days{x.days & s.until, y.days & s.until}
	if !isSpot(x.what) {
		l.had[0], l.had[1] = l.had[0]&^x.weak(), l.had[1]&^y.weak()
	}
	if pairOf(x.by, y.by).a != x.by {
		slices.Reverse(l.had[:])
	}
	l.replaced = isHand(l.kind) && s.replaced(x, y)
	begun, over := x, x
	if y.first > x.first {
		begun = y
	}
	if y.last < x.last {
		over = y
	}
	l.first = s.fleet.moment(begun.by, begun.first, l.days.first())
	l.last = s.fleet.moment(over.by, over.last, l.days.last())
	s.bind(pairOf(x.by, y.by), l)
}

func (s *Survey) bind(p pair, l link) {
	b := s.links[p]
	if b == nil {
		b = &bond{}
		s.links[p] = b
	}
	if l.certain {
		b.certain = true
		if !slices.ContainsFunc(b.sure, func(o link) bool { return o.what == l.what }) {
			b.sure = append(b.sure, l)
		}
	}
	if isHand(l.kind) {
		b.hands = append(b.hands, l)
	}
	i := slices.IndexFunc(b.links, func(o link) bool { return o.kind == l.kind })
	if i < 0 {
		b.links = append(b.links, l)
		return
	}
	first := earlier(l.first, b.links[i].first)
	if stronger(l, b.links[i]) {
		b.links[i] = l
	}
	b.links[i].first = first
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// stronger orders links of one kind, whatever the order in which they are found.
func stronger(a, b link) bool {
	if a.certain != b.certain {
		return a.certain
	}
	if a.strength != b.strength {
		return a.strength > b.strength
	}
	if a.days != b.days {
		return a.days > b.days
	}
	return a.what.value < b.what.value
}

// moment is a time of a laptop's day, so many before today: the known one if it is of that day.
func (f *Fleet) moment(l *laptop, known int64, age int) time.Time {
	if l.dayOf(known) == f.today-int64(age) {
		return time.Unix(known, 0).UTC()
	}
	return f.time(age)
}

// sorted gives the laptops of a set by id.
func sorted[V any](set map[*laptop]V) []*laptop {
	return slices.SortedFunc(maps.Keys(set), func(a, b *laptop) int { return cmp.Compare(a.id, b.id) })
}

// inOrder gives all linked pairs, by ids.
func (s *Survey) inOrder() []pair {
	return slices.SortedFunc(maps.Keys(s.links), func(a, b pair) int { return cmp.Or(cmp.Compare(a.a.id, b.a.id), cmp.Compare(a.b.id, b.b.id)) })
}

func compareLinks(a, b Link) int {
	return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Kind, b.Kind))
}
