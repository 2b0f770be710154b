package site

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// everyFleet gives all fleets of the class as scenes, by name.
func everyFleet(t testing.TB) map[string]scene {
	t.Helper()
	paths, err := filepath.Glob(fleetFolder + "/*.yaml")
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d fleets: %v", len(paths), err)
	}
	by := map[string]scene{}
	for _, path := range paths {
		if f := readFleet(t, path); filepath.Base(path) != "msp.yaml" && filepath.Base(path) != "farm-behind-office-number.yaml" { // hundreds of one kind
			by[filepath.Base(path)] = f.scene(t)
		}
	}
	return by
}

// A picture is all that a survey says.
type picture struct {
	Sites    []Site
	Members  map[string][]Member
	Links    []Link
	Verdicts map[string]map[string]string
	Claims   map[string]time.Time
}

func (s scene) picture(t testing.TB, f *Fleet) picture {
	t.Helper()
	survey := f.Survey(s.ground)
	p := picture{Sites: survey.Sites(), Members: map[string][]Member{}, Links: survey.Links(), Verdicts: map[string]map[string]string{}, Claims: map[string]time.Time{}}
	for _, one := range p.Sites {
		p.Members[one.ID] = survey.Members(one.ID)
	}
	for _, v := range survey.Judge(known(t), s.use, unjudged) {
		p.Verdicts[v.DeviceID] = v.Row.Columns
		for _, c := range v.Claims {
			p.Claims[v.DeviceID+" "+c.Rule.ID] = c.Since
		}
	}
	return p
}

// TestOrderDoesNotMatter: traits and stays in any order, and some of them twice, say the same.
func TestOrderDoesNotMatter(t *testing.T) {
	for name, s := range everyFleet(t) {
		want := s.picture(t, s.fleet(nil))
		for seed := range uint64(8) {
			chance := rand.New(rand.NewPCG(seed, 7))
			f := s.fleet(chance)
			for range 20 {
				f.Stay(&s.stays[chance.IntN(len(s.stays))])
				if len(s.traits) > 0 {
					f.Add(s.traits[chance.IntN(len(s.traits))])
				}
			}
			shuffled := s
			shuffled.ground.Holdings = slices.Clone(s.ground.Holdings)
			chance.Shuffle(len(shuffled.ground.Holdings), func(i, j int) {
				shuffled.ground.Holdings[i], shuffled.ground.Holdings[j] = shuffled.ground.Holdings[j], shuffled.ground.Holdings[i]
			})
			shuffled.use.Sessions = slices.Clone(s.use.Sessions)
			chance.Shuffle(len(shuffled.use.Sessions), func(i, j int) {
				shuffled.use.Sessions[i], shuffled.use.Sessions[j] = shuffled.use.Sessions[j], shuffled.use.Sessions[i]
			})
			if got := shuffled.picture(t, f); !reflect.DeepEqual(got, want) {
				t.Errorf("%s, seed %d: in another order it is\n%+v\nand was\n%+v", name, seed, got, want)
			}
		}
	}
}

// TestStrangersChangeNothing: a laptop that shares nothing with anybody changes nothing of others.
func TestStrangersChangeNothing(t *testing.T) {
	for name, s := range everyFleet(t) {
		want := s.picture(t, s.fleet(nil))
		more := s
		more.stays, more.traits, more.ground.Devices = slices.Clone(s.stays), slices.Clone(s.traits), slices.Clone(s.ground.Devices)
		for n := range 5 {
			id := fmt.Sprintf("stranger-%d", n)
			more.ground.Devices = append(more.ground.Devices, device.Enrolled{ID: id, EnrolledAt: day(-100)})
			for d := 1; d <= 10; d++ {
				more.stays = append(more.stays, device.Stay{DeviceID: id, Gateway: id, Address: id, Network: 64500, NetworkClass: device.NetworkResidential, First: day(d), Last: day(d)})
				more.traits = append(more.traits, device.Trait{DeviceID: id, Kind: device.TraitUSB, Value: id, First: day(d), Last: day(d)})
			}
		}
		if got := more.picture(t, more.fleet(nil)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: beside strangers it is\n%+v\nand was\n%+v", name, got, want)
		}
	}
}

