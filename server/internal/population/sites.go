package population

import (
	"context"
	"slices"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// siteSets are the collector's sites: the laptops that certain links join, by site.
type siteSets struct {
	members map[string][]string
	names   map[string]string
}

// sites reads what the collector joined.
func (r *Replay) sites(ctx context.Context) (siteSets, error) {
	s := siteSets{map[string][]string{}, map[string]string{}}
	sites, members, err := r.store.KeptSites(ctx)
	if err != nil {
		return s, err
	}
	for _, one := range sites {
		s.names[one.ID] = one.Name
		for _, m := range members[one.ID] {
			if m.Certain {
				s.members[one.ID] = append(s.members[one.ID], m.DeviceID)
			}
		}
	}
	return s, nil
}

// farmed says whether a site holds any laptop of a farm.
func (s siteSets) farmed(site string, laptops map[string]*laptop) bool {
	return slices.ContainsFunc(s.members[site], func(id string) bool { return laptops[id].site != "" })
}

// tally compares the sites that hold laptops of a farm with the farm.
func (s siteSets) tally(farm string, f *Fleet, seen *seen) SiteTally {
	t := SiteTally{Level: finding.LevelNone}
	var in []string
	of := func(id string) bool { return seen.laptops[id].site == farm }
	for _, site := range sorted(s.members) {
		if !slices.ContainsFunc(s.members[site], of) {
			continue
		}
		t.Names = append(t.Names, s.names[site])
		in = append(in, s.members[site]...)
		t.told(site, seen)
	}
	t.Strangers = slices.DeleteFunc(slices.Clone(in), of)
	for _, l := range f.laptops {
		if l.site == farm && !slices.Contains(in, l.id) {
			t.Missing = append(t.Missing, l.id)
		}
	}
	return t
}

// told takes what was said of a site: the first day, and the highest level.
func (t *SiteTally) told(site string, seen *seen) {
	for _, id := range seen.order {
		a := seen.opened[id]
		if a.SiteID != site || a.Conclusion != finding.InFarm {
			continue
		}
		if on := dayOf(a.first); t.Day == 0 || on < t.Day {
			t.Day = on
		}
		if a.top.Rank() > t.Level.Rank() {
			t.Level, t.Why = a.top, a.why
		}
	}
}
