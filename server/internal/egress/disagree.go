package egress

import (
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// disagree tells where what a laptop says of itself, what others say of the same
// access point, and how long its answers take do not fit its address.
func (v *view) disagree(c map[string]string) {
	if told := v.daysOf(func(h *stay) bool { return v.plain(h) && h.timeZone }); told > 0 {
		c["time_zone_elsewhere"] = number(v.lately(v.zoneElsewhere))
	}
	if len(v.distinct(func(h *stay) word { return h.access })) > 0 {
		c["access_point_elsewhere"] = number(v.lately(v.pointElsewhere))
	}
	v.roundTrip(c)
}

// lately counts the days on which something was so, none if it was not on the last
// day that could tell: it is about where the device stands now.
func (v *view) lately(is func(*stay) bool) int {
	here := v.here()
	if here == nil || !slices.ContainsFunc(v.past, func(h stay) bool { return h.day == here.day && is(&h) }) {
		return 0
	}
	var days catalogue.Days
	for i := range v.past {
		if h := &v.past[i]; is(h) {
			days.Add(at(h.first), at(h.last))
		}
	}
	return days.N
}

// zoneElsewhere says whether no clock of the country shows what the device's does.
func (v *view) zoneElsewhere(h *stay) bool {
	return v.plain(h) && h.timeZone && impossible(v.s.fleet.text(h.country), int(h.offset))
}

// pointElsewhere says whether others stood at the same access point that day, and
// by their addresses all of them in other countries.
func (v *view) pointElsewhere(h *stay) bool {
	at := v.s.points[h.access]
	if !v.plain(h) || at == nil || at.crowded {
		return false
	}
	b, elsewhere := v.s.fleet.bit(h.day), false
	for _, p := range at.there {
		if p.device == h.device {
			continue
		}
		for _, said := range p.countries {
			if said.days&b == 0 {
				continue
			}
			if said.what == h.country {
				return false
			}
			elsewhere = true
		}
	}
	return elsewhere
}

// The round trip is the floor of the last days: one good moment is enough to know
// that a laptop is not farther away.
const (
	tripDays  = 7
	tripTimes = 20 // how often it must have been noted in that time
)

// roundTrip tells by how much the shortest round trip is longer than the distance
// explains, rounded down to ten milliseconds. Of a laptop that shows no place it is
// told by how much it is longer than it would be where it stood last, by that way out.
func (v *view) roundTrip(c map[string]string) {
	here := v.here()
	if here == nil {
		return
	}
	plainly := func(h *stay) bool { return v.plain(h) && h.country == here.country }
	floor, times := v.trips(plainly)
	if floor > 0 {
		c["round_trip_ms"] = number(int(floor.Milliseconds()) / 10 * 10)
	}
	place := v.s.fleet.place
	if place == nil || v.behind(here) == SharedCarrier {
		return
	}
	if times >= tripTimes {
		if most, known := reachable(place, v.s.fleet.text(here.country)); known {
			c["round_trip_excess_ms"] = number(excess(floor, most))
		}
	}
	if here.day <= v.day-tripDays {
		v.roundTripHidden(c, here)
	}
}

// roundTripHidden tells it of a laptop that was met at no place in the last days.
func (v *view) roundTripHidden(c map[string]string, was *stay) {
	all, least := int32(0), -1
	for i := range v.past {
		h := &v.past[i]
		if h.day <= v.day-tripDays || h.trip == 0 || !v.masked(h) {
			continue
		}
		most, known := reachable(v.s.fleet.place, v.s.fleet.text(h.country), v.s.fleet.text(was.country))
		if !known {
			continue
		}
		all += h.times
		if x := excess(time.Duration(h.trip)*time.Microsecond, most); least < 0 || x < least {
			least = x
		}
	}
	if all >= tripTimes {
		c["round_trip_excess_ms"] = number(least)
	}
}

// trips is the shortest round trip of the last days that fit, and how often it was noted.
func (v *view) trips(fits func(*stay) bool) (time.Duration, int32) {
	floor, times := int32(0), int32(0)
	for i := range v.past {
		h := &v.past[i]
		if h.day <= v.day-tripDays || h.trip == 0 || !fits(h) {
			continue
		}
		times += h.times
		if floor == 0 || h.trip < floor {
			floor = h.trip
		}
	}
	return time.Duration(floor) * time.Microsecond, times
}

func excess(took, most time.Duration) int { return max(int((took-most).Milliseconds()), 0) / 10 * 10 }
