package site

import (
	"cmp"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A Ground is what is known beside what laptops share. All of it may be empty.
type Ground struct {
	Devices  []device.Enrolled
	Persons  []device.Person
	Holdings []device.Holding
	Groups   map[string]PlaceKind // groups of devices that stand in a place of a kind: staging, repair, room, company
	Property []Property
	// Own are the ways out of the company's own, imported or learned, by the address's
	// keyed hash; each with behind how many routers it is used.
	Own      map[string]int
	Carriers map[string]bool // addresses that a carrier shares among many homes
	KVMs     map[string]bool // serial numbers of USB devices that are built as KVMs are
	Tenants  map[string]bool // accounts that a sanction or a declaration names
	// Driven says since when somebody else can drive a device, unsanctioned; of those who
	// stand at a line for companies, where it tells a room from an office.
	Driven map[string]time.Time
	Kept   []Site // as they were judged last: a site stays the same when others come
}

// Property is a thing that somebody declared to be the company's, or to stand in a
// place of some kind.
type Property struct {
	Kind  string // of trait
	Value string
	Place PlaceKind // empty when only that it is the company's was said
	Label string
}

// A person is whose a laptop was on some days. The words are only compared.
type person struct {
	days  days
	id    string // as imported; empty where nobody said
	group string // of people who count as one where they live together
	team  string
	self  string // id, or a word for the laptop itself
}

// people says, by laptop, whose it was; a laptop of which nothing was imported is a
// person of its own.
type people struct {
	byLaptop map[*laptop][]person
}

func (f *Fleet) people(g Ground) people {
	p := people{byLaptop: map[*laptop][]person{}}
	known := map[string]device.Person{}
	for _, one := range g.Persons {
		known[one.ID] = one
	}
	for _, h := range g.Holdings {
		l := f.laptops[h.DeviceID]
		if l == nil || h.PersonID == "" {
			continue
		}
		if b := f.between(h.From, h.To); b != 0 {
			one := known[h.PersonID]
			held := person{days: b, id: h.PersonID, self: h.PersonID, group: "person " + h.PersonID, team: one.Group}
			if one.Household != "" {
				held.group = "household " + one.Household
			}
			p.byLaptop[l] = append(p.byLaptop[l], held)
		}
	}
	for _, list := range p.byLaptop {
		slices.SortFunc(list, func(a, b person) int { return cmp.Or(cmp.Compare(a.days, b.days), cmp.Compare(a.id, b.id)) })
	}
	return p
}

// between are the days of a stretch of time; the day of a hand-over is the next one's.
func (f *Fleet) between(from, to time.Time) days {
	b := all
	if !from.IsZero() {
		if age := f.today - from.Unix()/86400; age < 0 {
			return 0
		} else if age < Memory {
			b &= since(int(age))
		}
	}
	if !to.IsZero() {
		if age := f.today - to.Unix()/86400 + 1; age >= Memory {
			return 0
		} else if age > 0 {
			b &= until(int(age))
		}
	}
	return b
}

// at is whose a laptop was on the latest of some days.
func (p people) at(l *laptop, on days) person {
	var latest person
	for _, one := range p.byLaptop[l] {
		if one.days&on != 0 && (latest.self == "" || one.days&on > latest.days&on) {
			latest = one
		}
	}
	if latest.self == "" {
		return person{days: on, group: "laptop " + l.id, self: "laptop " + l.id}
	}
	return latest
}

// apart are the days, of some, on which two laptops were not one person's; where asked,
// not of one household's either.
func (p people) apart(a, b *laptop, on days, households bool) days {
	as, bs := p.byLaptop[a], p.byLaptop[b]
	if len(as) == 0 || len(bs) == 0 {
		return on
	}
	for _, x := range as {
		for _, y := range bs {
			if x.self == y.self || households && x.group == y.group {
				on &^= x.days & y.days
			}
		}
	}
	return on
}

// count says of how many people some laptops are.
func (p people) count(list map[*laptop]days, households bool) int {
	seen := map[string]bool{}
	for l, on := range list {
		one := p.at(l, on)
		if households {
			seen[one.group] = true
		} else {
			seen[one.self] = true
		}
	}
	return len(seen)
}
