package egress

import (
	"math/bits"
	"slices"

	"github.com/farmwatch/farmwatch/server/internal/device"
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

// A spot is a router or an access point, and who stands behind it.
type spot struct {
	there    []presence
	networks []uint32     // plain ones, at most manyNetworks of them
	crowded  bool         // more than mostThere
	classes  map[word]int // by class of network: stays of all who were met there, but by the company's own way out
}

// A presence is one device in one spot.
type presence struct {
	device    int32
	met       days
	stayed    days // of those, the days on which it was behind no other router
	countries []stand
}

// A stand is in which country a device said to be, by its address, on which days.
type stand struct {
	country word
	days    days
}

// place says whether those who are met there stand in one place.
func (s *spot) place() bool { return s != nil && !s.crowded && len(s.networks) < manyNetworks }

// An exit is a public address, and who goes out by it.
type exit struct {
	devices  map[int32]days
	gateways map[word]days
	class    word
	name     word
	listed   bool
	own      bool // the company's own, as imported or learned
	learned  bool
	carrier  bool // shared by many homes
	from     int32
	until    int32
	last     int64
}

// A Survey is what the stays of all devices say together. It changes no more.
type Survey struct {
	fleet  *Fleet
	routes map[word]*spot // by gateway
	points map[word]*spot // by access point
	exits  map[word]*exit
	heard  [lastBit + 1]int // devices by day
	homes  []word           // by device: the router it was met behind first
	roams  []bool           // by device: whether it was met behind another one, too
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
	for _, x := range s.exits {
		s.learn(x)
	}
	for _, list := range [][]stay{f.past, f.present} {
		for i := range list {
			s.vote(s.routes[list[i].gateway], &list[i])
			s.vote(s.points[list[i].access], &list[i])
		}
	}
	return s
}

// own says whether a stay's way out is the company's.
func (s *Survey) own(h *stay) bool {
	if x := s.exits[h.address]; x != nil {
		return x.own
	}
	return h.corporate != 0
}

// vote counts what class of network a spot stands in, where it matters.
func (s *Survey) vote(at *spot, h *stay) {
	if at == nil || len(at.there) <= company || s.own(h) {
		return
	}
	if at.classes == nil {
		at.classes = map[word]int{}
	}
	at.classes[h.class]++
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
	if plainly && h.network != 0 && len(at.networks) < manyNetworks && !slices.Contains(at.networks, h.network) {
		at.networks = append(at.networks, h.network)
	}
	n := len(at.there)
	// Stays come by device, within the past and within the present day.
	if i := slices.IndexFunc(at.there, func(p presence) bool { return p.device == h.device }); i >= 0 {
		n = i
	} else if len(at.there) == mostThere {
		at.crowded = true
		return
	} else {
		at.there = append(at.there, presence{device: h.device})
	}
	p := &at.there[n]
	p.met |= b
	if alone {
		p.stayed |= b
	}
	if plainly && h.country != 0 {
		p.say(h.country, b)
	}
}

func (p *presence) say(country word, b days) {
	for i := range p.countries {
		if p.countries[i].country == country {
			p.countries[i].days |= b
			return
		}
	}
	if len(p.countries) < len(steps) {
		p.countries = append(p.countries, stand{country, b})
	}
}

func (s *Survey) leave(h *stay, b days) {
	x := s.exits[h.address]
	if x == nil {
		x = &exit{devices: map[int32]days{}, gateways: map[word]days{}, from: h.day}
		s.exits[h.address] = x
	}
	x.devices[h.device] |= b
	if h.gateway != 0 {
		x.gateways[h.gateway] |= b
	}
	x.listed = x.listed || h.listed != 0
	// What the lists said last holds for all days: one that was imported wrongly is forgotten with its removal.
	if h.last >= x.last {
		x.last, x.class, x.name, x.own = h.last, h.class, h.name, h.corporate != 0
	}
	x.from, x.until = min(x.from, h.day), max(x.until, h.day)
}

// learn says what an address is by who uses it.
func (s *Survey) learn(x *exit) {
	n, class := s.fleet.numbers, s.fleet.text(x.class)
	settled := 0
	for at := range s.heard {
		b := days(1) << at
		devices, gateways := usedOn(x.devices, b), usedOn(x.gateways, b)
		if devices >= n.LearnDevices && gateways >= n.LearnGateways && devices*100 >= s.heard[at]*n.LearnPercent {
			settled++
		}
	}
	switch {
	case x.own:
	// A VPN for everybody is nobody's own, however many use it; neither is a provider for homes.
	case kindOf(class) != plain && class != device.NetworkVPN && class != device.NetworkRelay && !x.listed, class == device.NetworkBusiness:
		x.learned = settled >= n.LearnDays
	case len(x.gateways) >= n.CarrierGateways && len(x.devices) <= 2*len(x.gateways):
		x.carrier = true
	// Laptops of an office are carried home, sooner or later most of them; those of a farm never move.
	case kindOf(class) == plain && len(x.devices) >= n.OfficeDevices:
		x.learned = 2*s.roaming(x) >= len(x.devices)
	}
	x.own = x.own || x.learned
}

func usedOn[K comparable](who map[K]days, b days) int {
	n := 0
	for _, d := range who {
		if d&b != 0 {
			n++
		}
	}
	return n
}

func (s *Survey) roaming(x *exit) int {
	n := 0
	for at := range x.devices {
		if s.roams[at] {
			n++
		}
	}
	return n
}
