package site

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

const fleetFolder = "../../../proto/catalogue/machines/site"

// firstDay is day 1 of every fleet.
var firstDay = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

// A fleetFile is a fleet as people write it, with what its laptops share.
type fleetFile struct {
	About   string       `yaml:"about"`
	Days    int          `yaml:"days"`
	Beside  int          `yaml:"beside"` // further laptops of the company that share nothing
	Laptops []laptopFile `yaml:"laptops"`
	Holds   []struct {
		Laptop, Person, Household, Team, Days string
	} `yaml:"holds"`
	Property []struct{ Kind, Value, Place, Label string } `yaml:"property"`
	Groups   map[string]PlaceKind                         `yaml:"groups"`
	KVMs     []string                                     `yaml:"kvms"`     // serial numbers of devices built as KVMs
	Tenants  []string                                     `yaml:"tenants"`  // sanctioned
	Own      map[string]int                               `yaml:"own"`      // ways out of the company's own, with how many routers lead there
	Carriers []string                                     `yaml:"carriers"` // addresses that a carrier shares among homes
	Sites    [][]string                                   `yaml:"sites"`    // in any order; * for any
	Possible [][]string                                   `yaml:"possible"`
	Places   map[string]PlaceKind                         `yaml:"places"` // by router
	Rows     map[string]map[string]string                 `yaml:"rows"`   // columns, of some laptops
	Expect   map[string][]string                          `yaml:"expect"` // rules; * for any
}

type laptopFile struct {
	Name     string `yaml:"name"` // {n} counts
	Count    int    `yaml:"count"`
	Group    string `yaml:"group"`
	Enrolled int    `yaml:"enrolled"` // a day; long ago when absent
	Driven   int    `yaml:"driven"`   // the day since which somebody else can drive it
	Stays    []struct {
		Days, Gateway, Point, Address, Class string
		Network                              uint32
	} `yaml:"stays"`
	Traits []struct {
		Days, Kind, Value string
		Weak              bool
	} `yaml:"traits"`
	Sessions []struct{ Days, From, To string } `yaml:"sessions"`
}

func readFleet(t testing.TB, name string) fleetFile {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var f fleetFile
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if f.About == "" || f.Days < 1 || f.Days > Memory || len(f.Laptops) == 0 || f.Expect == nil {
		t.Fatalf("%s: a fleet needs about, days (1 to %d), laptops and expect", name, Memory)
	}
	return f
}

// A scene is a fleet as it is judged.
type scene struct {
	today  time.Time
	traits []device.Trait
	stays  []device.Stay
	ground Ground
	use    Use
}

func day(n int) time.Time { return firstDay.AddDate(0, 0, n-1) }

// scene makes what a fleet says.
func (f fleetFile) scene(t testing.TB) scene {
	t.Helper()
	s := scene{today: day(f.Days), ground: Ground{Own: f.Own, Groups: f.Groups, KVMs: map[string]bool{}, Tenants: map[string]bool{}, Carriers: map[string]bool{}}, use: Use{Driven: map[string]time.Time{}}}
	for _, l := range f.Laptops {
		for n := 1; n <= max(l.Count, 1); n++ {
			s.laptop(t, l, func(text string) string { return strings.ReplaceAll(text, "{n}", strconv.Itoa(n)) })
		}
	}
	for n := range f.Beside {
		id := fmt.Sprintf("beside-%d", n)
		s.ground.Devices = append(s.ground.Devices, device.Enrolled{ID: id, EnrolledAt: day(-200)})
	}
	for _, h := range f.Holds {
		from, to := span(t, h.Days, f.Days)
		s.ground.Holdings = append(s.ground.Holdings, device.Holding{DeviceID: h.Laptop, PersonID: h.Person, From: day(from), To: day(to + 1)})
		s.ground.Persons = append(s.ground.Persons, device.Person{ID: h.Person, Household: h.Household, Group: h.Team})
	}
	for _, p := range f.Property {
		s.ground.Property = append(s.ground.Property, Property{p.Kind, p.Value, PlaceKind(p.Place), p.Label})
	}
	for _, k := range f.KVMs {
		s.ground.KVMs[k] = true
	}
	for _, k := range f.Carriers {
		s.ground.Carriers[k] = true
	}
	for _, k := range f.Tenants {
		s.ground.Tenants[k] = true
	}
	return s
}

