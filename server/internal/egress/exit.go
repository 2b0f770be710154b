package egress

import "github.com/farmwatch/farmwatch/server/internal/device"

// An exit is a public address, and who goes out by it. Each device counts for one
// router, as it does for one voice in a spot.
type exit struct {
	devices  map[int32]use
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

// A use is on which days a device went out by an address, and the router that it was behind first.
type use struct {
	days    days
	gateway word
}

// leave notes that a stay went out by its address.
func (s *Survey) leave(h *stay, b days) {
	x := s.exits[h.address]
	if x == nil {
		x = &exit{devices: map[int32]use{}, gateways: map[word]days{}, from: h.day}
		s.exits[h.address] = x
	}
	u := x.devices[h.device]
	u.days |= b
	if u.gateway == 0 {
		u.gateway = h.gateway
	}
	x.devices[h.device] = u
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
	for _, u := range x.devices {
		if u.gateway != 0 {
			x.gateways[u.gateway] |= u.days
		}
	}
	settled := 0
	for at := range s.heard {
		b := days(1) << at
		devices, gateways := x.usedOn(b), x.gatewaysOn(b)
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

// usedOn counts the devices that went out by an address on any of some days.
func (x *exit) usedOn(b days) (n int) {
	for _, u := range x.devices {
		if u.days&b != 0 {
			n++
		}
	}
	return n
}

// gatewaysOn counts the routers that these devices were behind.
func (x *exit) gatewaysOn(b days) (n int) {
	for _, d := range x.gateways {
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

// Ways tells of the addresses that stand for no place: the company's own, as imported or
// learned, each with behind how many routers it is used, and those that a carrier shares
// among many homes.
func (s *Survey) Ways() (own map[string]int, carriers map[string]bool) {
	own, carriers = map[string]int{}, map[string]bool{}
	for address, x := range s.exits {
		switch {
		case x.own:
			own[s.fleet.text(address)] = len(x.gateways)
		case x.carrier:
			carriers[s.fleet.text(address)] = true
		}
	}
	return own, carriers
}
