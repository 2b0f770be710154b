package egress

import (
	"cmp"
	"math/bits"
	"slices"
)

// Days are held as bits: the last one is the fleet's last day, and there is room for a month.
type days uint32

const lastBit = 31

func (f *Fleet) bit(day int32) days {
	if age := f.day - day; age >= 0 && age <= lastBit {
		return 1 << (lastBit - age)
	}
	return 0
}

// upTo are all days until one, itself included.
func (f *Fleet) upTo(day int32) days {
	if b := f.bit(day); b != 0 {
		return b | (b - 1)
	}
	return 0
}

func (d days) count() int { return bits.OnesCount32(uint32(d)) }

// mostThere is of how many devices it is held that they stand in one place. Where
// there are more it is no home, and nobody is compared by it.
const mostThere = 200

// manyNetworks is from how many networks on a router or access point is none: its
// hardware address is one that many have, as virtual routers do.
const manyNetworks = 3

// A spot is a router or an access point, and who stands behind it. What a device
// says of its router nobody can check, so that each has one voice in what is said
// of a spot: a laptop that lies must not speak for those beside it.
type spot struct {
	there    []presence
	networks []uint32     // plain ones, at most manyNetworks of them, of each device the first
	crowded  bool         // more than mostThere
	classes  map[word]int // by class of network: devices that mostly went out by it, but for the company's own way out
}

// A presence is one device in one spot.
type presence struct {
	device    int32
	met       days
	stayed    days // of those, the days on which it was behind no other router
	network   uint32
	countries []said
	classes   []said
}

// A said is what a device's address says, of a country or a class of network, and on which days.
type said struct {
	what word
	days days
}

// place says whether those who are met there stand in one place.
func (s *spot) place() bool { return s != nil && !s.crowded && len(s.networks) < manyNetworks }

// A Survey is what the stays of all devices say together. It changes no more.
type Survey struct {
	fleet  *Fleet
	routes map[word]*spot // by gateway
	points map[word]*spot // by access point
	exits  map[word]*exit
	heard  [lastBit + 1]int // devices by day
	homes  []word           // by device: the router it was met behind first
	roams  []bool           // by device: whether it was met behind another one, too, and behind one that is its home
}

// Survey looks at all stays that were added.
func (f *Fleet) Survey() *Survey {
	f.settle()
	s := &Survey{fleet: f, routes: map[word]*spot{}, points: map[word]*spot{}, exits: map[word]*exit{},
		homes: make([]word, len(f.devices)), roams: make([]bool, len(f.devices))}
	for _, list := range [][]stay{f.past, f.present} {
		for len(list) > 0 {
			n := 1
			for n < len(list) && list[n].device == list[0].device && list[n].day == list[0].day {
				n++
			}
			s.day(list[:n])
			list = list[n:]
		}
	}
	s.settleRoaming()
	for _, x := range s.exits {
		s.learn(x)
	}
	for _, list := range [][]stay{f.past, f.present} {
		for i := range list {
			s.vote(s.routes[list[i].gateway], &list[i])
			s.vote(s.points[list[i].access], &list[i])
		}
	}
	for _, spots := range []map[word]*spot{s.routes, s.points} {
		for _, at := range spots {
			s.count(at)
		}
	}
	return s
}

// mostAtHome is up to how many devices a router may be known to, so that it is somebody's
// home. Between two routers that more of them know, as those of one shelf, nobody roams.
const mostAtHome = 2

func (s *Survey) settleRoaming() {
	housed := make([]bool, len(s.roams))
	for _, at := range s.routes {
		if len(at.there) <= mostAtHome {
			for i := range at.there {
				housed[at.there[i].device] = true
			}
		}
	}
	for i := range s.roams {
		s.roams[i] = s.roams[i] && housed[i]
	}
}

// own says whether a stay's way out is the company's.
func (s *Survey) own(h *stay) bool {
	if x := s.exits[h.address]; x != nil {
		return x.own
	}
	return h.corporate != 0
}

// vote notes by which classes of network a device went out at a spot, where that matters.
func (s *Survey) vote(at *spot, h *stay) {
	if at == nil || at.crowded || len(at.there) <= company || s.own(h) {
		return
	}
	p := at.presence(h.device)
	p.classes = say(p.classes, h.class, s.fleet.bit(h.day))
}

// count gives each device that voted its one voice: for the class of most of its days.
func (s *Survey) count(at *spot) {
	for i := range at.there {
		p := &at.there[i]
		if len(p.classes) == 0 {
			continue
		}
		most := slices.MaxFunc(p.classes, func(a, b said) int {
			return cmp.Or(cmp.Compare(a.days.count(), b.days.count()), cmp.Compare(s.fleet.text(b.what), s.fleet.text(a.what)))
		})
		if at.classes == nil {
			at.classes = map[word]int{}
		}
		at.classes[most.what]++
		p.classes = nil
	}
}

// day takes the stays of one device on one day.
func (s *Survey) day(list []stay) {
	f, b := s.fleet, s.fleet.bit(list[0].day)
	s.heard[lastBit-(f.day-list[0].day)]++
	for i := range list {
		h := &list[i]
		if home := &s.homes[h.device]; *home == 0 {
			*home = h.gateway
		} else if h.gateway != 0 && h.gateway != *home {
			s.roams[h.device] = true
		}
		plainly := kindOf(f.text(h.class)) == plain && h.corporate == 0
		alone := !slices.ContainsFunc(list, func(o stay) bool { return o.gateway != 0 && o.gateway != h.gateway })
		s.meet(s.routes, h.gateway, h, b, alone, plainly)
		alone = alone && !slices.ContainsFunc(list, func(o stay) bool { return o.access != 0 && o.access != h.access })
		s.meet(s.points, h.access, h, b, alone, plainly)
		if h.address != 0 {
			s.leave(h, b)
		}
	}
}

func (s *Survey) meet(spots map[word]*spot, id word, h *stay, b days, alone, plainly bool) {
	if id == 0 {
		return
	}
	at := spots[id]
	if at == nil {
		at = &spot{}
		spots[id] = at
	}
	p := at.presence(h.device)
	if p == nil {
		if len(at.there) == mostThere {
			at.crowded = true
			return
		}
		at.there = append(at.there, presence{device: h.device})
		p = &at.there[len(at.there)-1]
	}
	if plainly && h.network != 0 && p.network == 0 {
		p.network = h.network
		if len(at.networks) < manyNetworks && !slices.Contains(at.networks, h.network) {
			at.networks = append(at.networks, h.network)
		}
	}
	p.met |= b
	if alone {
		p.stayed |= b
	}
	if plainly && h.country != 0 {
		p.countries = say(p.countries, h.country, b)
	}
}

// presence is a device's in a spot; nil where it was never met.
func (s *spot) presence(device int32) *presence {
	if i := slices.IndexFunc(s.there, func(p presence) bool { return p.device == device }); i >= 0 {
		return &s.there[i]
	}
	return nil
}

func say(list []said, what word, b days) []said {
	for i := range list {
		if list[i].what == what {
			list[i].days |= b
			return list
		}
	}
	if len(list) < len(steps) {
		list = append(list, said{what, b})
	}
	return list
}