func (s *scene) laptop(t testing.TB, l laptopFile, count func(string) string) {
	t.Helper()
	d := device.Enrolled{ID: count(l.Name), Group: l.Group, EnrolledAt: day(-200)}
	if l.Enrolled > 0 {
		d.EnrolledAt = day(l.Enrolled).Add(9 * time.Hour)
	}
	s.ground.Devices = append(s.ground.Devices, d)
	if l.Driven > 0 {
		s.use.Driven[d.ID] = day(l.Driven).Add(12 * time.Hour)
		s.ground.Driven = s.use.Driven
	}
	for _, y := range l.Stays {
		for _, at := range daysOf(t, y.Days) {
			s.stays = append(s.stays, device.Stay{DeviceID: d.ID, Day: at.Format(time.DateOnly), Gateway: count(y.Gateway), AccessPoint: count(y.Point), Address: count(y.Address),
				Network: y.Network, NetworkClass: y.Class, First: at.Add(8 * time.Hour), Last: at.Add(18 * time.Hour)})
		}
	}
	for _, y := range l.Traits {
		for _, at := range daysOf(t, y.Days) {
			s.traits = append(s.traits, device.Trait{DeviceID: d.ID, Kind: y.Kind, Value: count(y.Value), Weak: y.Weak, Day: at.Format(time.DateOnly), First: at.Add(9 * time.Hour), Last: at.Add(17 * time.Hour)})
		}
	}
	for _, y := range l.Sessions {
		for _, at := range daysOf(t, y.Days) {
			s.use.Sessions = append(s.use.Sessions, Session{d.ID, at.Add(clock(t, count(y.From))), at.Add(clock(t, y.To))})
		}
	}
}

func clock(t testing.TB, text string) time.Duration {
	t.Helper()
	at, err := time.Parse("15:04:05", text)
	if err != nil {
		t.Fatal(err)
	}
	return at.Sub(at.Truncate(24 * time.Hour))
}

func daysOf(t testing.TB, text string) (list []time.Time) {
	t.Helper()
	for _, part := range strings.Split(text, ",") {
		from, to := span(t, part, 0)
		for n := from; n <= to; n++ {
			list = append(list, day(n))
		}
	}
	return list
}

func span(t testing.TB, text string, last int) (from, to int) {
	t.Helper()
	a, b, two := strings.Cut(strings.TrimSpace(text), "-")
	from, err := strconv.Atoi(a)
	if to = from; err == nil && two {
		if to = last; b != "" {
			to, err = strconv.Atoi(b)
		}
	}
	if err != nil || to < from {
		t.Fatalf("%q is no span", text)
	}
	return from, to
}

// fleet fills a fleet, in the order that chance gives where there is one.
func (s scene) fleet(chance *rand.Rand) *Fleet {
	f := NewFleet(s.today)
	var adds []func()
	for i := range s.stays {
		adds = append(adds, func() { f.Stay(&s.stays[i]) })
	}
	for _, one := range s.traits {
		adds = append(adds, func() { f.Add(one) })
	}
	if chance != nil {
		chance.Shuffle(len(adds), func(i, j int) { adds[i], adds[j] = adds[j], adds[i] })
	}
	for _, add := range adds {
		add()
	}
	return f
}

func (s scene) survey() *Survey { return s.fleet(nil).Survey(s.ground) }

func known(t testing.TB) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func unjudged(string, string) (time.Time, bool) { return time.Time{}, false }
