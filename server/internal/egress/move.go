package egress

import (
	"slices"
	"time"
)

// What came after a long silence.
const (
	samePlace    = "same_place"    // behind a router that it stood behind before
	sameCountry  = "same_country"  // behind another router of the country it was in
	otherCountry = "other_country" // behind another router in another country, and there it still is
	hidden       = "hidden"        // behind another router, and since then by ways out alone that hide the country
	untold       = "unknown"       // nothing tells: no address of a place before or since, or no router
)

// firstDays is how long a laptop is new: where it stands then is where it was sent.
const firstDays = 7

// move tells of changes of country: how many there were, what came after a long
// silence, and whether the device is in another country than in its first days.
func (v *view) move(c map[string]string) {
	var countries []word
	for i := range v.past {
		if h := &v.past[i]; v.plain(h) && !slices.Contains(countries, h.country) {
			countries = append(countries, h.country)
		}
	}
	c["countries"] = number(step(len(countries)))
	if since, missing := v.silence(); since > 0 {
		c["silent_days"] = number(missing)
		c["before_silence"] = string(v.before(v.past[:since]))
		c["after_silence"] = v.after(v.past[:since], v.past[since:])
	}
	if first, ok := v.firstCountry(); ok {
		moved := v.here()
		c["first_place_moved"] = yes(moved != nil && moved.country != first && v.settledIn(moved.country) >= settled)
	}
}

// settled is on how many days a country has to be told before it counts: what is
// known of addresses is wrong now and then, and a day in another country is a trip.
const settled = 3

// settledIn counts the days in a row, up to the last one heard, that tell of this country alone.
func (v *view) settledIn(country word) int {
	n, day := 0, int32(0)
	for i := len(v.past) - 1; i >= 0; i-- {
		h := &v.past[i]
		if !v.plain(h) {
			continue
		}
		if h.country != country {
			if h.day == day {
				n--
			}
			return n
		}
		if h.day != day {
			n, day = n+1, h.day
		}
	}
	return n
}

// silence tells of the last long silence: which stay was the first after it, 0 where
// there was none, and on how many days nothing was heard.
func (v *view) silence() (since, missing int) {
	for i := len(v.past) - 1; i > 0; i-- {
		if missing := int(v.past[i].day-v.past[i-1].day) - 1; missing >= v.s.fleet.numbers.SilentDays {
			return i, missing
		}
	}
	return 0, 0
}

// before is what the device stood behind last before a silence. Who hid the place
// then as well has a habit, and is told so: that they hide it afterwards is no news.
func (v *view) before(past []stay) Behind {
	if i := slices.IndexFunc(past, func(h stay) bool { return v.masked(&h) }); i >= 0 {
		return v.behind(&past[i])
	}
	if was := lastPlain(v, past); was != nil {
		return v.behind(was)
	}
	return Unknown
}

func (v *view) after(before, since []stay) string {
	if slices.ContainsFunc(since, func(h stay) bool { return v.metAt(&h, before) }) {
		return samePlace
	}
	was, is := lastPlain(v, before), lastPlain(v, since)
	switch {
	case is == nil && slices.ContainsFunc(since, func(h stay) bool { return v.masked(&h) }) && placed(before) && placed(since):
		return hidden
	case was == nil || is == nil:
		return untold
	case is.country == was.country:
		return sameCountry
	}
	return otherCountry
}

// metAt says whether a stay was behind a router or at an access point of stays before.
func (v *view) metAt(h *stay, before []stay) bool {
	return slices.ContainsFunc(before, func(b stay) bool {
		return h.gateway != 0 && h.gateway == b.gateway && v.s.routes[h.gateway].place() || h.access != 0 && h.access == b.access && v.s.points[h.access].place()
	})
}

// placed says whether any stay names a router or an access point: without one it is
// not known whether the place is another.
func placed(list []stay) bool {
	return slices.ContainsFunc(list, func(h stay) bool { return h.gateway != 0 || h.access != 0 })
}

func lastPlain(v *view, list []stay) *stay {
	for i := len(list) - 1; i >= 0; i-- {
		if v.plain(&list[i]) {
			return &list[i]
		}
	}
	return nil
}

// firstCountry is the country of the device's first days, while they are remembered.
func (v *view) firstCountry() (word, bool) {
	enrolled := int32(v.about.EnrolledAt.UTC().Truncate(24*time.Hour).Unix() / 86400)
	if v.about.EnrolledAt.IsZero() || enrolled <= v.day-Memory {
		return 0, false
	}
	counts := map[word]int{}
	var first word
	for i := range v.past {
		h := &v.past[i]
		if h.day >= enrolled && h.day < enrolled+firstDays && v.plain(h) {
			if counts[h.country]++; counts[h.country] > counts[first] {
				first = h.country
			}
		}
	}
	return first, first != 0 && v.day >= enrolled+firstDays
}

func yes(is bool) string {
	if is {
		return "true"
	}
	return "false"
}
