package egress

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

const fleetFolder = "../../../proto/catalogue/machines/fleet"

// firstDay is day 1 of every fleet.
var firstDay = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

// A fleetFile is a fleet as people write it.
type fleetFile struct {
	About     string                         `yaml:"about"`
	Days      int                            `yaml:"days"`
	Collector *struct{ North, East float64 } `yaml:"collector"`
	Laptops   []struct {
		Name     string `yaml:"name"` // {n} counts
		Count    int    `yaml:"count"`
		Group    string `yaml:"group"`
		Enrolled int    `yaml:"enrolled"` // a day; long ago when absent
		Stays    []struct {
			Days, Hours, Gateway, Point, Address, Operator, Class, Country, Corporate, Listed, Zone string
			Network                                                                                 uint32
			Offset, Trip, Times, Flips                                                              int
		} `yaml:"stays"`
	} `yaml:"laptops"`
	Expect map[string][]string `yaml:"expect"`
}

func readFleet(t testing.TB, path string) fleetFile {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var f fleetFile
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if f.About == "" || f.Days < 1 || f.Days > Memory || len(f.Laptops) == 0 || f.Expect == nil {
		t.Fatalf("%s: a fleet needs about, days (1 to %d), laptops and expect", path, Memory)
	}
	return f
}

// make turns a fleet into stays and devices.
func (f fleetFile) make(t testing.TB) (*Fleet, []device.Enrolled) {
	t.Helper()
	var place *Place
	if f.Collector != nil {
		place = &Place{Spot: Spot(*f.Collector), reach: rounded}
	}
	fleet := NewFleet(Default(), place)
	var devices []device.Enrolled
	for _, l := range f.Laptops {
		for n := 1; n <= max(l.Count, 1); n++ {
			count := func(text string) string { return strings.ReplaceAll(text, "{n}", strconv.Itoa(n)) }
			d := device.Enrolled{ID: count(l.Name), Group: l.Group, EnrolledAt: firstDay.AddDate(0, 0, -200)}
			if l.Enrolled > 0 {
				d.EnrolledAt = firstDay.AddDate(0, 0, l.Enrolled-1)
			}
			devices = append(devices, d)
			for _, s := range l.Stays {
				stay := device.Stay{DeviceID: d.ID, Address: count(s.Address), Network: s.Network, NetworkName: s.Operator, NetworkClass: s.Class, Country: s.Country,
					Corporate: s.Corporate, Listed: s.Listed, Gateway: count(s.Gateway), AccessPoint: count(s.Point), TimeZone: s.Zone, UTCOffset: s.Offset,
					RoundTrip: time.Duration(s.Trip) * time.Millisecond, Flips: s.Flips}
				from, to := span(t, s.Hours, "8-18")
				for _, part := range strings.Split(s.Days, ",") {
					first, last := span(t, part, "")
					for day := first; day <= last; day++ {
						midnight := firstDay.AddDate(0, 0, day-1)
						stay.Day = midnight.Format(time.DateOnly)
						stay.First, stay.Last = midnight.Add(time.Duration(from)*time.Hour), midnight.Add(time.Duration(to)*time.Hour-time.Second)
						stay.Times = 6 * (to - from)
						fleet.Add(&stay)
					}
				}
			}
		}
	}
	return fleet, devices
}

func span(t testing.TB, text, usual string) (from, to int) {
	t.Helper()
	if text == "" {
		text = usual
	}
	a, b, two := strings.Cut(text, "-")
	from, err := strconv.Atoi(a)
	if to = from; err == nil && two {
		to, err = strconv.Atoi(b)
	}
	if err != nil || to < from {
		t.Fatalf("%q is no span", text)
	}
	return from, to
}

func known(t testing.TB) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// judged gives the rules that hold, by laptop.
func judged(t testing.TB, c *catalogue.Catalogue, fleet *Fleet, devices []device.Enrolled) map[string][]string {
	t.Helper()
	s := fleet.Survey()
	found := map[string][]string{}
	for _, d := range devices {
		v, ok := s.Judge(c, d)
		if !ok {
			t.Errorf("%s has no row", d.ID)
		}
		for _, claim := range v.Claims {
			found[d.ID] = append(found[d.ID], claim.Rule.ID)
			if claim.Since.After(v.Heard) {
				t.Errorf("%s: %s since %s, after it was heard last", d.ID, claim.Rule.ID, claim.Since)
			}
		}
	}
	return found
}

// TestFleets holds every fleet to what it expects, and every rule on the class to
// its fleets.
func TestFleets(t *testing.T) {
	c := known(t)
	paths, err := filepath.Glob(fleetFolder + "/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no fleets: %v", err)
	}
	fired := map[string][]string{}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			f := readFleet(t, path)
			fleet, devices := f.make(t)
			found := judged(t, c, fleet, devices)
			for _, d := range devices {
				got, want := found[d.ID], slices.Clone(f.Expect[d.ID])
				slices.Sort(want)
				fired["fleet/"+filepath.Base(path)] = append(fired["fleet/"+filepath.Base(path)], got...)
				if !slices.Equal(got, want) {
					v, _ := fleet.Survey().Judge(c, d)
					t.Errorf("%s: found %v, want %v\n%s", d.ID, got, want, written(v.Row.Columns))
				}
			}
			for name := range f.Expect {
				if !slices.ContainsFunc(devices, func(d device.Enrolled) bool { return d.ID == name }) {
					t.Errorf("%s is expected of and is no laptop of it", name)
				}
			}
		})
	}
	for _, r := range c.RulesFor(Class) {
		for _, name := range r.Machines {
			if !slices.Contains(fired[name], r.ID) {
				t.Errorf("%s does not fire on %s", r.ID, name)
			}
		}
		for _, name := range r.Lookalikes {
			if _, there := fired[name]; !there && !exists(name) || slices.Contains(fired[name], r.ID) {
				t.Errorf("%s fires on its look-alike %s, or there is no such fleet", r.ID, name)
			}
		}
	}
}

func exists(name string) bool {
	_, err := os.Stat(filepath.Join(fleetFolder, "..", name))
	return err == nil
}

func written(columns map[string]string) string {
	var lines []string
	for name, value := range columns {
		lines = append(lines, fmt.Sprintf("  %s: %s", name, value))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
