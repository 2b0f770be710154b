package roster

import (
	"slices"
	"strconv"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// ownCode are parts of countries that ISO 3166-2 lists and ISO 3166-1 gives a code of
// their own as well: what is one place has two names, and addresses are told by the second.
var ownCode = map[string]string{
	"US-AS": "AS", "US-GU": "GU", "US-MP": "MP", "US-PR": "PR", "US-UM": "UM", "US-VI": "VI",
	"FR-971": "GP", "FR-972": "MQ", "FR-973": "GF", "FR-974": "RE", "FR-976": "YT",
	"FR-GP": "GP", "FR-MQ": "MQ", "FR-GF": "GF", "FR-RE": "RE", "FR-YT": "YT",
	"FR-BL": "BL", "FR-MF": "MF", "FR-NC": "NC", "FR-PF": "PF", "FR-PM": "PM", "FR-TF": "TF", "FR-WF": "WF",
	"NL-AW": "AW", "NL-CW": "CW", "NL-SX": "SX", "NL-BQ1": "BQ", "NL-BQ2": "BQ", "NL-BQ3": "BQ",
	"CN-HK": "HK", "CN-MO": "MO", "CN-TW": "TW", "FI-01": "AX", "NO-21": "SJ", "NO-22": "SJ",
}

// holds says whether a country that an address tells may be the place.
func (p Place) holds(country string) bool {
	return country == p.Country || country != "" && country == ownCode[p.String()]
}

// apart says whether two places are known and certainly not the same.
func apart(a, b Place) bool {
	switch {
	case a.Country == "" || b.Country == "":
		return false
	case a.Country == b.Country:
		return a.Region != "" && b.Region != "" && a.Region != b.Region && (ownCode[a.String()] == "" || ownCode[a.String()] != ownCode[b.String()])
	}
	return !a.holds(b.Country) && !b.holds(a.Country)
}

// A fit is how a stay goes with where somebody said they work.
type fit int

const (
	there     fit = iota // in the declared place
	explained            // elsewhere, and a journey, leave or a move that was told says why
	elsewhere
)

// places says on which days the laptop stood elsewhere than declared.
func (v *view) places(c map[string]string) {
	if v.person.Declared.Country == "" {
		return
	}
	var days, first catalogue.Days
	home := false
	begins := v.since.UTC().Truncate(day)
	for _, s := range v.stood {
		on, err := time.Parse(time.DateOnly, s.Day)
		if err != nil || on.Before(begins) {
			continue // somebody else's, or before it was in service
		}
		f := v.fitOf(on, s.Countries)
		if f == elsewhere {
			days.Add(s.span(on))
		}
		if on.Before(begins.Add(firstUse)) {
			home = home || f == there
			if f == elsewhere {
				first.Add(s.span(on))
			}
		}
	}
	if days.N > 0 {
		c["place_declared_differs"] = strconv.Itoa(days.N)
	}
	// Stays are looked back on for a month: later, its first days can be told no more.
	over, told := v.at.Sub(begins) >= firstUse, v.at.Sub(begins) < Memory*day
	flag(c, "first_use_elsewhere", told && !home && (first.N >= soonElsewhere || over && first.N > 0))
}

// fitOf is the best fit of a day's stays: who was at home for an hour was at home.
func (v *view) fitOf(on time.Time, countries []string) fit {
	best := elsewhere
	for _, country := range countries {
		best = min(best, v.fitOfOne(on, country))
	}
	return best
}

func (v *view) fitOfOne(on time.Time, country string) fit {
	p := v.person
	switch {
	case p.Declared.holds(country):
		return there
	case p.Before.holds(country) && on.Before(p.Since.Add(grace)):
		return explained
	case slices.ContainsFunc(v.r.travel[p.ID], func(a Absence) bool { return covers(a, on, country) }),
		slices.ContainsFunc(v.r.leave[p.ID], func(a Absence) bool { return covers(a, on, country) }):
		return explained
	}
	return elsewhere
}

// covers says whether a journey or leave explains a day in a country. On the days on
// which somebody leaves and comes back, and those beside them since a day has another
// length elsewhere, it may be any.
func covers(a Absence, on time.Time, country string) bool {
	if on.Before(a.From.Add(-day)) || !on.Before(a.To.Add(day)) {
		return false
	}
	onTheWay := on.Before(a.From.Add(day)) || !on.Before(a.To.Add(-day))
	return onTheWay || a.Place.Country == "" || a.Place.holds(country)
}
