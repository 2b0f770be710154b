package site

import (
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// TestFleets holds every fleet of the class to what it expects, and every rule on the
// class to its fleets.
func TestFleets(t *testing.T) {
	c := known(t)
	paths, err := filepath.Glob(fleetFolder + "/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no fleets: %v", err)
	}
	fired := map[string][]string{}
	for _, name := range paths {
		base := "site/" + filepath.Base(name)
		fired[base] = nil
		t.Run(strings.TrimSuffix(filepath.Base(name), ".yaml"), func(t *testing.T) {
			fired[base] = holds(t, c, readFleet(t, name))
		})
	}
	for _, r := range c.RulesFor(Class) {
		for _, name := range r.Machines {
			if !slices.Contains(fired[name], r.ID) {
				t.Errorf("%s does not fire on %s", r.ID, name)
			}
		}
		for _, name := range r.Lookalikes {
			if _, there := fired[name]; !there || slices.Contains(fired[name], r.ID) {
				t.Errorf("%s fires on its look-alike %s, or there is no such fleet", r.ID, name)
			}
		}
	}
}

// holds compares a fleet with what it expects, and gives the rules that fired.
func holds(t *testing.T, c *catalogue.Catalogue, f fleetFile) (fired []string) {
	t.Helper()
	scene := f.scene(t)
	s := scene.survey()
	found, rows := map[string][]string{}, map[string]map[string]string{}
	for _, v := range s.Judge(c, scene.use, unjudged) {
		rows[v.DeviceID] = v.Row.Columns
		for _, claim := range v.Claims {
			found[v.DeviceID] = append(found[v.DeviceID], claim.Rule.ID)
			fired = append(fired, claim.Rule.ID)
			if claim.Since.After(v.Heard) || claim.Since.Before(day(1)) {
				t.Errorf("%s: %s since %s, heard until %s", v.DeviceID, claim.Rule.ID, claim.Since, v.Heard)
			}
		}
	}
	for _, d := range scene.ground.Devices {
		if want := wanted(f.Expect, d.ID); !slices.Equal(found[d.ID], want) {
			t.Errorf("%s: found %v, want %v; its row is %v", d.ID, found[d.ID], want, rows[d.ID])
		}
		for pattern, columns := range f.Rows {
			if !fits(pattern, d.ID) {
				continue
			}
			for name, want := range columns {
				if got := rows[d.ID][name]; got != want {
					t.Errorf("%s: %s is %q, want %q", d.ID, name, got, want)
				}
			}
		}
	}
	f.holdSites(t, scene, s)
	return fired
}

// fits says whether a laptop goes by a pattern; those beside the story go by none.
func fits(pattern, id string) bool {
	ok, _ := path.Match(pattern, id)
	return ok && !strings.HasPrefix(id, "beside-")
}

func wanted(by map[string][]string, id string) (list []string) {
	for pattern, rules := range by {
		if fits(pattern, id) {
			list = append(list, rules...)
		}
	}
	slices.Sort(list)
	return list
}

// holdSites compares which laptops belong together, for certain and possibly.
func (f fleetFile) holdSites(t *testing.T, scene scene, s *Survey) {
	t.Helper()
	all := func(patterns []string) (ids []string) {
		for _, d := range scene.ground.Devices {
			if slices.ContainsFunc(patterns, func(p string) bool { return fits(p, d.ID) }) {
				ids = append(ids, d.ID)
			}
		}
		slices.Sort(ids)
		return ids
	}
	var got, want []string
	for _, c := range s.sites {
		var ids []string
		for _, l := range c.members {
			ids = append(ids, l.id)
		}
		got = append(got, strings.Join(ids, " "))
	}
	for _, patterns := range f.Sites {
		want = append(want, strings.Join(all(patterns), " "))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the sites are\n  %s\nand should be\n  %s\nby %v", strings.Join(got, "\n  "), strings.Join(want, "\n  "), s.Links())
	}
	for _, patterns := range f.Possible {
		ids := all(patterns)
		if !slices.ContainsFunc(s.Links(), func(l Link) bool { return !l.Certain && slices.Equal(ids, []string{l.From, l.To}) }) {
			t.Errorf("%v are not linked possibly: %v", ids, s.Links())
		}
	}
	for gateway, want := range f.Places {
		if thing := s.fleet.things[device.TraitGateway][gateway]; thing == nil {
			t.Errorf("nobody was behind %s", gateway)
		} else if got := s.placeOf(thing).kind; got != want {
			t.Errorf("%s is taken for %s, and is %s", gateway, got, want)
		}
	}
}
