package egress

import (
	"slices"
	"strconv"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// Behind says what stands between a laptop and the internet, as far as its address tells.
type Behind string

// What a laptop can stand behind.
const (
	Home          Behind = "home"           // a line for homes, or what else such a provider connects
	Office        Behind = "office"         // a line for companies, universities, hotels, coworking
	Corporate     Behind = "corporate"      // the company's own way out, imported or learned
	SharedCarrier Behind = "shared_carrier" // an address that a carrier shares among many homes or telephones
	Relay         Behind = "relay"          // a service that hides addresses for everybody, as iCloud Private Relay
	VPN           Behind = "vpn"            // a VPN for everybody
	Hosting       Behind = "hosting"        // servers for rent, where VPNs go out as well
	Internal      Behind = "internal"       // the collector sees a private address and learns nothing
	Unknown       Behind = "unknown"        // no data about the address
)

// A view is what one device's row is made of: its stays until one day.
type view struct {
	s     *Survey
	about device.Enrolled
	past  []stay // by day and time, of the last Memory days until day
	day   int32
	until days
}

// view looks at a device as of one day; the last one it was heard on if day is 0.
func (s *Survey) view(about device.Enrolled, day int32) (v view, ok bool) {
	at, known := s.fleet.devices[about.ID]
	if !known {
		return v, false
	}
	list := slices.Concat(of(s.fleet.past, at), of(s.fleet.present, at))
	if day == 0 && len(list) > 0 {
		day = list[len(list)-1].day
	}
	list = slices.DeleteFunc(list, func(h stay) bool { return h.day > day || h.day <= day-Memory })
	return view{s: s, about: about, past: list, day: day, until: s.fleet.upTo(day)}, len(list) > 0
}

// row says where a device stands, as of the view's day.
func (v *view) row() finding.Observation {
	r := finding.Observation{Class: Class, UID: finding.UID(Class, v.about.ID), Columns: map[string]string{}}
	v.stand(r.Columns)
	v.share(r.Columns)
	v.flip(r.Columns)
	v.move(r.Columns)
	v.disagree(r.Columns)
	return r
}

// latest is where the device was noted last.
func (v *view) latest() *stay {
	latest := &v.past[len(v.past)-1]
	for i := len(v.past) - 1; i >= 0 && v.past[i].day == latest.day; i-- {
		if v.past[i].last > latest.last {
			latest = &v.past[i]
		}
	}
	return latest
}

// stand tells of the way out that the device took last.
func (v *view) stand(c map[string]string) {
	f, h := v.s.fleet, v.latest()
	c["behind"] = string(v.behind(h))
	c["network_class"] = f.text(h.class)
	put(c, "network_name", f.text(h.name))
	if x := v.s.exits[h.address]; x != nil && x.own {
		put(c, "own_egress", f.text(h.corporate))
		if x.learned {
			c["own_egress"] = "learned"
		}
		c["gateways_behind_address"] = number(step(len(x.gateways)))
	} else if x != nil {
		c["gateways_behind_address"] = number(step(x.gatewaysOn(v.until)))
	}
	if now := v.here(); now != nil {
		put(c, "country", f.text(now.country))
	}
	c["days"] = number(v.daysOf(func(*stay) bool { return true }))
	c["masked_days"] = number(v.daysOf(v.masked))
	if listed := v.lastOf(func(h *stay) bool { return v.list(h) != 0 }); listed != nil {
		c["listed"] = f.text(listed.listed)
		c["listed_days"] = number(v.daysOf(func(h *stay) bool { return v.list(h) != 0 }))
	}
}

// list is the imported list of VPN exits that a stay matched; a relay that hides
// addresses for everybody, or the company's own, counts for none.
func (v *view) list(h *stay) word {
	if v.own(h) || v.s.fleet.text(h.class) == device.NetworkRelay {
		return 0
	}
	return h.listed
}

func (v *view) own(h *stay) bool { return v.s.own(h) }

// kind is what the way out of a stay tells of its place.
func (v *view) kind(h *stay) kind {
	if v.own(h) {
		return ours
	}
	return kindOf(v.s.fleet.text(h.class))
}

func (v *view) masked(h *stay) bool { return v.kind(h) == masked }

func (v *view) plain(h *stay) bool { return v.kind(h) == plain && h.country != 0 }

// here is where the device stood last by an address that tells its place.
func (v *view) here() *stay { return v.lastOf(v.plain) }

func (v *view) lastOf(fits func(*stay) bool) *stay {
	var latest *stay
	for i := len(v.past) - 1; i >= 0; i-- {
		h := &v.past[i]
		if latest != nil && h.day < latest.day {
			break
		}
		if fits(h) && (latest == nil || h.last > latest.last) {
			latest = h
		}
	}
	return latest
}

func (v *view) behind(h *stay) Behind {
	class, x := v.s.fleet.text(h.class), v.s.exits[h.address]
	switch {
	case v.own(h), class == device.NetworkCorporate, class == device.NetworkSASE:
		return Corporate
	case class == device.NetworkRelay:
		return Relay
	case class == device.NetworkVPN:
		return VPN
	case class == device.NetworkHosting:
		return Hosting
	case class == device.NetworkInternal:
		return Internal
	case class == device.NetworkMobile, class == device.NetworkSatellite, x != nil && x.carrier:
		return SharedCarrier
	case class == device.NetworkResidential:
		return Home
	case class == device.NetworkBusiness, class == device.NetworkEducation:
		return Office
	}
	return Unknown
}

// daysOf counts the days on which a stay fits.
func (v *view) daysOf(fits func(*stay) bool) int {
	n, counted := 0, int32(0)
	for i := range v.past {
		if h := &v.past[i]; h.day != counted && fits(h) {
			n, counted = n+1, h.day
		}
	}
	return n
}

func number(n int) string { return strconv.Itoa(n) }

func put(c map[string]string, column, value string) {
	if value != "" {
		c[column] = value
	}
}

func at(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }
