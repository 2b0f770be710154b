package site

import (
	"maps"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A Verdict is what is said of one device.
type Verdict struct {
	DeviceID string
	Row      finding.Observation
	Heard    time.Time // when the device was noted last
	Claims   []Claim   // in order of the rules' ids
}

// A Claim is a rule that holds for a row.
type Claim struct {
	Rule  *catalogue.Rule
	Since time.Time // since when it holds without a break, by the days of event time
}

// A Before tells since when a rule held for a device when it was judged last; false
// where it did not.
type Before func(deviceID, rule string) (time.Time, bool)

// Judge says what the catalogue's rules find of every device that shares something,
// by id. Of those of which nothing was found before, it is looked day by day since when
// it holds, so that a collector that slept comes to the same as one that did not.
func (s *Survey) Judge(c *catalogue.Catalogue, u Use, before Before) []Verdict {
	bonds, pace := s.bonds(), s.pace(u)
	past := earlierDays{of: s, use: u, known: map[*laptop]*[Memory]*shown{}}
	var list []Verdict
	for _, id := range slices.Sorted(maps.Keys(s.fleet.laptops)) {
		l := s.fleet.laptops[id]
		if !s.counts(l) {
			continue
		}
		row, shares := s.row(l, bonds[l], u, pace)
		if !shares {
			continue
		}
		v := Verdict{DeviceID: l.id, Row: row, Heard: s.fleet.Heard(id)}
		var fresh []*catalogue.Rule
		for _, rule := range c.Matching(row) {
			since, known := before(l.id, rule.ID)
			if !known {
				fresh = append(fresh, rule)
			}
			v.Claims = append(v.Claims, Claim{rule, since})
		}
		if len(fresh) > 0 {
			past.date(l, fresh, v.Claims)
		}
		for i := range v.Claims { // of a laptop that sleeps nothing begins: another one woke up
			v.Claims[i].Since = earlier(v.Claims[i].Since, v.Heard)
		}
		list = append(list, v)
	}
	return list
}

// earlierDays are surveys of some laptops as of earlier days, made when they are asked for.
type earlierDays struct {
	of    *Survey
	use   Use
	known map[*laptop]*[Memory]*shown // by the first of the laptops that are judged together
}

// A shown is a survey with what rows are made of.
type shown struct {
	*Survey
	bonds map[*laptop]map[*laptop]*bond
	pace  pace
}

func (e earlierDays) day(l *laptop, age int) *shown {
	some := []*laptop{l}
	if c := e.of.of[l]; c != nil {
		some = c.members
	}
	if e.known[some[0]] == nil {
		e.known[some[0]] = &[Memory]*shown{}
	}
	at := &e.known[some[0]][age]
	if *at == nil {
		then := e.of.asOf(age, some)
		*at = &shown{then, then.bonds(), then.pace(e.use)}
	}
	return *at
}

// date says since when rules hold that did not hold before.
func (e earlierDays) date(l *laptop, fresh []*catalogue.Rule, claims []Claim) {
	for age := 0; age < Memory && len(fresh) > 0; age++ {
		then := e.day(l, age)
		row, _ := then.row(l, then.bonds[l], e.use, then.pace)
		at := then.began(then.bonds[l])
		fresh = slices.DeleteFunc(fresh, func(r *catalogue.Rule) bool { return age > 0 && !r.Matches(row) })
		for _, r := range fresh {
			i := slices.IndexFunc(claims, func(c Claim) bool { return c.Rule == r })
			claims[i].Since = at
		}
	}
}

// began is when, on the day judged, the last of what joins a laptop came to be.
func (s *Survey) began(bonds map[*laptop]*bond) time.Time {
	at := s.fleet.time(s.age)
	for _, b := range bonds {
		for _, k := range b.links {
			if k.first.After(at) {
				at = k.first
			}
		}
	}
	return at
}

// bonds are the pairs by each of their two.
func (s *Survey) bonds() map[*laptop]map[*laptop]*bond {
	by := map[*laptop]map[*laptop]*bond{}
	add := func(a, b *laptop, one *bond) {
		if by[a] == nil {
			by[a] = map[*laptop]*bond{}
		}
		by[a][b] = one
	}
	for p, b := range s.links {
		add(p.a, p.b, b)
		add(p.b, p.a, b)
	}
	return by
}

// Sites lists the sites, by id.
func (s *Survey) Sites() []Site {
	list := make([]Site, 0, len(s.sites))
	for _, c := range s.sites {
		list = append(list, c.Site)
	}
	return list
}

// Joined lists the devices that are part of a site for certain.
func (s *Survey) Joined() []string {
	var ids []string
	for _, c := range s.sites {
		for _, l := range c.members {
			ids = append(ids, l.id)
		}
	}
	return ids
}

// Members lists a site's devices, certain ones first, each by id. What lets somebody
// else drive them is for the caller to say.
func (s *Survey) Members(id string) []Member {
	i := slices.IndexFunc(s.sites, func(c *cluster) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	c := s.sites[i]
	inside := map[*laptop]bool{}
	for _, l := range c.members {
		inside[l] = true
	}
	since, last := map[*laptop]time.Time{}, map[*laptop]time.Time{}
	note := func(l *laptop, k link) {
		if at, known := since[l]; !known || k.first.Before(at) {
			since[l] = k.first
		}
		if k.last.After(last[l]) {
			last[l] = k.last
		}
	}
	for p, b := range s.links {
		for _, k := range b.links {
			if k.certain && inside[p.a] || !b.certain && (inside[p.a] || inside[p.b]) {
				note(p.a, k)
				note(p.b, k)
			}
		}
	}
	var list []Member
	for _, l := range slices.Concat(c.members, c.maybe) {
		list = append(list, Member{DeviceID: l.id, Person: s.people.at(l, l.heard&s.until).id, Certain: inside[l], Since: since[l], Last: last[l]})
	}
	return list
}

// mostLinks is how many possible links of one device are shown.
const mostLinks = 20

// Links lists all links, by their devices' ids and kind: all certain ones, and of each
// device the strongest possible ones.
func (s *Survey) Links() []Link {
	var list []Link
	shown := map[*laptop]int{}
	pairs := s.inOrder()
	for _, certain := range []bool{true, false} {
		for _, p := range pairs {
			for _, k := range s.links[p].links {
				if k.certain != certain || !certain && (shown[p.a] >= mostLinks || shown[p.b] >= mostLinks) {
					continue
				}
				if !certain {
					shown[p.a]++
					shown[p.b]++
				}
				list = append(list, Link{From: p.a.id, To: p.b.id, Certain: k.certain, Kind: k.kind, Strength: k.strength, Reason: k.reason,
					First: k.first, Last: k.last, Days: k.days.count()})
			}
		}
	}
	slices.SortFunc(list, compareLinks)
	return list
}
