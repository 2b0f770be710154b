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
	for _, site := range sorted(s.members) {
		if !slices.ContainsFunc(s.members[site], func(id string) bool { return seen.laptops[id].site == farm }) {
			continue
		}
		t.Names = append(t.Names, s.names[site])
		for _, id := range s.members[site] {
			if in = append(in, id); seen.laptops[id].site != farm {
				t.Strangers = append(t.Strangers, id)
			}
		}
		for _, id := range seen.order {
			if a := seen.opened[id]; a.SiteID == site && a.Conclusion == finding.InFarm && a.top.Rank() > t.Level.Rank() {
				t.Level, t.Why = a.top, a.why
				if t.Day == 0 {
					t.Day = dayOf(a.first)
				}
			}
		}
	}
	for _, l := range f.laptops {
		if l.site == farm && !slices.Contains(in, l.id) {
			t.Missing = append(t.Missing, l.id)
		}
	}
	return t
}
