package egress

import (
	"cmp"
	"maps"
	"slices"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// company is from how many others on it takes more than a household of two.
const company = 2

// share tells of other devices in the same place.
func (v *view) share(c map[string]string) {
	self := v.past[0].device
	together := map[int32]days{} // by other device: days on which both stood at one spot all day long
	var stages []*spot
	for _, kind := range []struct {
		column string
		spots  map[word]*spot
		of     func(*stay) word
	}{
		{"shares_gateway_with", v.s.routes, func(h *stay) word { return h.gateway }},
		{"shares_access_point_with", v.s.points, func(h *stay) word { return h.access }},
	} {
		met, known := map[int32]bool{}, false
		for _, id := range v.distinct(kind.of) {
			known = true
			at := kind.spots[id]
			if !at.place() {
				continue
			}
			at.beside(self, v.until, met, together)
			stages = append(stages, at)
		}
		if known {
			c[kind.column] = number(step(len(met)))
		}
	}
	if others, known := v.sharers(self); known {
		c["shares_address_with"] = number(step(others))
	}
	c["shared_days"] = number(crowdedDays(together))
	if len(together) > 0 {
		c["place_class"] = v.s.classOf(stages)
	}
}

// distinct are the spots that the stays name, each once.
func (v *view) distinct(of func(*stay) word) []word {
	var ids []word
	for i := range v.past {
		if id := of(&v.past[i]); id != 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// beside gathers who else was met at a spot on the same days, and on which of them
// neither was met elsewhere: a laptop that is carried about works somewhere else, too.
func (s *spot) beside(self int32, until days, met map[int32]bool, together map[int32]days) {
	own := s.presence(self)
	if own == nil {
		return
	}
	for _, p := range s.there {
		if p.device == self || p.met&own.met&until == 0 {
			continue
		}
		met[p.device] = true
		if both := p.stayed & own.stayed & until; both != 0 {
			together[p.device] |= both
		}
	}
}

// crowdedDays counts the days on which more than one other device was there.
func crowdedDays(together map[int32]days) int {
	var once, twice days
	for _, d := range together {
		twice |= once & d
		once |= d
	}
	return twice.count()
}

// sharers counts the other devices that go out by an address of this one on the
// same days; not by one that many are behind anyway.
func (v *view) sharers(self int32) (n int, known bool) {
	met := map[int32]bool{}
	for _, id := range v.distinct(func(h *stay) word { return h.address }) {
		x := v.s.exits[id]
		if x.own || x.carrier || len(x.devices) > mostThere {
			continue
		}
		known = true
		for other, u := range x.devices {
			if other != self && u.days&x.devices[self].days&v.until != 0 {
				met[other] = true
			}
		}
	}
	return len(met), known
}

// classOf is what the line behind spots is mostly used for, by the voices of all who
// were met there; a way out that is the company's own says nothing of the line.
func (s *Survey) classOf(spots []*spot) string {
	votes := map[string]int{}
	for _, at := range spots {
		for class, n := range at.classes {
			votes[s.fleet.text(class)] += n
		}
	}
	names := slices.SortedFunc(maps.Keys(votes), func(a, b string) int { return cmp.Or(cmp.Compare(votes[b], votes[a]), cmp.Compare(a, b)) })
	if len(names) == 0 {
		return device.NetworkUnknown
	}
	return names[0]
}
