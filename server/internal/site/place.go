package site

import (
	"slices"
	"sync"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A place is what a router or an access point stands in.
type place struct {
	kind     PlaceKind
	declared bool
	label    string
	// spot: those who stay there stand in one place. Not so where it is crowded or where
	// its number is one that many have.
	spot bool
	many bool // its number is one that many have: only who go out by one address stand in one place
	// rented: its line is one for companies, and it was not taken for an office of the
	// company's: only who were seen to go out by one address stand in one place.
	rented bool
	batch  batch
}

// private says whether laptops that stay in a place together may be linked for certain:
// not where people of one company meet anyway.
func (p place) private() bool { return p.spot && (p.kind == Home || p.kind == Unknown) }

// placeOf judges a router or an access point by who was there until now.
func (s *Survey) placeOf(t *thing) place {
	if p, known := s.places[t]; known {
		return p
	}
	p := s.judgePlace(t)
	s.places[t] = p
	return p
}

func (s *Survey) judgePlace(t *thing) place {
	if d, known := s.property[t.kind][t.value]; known {
		kind := d.Place
		if kind == "" {
			kind = Company
		}
		return place{kind: kind, declared: true, label: d.Label, spot: !t.crowded}
	}
	if t.crowded {
		return place{kind: Company}
	}
	there := s.thereOf(t)
	many := s.networksOf(there) >= manyNetworks
	if many || len(there) == 0 {
		return place{kind: Unknown, many: many}
	}
	p := s.learn(there)
	p.spot = true
	return p
}

// thereOf are those who had a thing until the day that is judged.
func (s *Survey) thereOf(t *thing) []*had {
	if s.until == all {
		return t.had
	}
	return slices.DeleteFunc(slices.Clone(t.had), func(h *had) bool { return h.days&s.until == 0 })
}

// networksOf counts by how many networks those at a spot went out; each has one voice.
func (s *Survey) networksOf(there []*had) int {
	var seen []uint32
	for _, h := range there {
		if h.at == nil {
			continue
		}
		if n, ok := h.at.networks.most(h, s.until&^s.ownDays(h.by)); ok && n != 0 && !slices.Contains(seen, n) {
			seen = append(seen, n)
		}
	}
	return len(seen)
}

// learn says what place those who were there make of it.
func (s *Survey) learn(there []*had) place {
	p := place{batch: s.batchOf(there)}
	p.kind = s.learnKind(there, &p)
	return p
}

func (s *Survey) learnKind(there []*had, p *place) PlaceKind {
	class := s.classOf(there)
	homes := sync.OnceValue(func() map[*had]days { return s.homes(there) })
	switch {
	case p.batch.bench:
		return Staging
	case len(p.batch.open) == len(there):
		return Unknown // and not known yet
	case s.ownExit(there):
		return Company
	case companyLine(class):
		if s.shortStays(there) {
			return Public
		}
		if p.rented = s.rented(there); p.rented {
			return Unknown
		}
		return Company
	case len(there) >= manyPeople && s.depot(there):
		return Repair
	case len(there) >= manyPeople && s.shortStays(there) && s.mostly(there, func(h *had) bool { return homes()[h] != 0 }):
		return Public
	case len(there) >= manyPeople && s.mostly(there, func(h *had) bool { return s.commutes(h, homes()[h]) }):
		return Company
	case class == device.NetworkResidential || class == device.NetworkSatellite:
		return Home
	}
	return Unknown
}

// mostly says whether something holds of more than half of those who were there.
func (s *Survey) mostly(there []*had, holds func(*had) bool) bool {
	n := 0
	for _, h := range there {
		if holds(h) {
			n++
		}
	}
	return 2*n > len(there)
}

// homes are, of each who was there, the days behind a router that is theirs: that few
// of the others know. Two routers of one place, used in turns, are nobody's home.
func (s *Survey) homes(there []*had) map[*had]days {
	known, homes := knownTo(there), map[*had]days{}
	for _, h := range there {
		for _, r := range h.by.routers {
			if n := known[r.what]; r.what != h.what && n > 0 && n <= mostAtHome {
				homes[h] |= r.days & s.until
			}
		}
	}
	return homes
}

// commutes: since the laptop came it is at a home as well, on many of its days. Those of
// an office are carried home; those of a farm stay on their shelf, wherever they were before.
func (s *Survey) commutes(h *had, home days) bool {
	here := h.days & s.until
	home &= since(here.first())
	return home.count() >= stayDays && 3*home.count() >= here.count()
}

// shortStays: most were there for days only, though they were heard before or after.
func (s *Survey) shortStays(there []*had) bool {
	return len(there) >= manyPeople && s.mostly(there, func(h *had) bool {
		here := h.days & s.until
		return here.count() <= shortStay && (h.by.heard&s.until).count() > 2*here.count()
	})
}

// depot: nearly all came from elsewhere, stayed for days and went elsewhere, few at once.
func (s *Survey) depot(there []*had) bool {
	visits, atOnce := 0, 0
	var perDay [Memory]int
	for _, h := range there {
		here, away := h.days&s.until, h.elsewhere()&s.until
		if here.span() <= repairDays && away != 0 && away.first() > here.first() && away.last() < here.last() {
			visits++
		}
		for day := range Memory {
			if here&(1<<day) != 0 {
				perDay[day]++
				atOnce = max(atOnce, perDay[day])
			}
		}
	}
	return 5*visits >= 4*len(there) && 2*atOnce <= len(there)
}

// ownExit: most go out by an address of the company's own that few routers lead to: an
// office. Where many do, it is a VPN, and says nothing of the place.
func (s *Survey) ownExit(there []*had) bool {
	return len(there) >= manyPeople && s.mostly(there, func(h *had) bool {
		n := 0
		for _, out := range h.by.out {
			if gateways, own := s.ground.Own[out.what.value]; own && gateways <= 3 {
				n = max(n, (out.days & h.days & s.until).count())
			}
		}
		return 2*n > (h.days & s.until).count()
	})
}

// classOf is what the line behind a spot is mostly used for, by the voices of all who
// were there; ways out that tell no place have none.
func (s *Survey) classOf(there []*had) string {
	counts := map[string]int{}
	for _, h := range there {
		if h.at == nil {
			continue
		}
		if class, ok := h.at.classes.most(h, s.until&^s.ownDays(h.by)); ok {
			counts[class]++
		}
	}
	best := ""
	for class, n := range counts {
		if n > counts[best] || n == counts[best] && class < best {
			best = class
		}
	}
	if best == "" {
		return device.NetworkUnknown
	}
	return best
}

// ownDays are the days on which a laptop went out by the company's own ways alone.
func (s *Survey) ownDays(l *laptop) days {
	var own, other days
	for _, h := range l.out {
		if s.own(h.what) {
			own |= h.days
		} else {
			other |= h.plainly
		}
	}
	return own &^ other
}

func (s *Survey) own(address *thing) bool {
	_, own := s.ground.Own[address.value]
	return own
}