// TestDaysTakeNoLink: laptops that go on as they did stay linked as they were.
func TestDaysTakeNoLink(t *testing.T) {
	for name, s := range everyFleet(t) {
		certain := func(s scene) map[string]bool {
			by := map[string]bool{}
			for _, l := range s.survey().Links() {
				if l.Certain {
					by[l.From+" "+l.To+" "+l.Kind] = true
				}
			}
			return by
		}
		before := certain(s)
		last := s.today.Format(time.DateOnly)
		for n := 1; n <= 5; n++ {
			more := s
			more.today, more.stays, more.traits = s.today.AddDate(0, 0, n), slices.Clone(s.stays), slices.Clone(s.traits)
			for _, y := range s.stays {
				if y.Day == last {
					for i := 1; i <= n; i++ {
						y.First, y.Last = y.First.AddDate(0, 0, 1), y.Last.AddDate(0, 0, 1)
						more.stays = append(more.stays, y)
					}
				}
			}
			more.ground.Holdings = slices.Clone(s.ground.Holdings)
			for i := range more.ground.Holdings {
				if h := &more.ground.Holdings[i]; h.To.After(s.today) {
					h.To = time.Time{}
				}
			}
			after := certain(more)
			for link := range before {
				if !after[link] {
					t.Errorf("%s: after %d more days %s is lost", name, n, link)
				}
			}
		}
	}
}

// TestSitesStayTheSame: a site keeps its name while laptops come, days pass, and another joins it.
func TestSitesStayTheSame(t *testing.T) {
	s := scene{today: day(10), ground: Ground{}, use: Use{}}
	stand := func(id, gateway string, from, to int) {
		if !slices.ContainsFunc(s.ground.Devices, func(d device.Enrolled) bool { return d.ID == id }) {
			s.ground.Devices = append(s.ground.Devices, device.Enrolled{ID: id, EnrolledAt: day(-100)})
		}
		for n := from; n <= to; n++ {
			s.stays = append(s.stays, device.Stay{DeviceID: id, Gateway: gateway, Address: gateway, Network: 7922, NetworkClass: device.NetworkResidential,
				First: day(n).Add(time.Hour), Last: day(n).Add(2 * time.Hour)})
		}
	}
	stand("c", "older", 1, 10)
	stand("d", "older", 1, 10)
	stand("a", "younger", 4, 10)
	stand("b", "younger", 4, 10)
	first := s.survey().Sites()
	if len(first) != 2 {
		t.Fatalf("there are %d sites", len(first))
	}
	older := first[0]
	if first[1].Since.Before(older.Since) {
		older = first[1]
	}
	for until := 20; until <= 60; until += 10 { // the days of the beginning are forgotten, and so is the first router
		s.ground.Kept = s.survey().Sites()
		s.today = day(until)
		stand("c", "moved", until-9, until)
		stand("d", "moved", until-9, until)
		stand("a", "moved", until-9, until)
		stand("b", "moved", until-9, until)
	}
	now := s.survey().Sites()
	if len(now) != 1 || now[0].ID != older.ID || !now[0].Since.Equal(older.Since) || now[0].Devices != 4 {
		t.Errorf("the site is %+v, and the older one was %+v", now, older)
	}
}

// TestHandOver: whose a laptop was decides what links it, day by day.
func TestHandOver(t *testing.T) {
	s := readFleet(t, fleetFolder+"/handed-over.yaml").scene(t)
	if sites := s.survey().Sites(); len(sites) != 0 {
		t.Fatalf("with an import there are %+v", sites)
	}
	s.ground.Holdings = nil
	sites := s.survey().Sites()
	if len(sites) != 1 || sites[0].Devices != 2 {
		t.Errorf("without one there are %+v", sites)
	}
	for _, l := range s.survey().Links() {
		if l.From >= l.To {
			t.Errorf("%+v links a laptop with itself, or in the wrong order", l)
		}
	}
}
