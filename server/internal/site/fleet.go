package site

import (
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// kindAddress is a public address that devices go out by, as the collector sees it: a
// thing that they share like a trait, but that nobody told.
const kindAddress = "address"

// A thing is what several devices may have: one value of one kind of trait.
type thing struct {
	kind, value string
	had         []*had // by whom; none where it is crowded
	crowded     bool
}

// A had is that one device had one thing.
type had struct {
	by          *laptop
	what        *thing
	told        told  // days of UTC
	days        days  // of the laptop's own, as all that follows
	weakly      days  // of those, the days on which it was told to say little
	plainly     days  // the days on which it was told to say much
	first, last int64 // seconds since 1970
	at          *line // of a router or access point: what the collector saw of the line behind it
}

// weak are the days on which the thing says little.
func (h *had) weak() days { return h.weakly &^ h.plainly }

// A line is how one device went out to the internet from one spot.
// Only what tells a place is in it.
type line struct {
	networks votes[uint32]
	classes  votes[string]
}

// A laptop is what is held of one device.
type laptop struct {
	id        string
	told      told // days of UTC on which it was heard
	hours     [Memory]noted
	unsettled bool // something was noted since its own days were found
	rests     int  // the hour (UTC) at which its days begin

	had     []*had
	routers []*had // of those, the ones that are of a router
	out     []*had // of those, the addresses that it went out by, as the collector saw
	once    days   // with a router
	twice   days   // with more than one
	onceAP  days
	twiceAP days
	heard   days
}

// A Fleet holds what devices had on the days of Memory until one day. It is filled in
// any order, and the same twice is the same once.
type Fleet struct {
	today   int64 // days since 1970
	laptops map[string]*laptop
	things  map[string]map[string]*thing // by kind and value
	news    bool
}

// NewFleet makes an empty fleet of a day (UTC).
func NewFleet(today time.Time) *Fleet {
	return &Fleet{today: today.Unix() / 86400, laptops: map[string]*laptop{}, things: map[string]map[string]*thing{}}
}

// bit is a day's; 0 for days that are not looked at.
func (f *Fleet) bit(day int64) days {
	if age := f.today - day; age >= 0 && age < Memory {
		return 1 << (Memory - 1 - age)
	}
	return 0
}

// Add takes a trait.
func (f *Fleet) Add(t device.Trait) {
	b := f.bit(t.First.Unix() / 86400)
	if b == 0 || t.Value == "" {
		return
	}
	h := f.have(f.laptop(t.DeviceID), t.Kind, t.Value, b, t.First.Unix(), t.Last.Unix())
	if t.Weak {
		h.told.weakly |= b
	} else {
		h.told.plainly |= b
	}
}

// Stay takes where a device stood on a day, as its connection told: behind which
// router, and by which line.
func (f *Fleet) Stay(s *device.Stay) {
	b := f.bit(s.First.Unix() / 86400)
	if b == 0 {
		return
	}
	l := f.laptop(s.DeviceID)
	l.hear(b, hoursOf(s.First.Unix(), s.Last.Unix()))
	plain := device.TellsPlace(s.NetworkClass) && s.Corporate == ""
	if s.Address != "" && s.Address != device.AddressInternal {
		h := f.have(l, kindAddress, s.Address, b, s.First.Unix(), s.Last.Unix())
		if plain {
			h.told.plainly |= b
		} else {
			h.told.weakly |= b
		}
	}
	for _, spot := range []struct{ kind, value string }{{device.TraitGateway, s.Gateway}, {device.TraitAccessPoint, s.AccessPoint}} {
		if spot.value == "" {
			continue
		}
		h := f.have(l, spot.kind, spot.value, b, s.First.Unix(), s.Last.Unix())
		if h.at == nil {
			h.at = &line{}
		}
		if plain {
			h.at.classes = h.at.classes.add(s.NetworkClass, b)
			h.at.networks = h.at.networks.add(s.Network, b)
		}
	}
}

// News says whether anything was added since it was last asked that was not there.
func (f *Fleet) News() bool {
	news := f.news
	f.news = false
	return news
}

// Day is the day until which the fleet looks (2026-11-25, UTC).
func (f *Fleet) Day() string { return f.time(0).Format(time.DateOnly) }

// Heard is when anything of a device was last noted; zero if nothing is.
func (f *Fleet) Heard(deviceID string) time.Time {
	l := f.laptops[deviceID]
	if l == nil {
		return time.Time{}
	}
	var last int64
	for _, h := range l.had {
		last = max(last, h.last)
	}
	return time.Unix(last, 0).UTC()
}

func (f *Fleet) laptop(id string) *laptop {
	l := f.laptops[id]
	if l == nil {
		l = &laptop{id: id}
		f.laptops[id] = l
	}
	return l
}

// have notes that a laptop had a thing on a day.
func (f *Fleet) have(l *laptop, kind, value string, b days, first, last int64) *had {
	hours := hoursOf(first, last)
	l.hear(b, hours)
	var h *had
	for _, one := range l.had {
		if one.what.value == value && one.what.kind == kind {
			h = one
			break
		}
	}
	f.news = f.news || h == nil || h.told.days&b == 0
	if h == nil {
		h = &had{by: l, what: f.thing(kind, value), first: first, last: last}
		l.had = append(l.had, h)
		switch kind {
		case device.TraitGateway:
			l.routers = append(l.routers, h)
		case kindAddress:
			l.out = append(l.out, h)
		}
		h.what.take(h)
	}
	h.first, h.last = min(h.first, first), max(h.last, last)
	h.told.add(b, hours)
	return h
}

func (f *Fleet) thing(kind, value string) *thing {
	of := f.things[kind]
	if of == nil {
		of = map[string]*thing{}
		f.things[kind] = of
	}
	t := of[value]
	if t == nil {
		t = &thing{kind: kind, value: value}
		of[value] = t
	}
	return t
}

func (t *thing) take(h *had) {
	if t.crowded {
		return
	}
	if t.had = append(t.had, h); len(t.had) > mostThere {
		t.had, t.crowded = nil, true
	}
}

// stayed are the days on which a device was at a spot and at no other.
func (h *had) stayed() days {
	away := h.by.twice
	if h.what.kind == device.TraitAccessPoint {
		away |= h.by.twiceAP
	}
	return h.days &^ away
}

// beside are the days on which two devices stayed at a spot, and nowhere else than where
// the other one was: two routers in one room are one place.
func beside(x, y *had) days {
	on := x.days & y.days
	alone := x.stayed() & y.stayed()
	if x.what.kind != device.TraitGateway || on&^alone == 0 {
		return alone
	}
	return alone | on&alike(x.by, y.by)
}

// alike are the days on which two devices were behind the same routers, all of them.
func alike(x, y *laptop) days {
	if len(x.routers) > mostRouters || len(y.routers) > mostRouters {
		return 0
	}
	same := all
	for _, side := range [][2]*laptop{{x, y}, {y, x}} {
		for _, h := range side[0].routers {
			var there days
			for _, o := range side[1].routers {
				if o.what == h.what {
					there = o.days
				}
			}
			same &^= h.days ^ there
		}
	}
	return same
}

// elsewhere are the days on which the device was behind another router.
func (h *had) elsewhere() days {
	here := h.days
	if h.what.kind == device.TraitAccessPoint {
		return h.by.once &^ here
	}
	return h.by.once&^here | h.by.twice&here
}

func (f *Fleet) time(age int) time.Time { return time.Unix((f.today-int64(age))*86400, 0).UTC() }
