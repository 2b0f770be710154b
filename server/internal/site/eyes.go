package site

import "github.com/farmwatch/farmwatch/server/internal/device"

// A trust is what the collector's own eyes say of two laptops that both say that they
// stand behind one router. Nobody can check what a laptop says of its router.
type trust int

const (
	unseen       trust = iota
	agreed             // they went out by one address while they were there
	elsewhere          // for days, they went out by lines to houses, and never by one
	contradicted       // they went out by networks of different operators, and never by one address
)

func (s *Survey) corroborated(x, y *had) trust {
	// Behind an address of a carrier many live, and none of them behind one router of a
	// house with a number of its own, but those who live there.
	house := x.weak()|y.weak() == 0 && fixedLine(x, s.until) && fixedLine(y, s.until)
	if s.seenTogether(x, y, house) != 0 {
		return agreed
	}
	if x.at == nil || y.at == nil {
		return unseen
	}
	n, known := x.at.networks.most(x, s.until&^s.ownDays(x.by))
	m, too := y.at.networks.most(y, s.until&^s.ownDays(y.by))
	if known && too && n != 0 && m != 0 && n != m {
		return contradicted
	}
	if house && (s.outDays(x.by)&s.outDays(y.by)&x.days&y.days).count() >= stayDays {
		return elsewhere
	}
	return unseen
}

// outDays are the days on which the collector saw a laptop go out by an address that
// tells a place, and that no carrier shares among homes.
func (s *Survey) outDays(l *laptop) (on days) {
	for _, out := range l.out {
		if !s.own(out.what) && !s.ground.Carriers[out.what.value] {
			on |= out.plainly
		}
	}
	return on & s.until
}

// seenTogether are the days on which two who had one thing went out by one address that
// tells a place, or by one of a carrier's where these count as well. That they did on
// another day, in a café, says nothing of this place.
func (s *Survey) seenTogether(x, y *had, carriers bool) (on days) {
	for _, a := range x.by.out {
		if a.what.crowded || s.own(a.what) || !carriers && s.ground.Carriers[a.what.value] {
			continue
		}
		for _, b := range y.by.out {
			if b.what == a.what {
				on |= a.plainly & b.plainly
			}
		}
	}
	return on & x.days & y.days & s.until
}

// doubted are the days on which what two say of their router says too little: it is one
// that many have, and they were not seen to go out together by a line to a home.
func (s *Survey) doubted(x, y *had, many bool) days {
	weak := x.weak() | y.weak()
	if many {
		weak = all
	}
	if weak != 0 && fixedLine(x, s.until) && fixedLine(y, s.until) {
		weak &^= s.seenTogether(x, y, false)
	}
	return weak
}

// fixedLine says whether a spot's line leads to a house, and not to a telephone.
func fixedLine(h *had, until days) bool {
	if h.at == nil {
		return false
	}
	class, _ := h.at.classes.most(h, until)
	return class == device.NetworkResidential || class == device.NetworkSatellite
}

// byAddress groups those who were at a spot by the addresses that they went out by.
func (s *Survey) byAddress(there []*had) map[*thing][]*had {
	by := map[*thing][]*had{}
	for _, h := range there {
		for _, out := range h.by.out {
			if out.plainly&h.days&s.until != 0 && !s.own(out.what) && !s.ground.Carriers[out.what.value] {
				by[out.what] = append(by[out.what], h)
			}
		}
	}
	return by
}

// oneRouter says whether two were behind one router on some days: then that says more.
func (s *Survey) oneRouter(x, y *had, on days) bool {
	for _, a := range x.by.routers {
		if a.what.crowded { // nobody is compared by it
			continue
		}
		for _, b := range y.by.routers {
			if b.what == a.what && a.days&b.days&on != 0 {
				return true
			}
		}
	}
	return false
}
