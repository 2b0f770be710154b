package population

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// The budget (docs/reference/budget.md).
const (
	MediumPerThousandWeeks = 1.0 // alerts at medium, by laptops and weeks
	FoundByDay             = 10
	FoundAtLeast           = 23 // of Farmed
)

var conclusions = []finding.Conclusion{finding.RemotelyControlled, finding.InFarm}

// An Outcome is what the collector made of a fleet.
type Outcome struct {
	Options  Options
	Lives    []Tally
	Farms    []FarmTally
	Mediums  []Mistaken // alerts on ordinary laptops, or on sites that hold none of a farm
	Highs    []Mistaken
	Budget   int        // mediums that may be
	ByDesign []Mistaken // alerts that say of a laptop what is so, and of a life whose mechanism is there
	Spent    map[string]time.Duration
	Counts   Counts
}

// A Tally is how many laptops of a life came to which level at most.
type Tally struct {
	Life      string
	Mechanism bool
	Laptops   int
	Levels    map[finding.Conclusion]map[finding.Level]int
}

// A FarmTally is how the laptops of one farm came out.
type FarmTally struct {
	Name    string
	Laptops []FarmLaptop
	Site    SiteTally
}

// A FarmLaptop is one laptop of a farm.
type FarmLaptop struct {
	ID      string
	Joined  int
	Found   map[finding.Conclusion]int // the day on which it first was at medium or higher; 0 never
	Level   map[finding.Conclusion]finding.Level
	Why     map[finding.Conclusion]string
	Through string // the site's alert that tells of it, where its own conclusions do not
}

// A SiteTally is the site that the collector joined the laptops of a farm to.
type SiteTally struct {
	Names     []string // of sites that hold laptops of the farm; one if it is right
	Missing   []string // laptops of the farm that are in none
	Strangers []string // laptops in them that are not of the farm
	Day       int      // on which a site's alert first came; 0 never
	Level     finding.Level
	Why       string
}

// A Mistaken alert is one about ordinary life.
type Mistaken struct {
	Day        int
	Life       string
	Device     string
	Site       bool
	Conclusion finding.Conclusion
	Level      finding.Level
	Why        string
}

// Outcome counts what was said.
func (r *Replay) Outcome(ctx context.Context) (Outcome, error) {
	f := r.fleet
	o := Outcome{Options: f.Options, Spent: r.Spent, Counts: r.Counts, Budget: int(math.Ceil(MediumPerThousandWeeks * float64(f.Laptops) / 1000 * float64(f.Days) / 7))}
	o.Lives = r.tallies()
	sites, err := r.sites(ctx)
	if err != nil {
		return o, err
	}
	for _, name := range []string{shelfSite, houseSite, flatSite} {
		o.Farms = append(o.Farms, r.farm(name, sites))
	}
	mechanism := map[string]bool{}
	for _, l := range Lives() {
		mechanism[l.Name] = l.Mechanism
	}
	for _, id := range r.seen.order {
		a := r.seen.opened[id]
		l := r.seen.laptops[a.DeviceID]
		if l.site != "" || a.SiteID != "" && sites.farmed(a.SiteID, r.seen.laptops) {
			continue
		}
		o.count(Mistaken{dayOf(a.first), l.life, l.id, a.SiteID != "", a.Conclusion, a.top, a.why}, mechanism[l.life])
	}
	for _, m := range r.seen.quiet() {
		o.count(m, mechanism[m.Life])
	}
	return o, nil
}

// count puts what was said of an ordinary laptop where it belongs.
func (o *Outcome) count(m Mistaken, mechanism bool) {
	switch {
	case mechanism && m.Conclusion == finding.RemotelyControlled && !m.Site:
		o.ByDesign = append(o.ByDesign, m)
	case m.Level == finding.LevelHigh:
		o.Highs = append(o.Highs, m)
	default:
		o.Mediums = append(o.Mediums, m)
	}
}

func (r *Replay) tallies() []Tally {
	var list []Tally
	for _, life := range Lives() {
		t := Tally{Life: life.Name, Mechanism: life.Mechanism, Levels: map[finding.Conclusion]map[finding.Level]int{}}
		for _, c := range conclusions {
			t.Levels[c] = map[finding.Level]int{}
		}
		for _, l := range r.fleet.laptops {
			if l.life != life.Name {
				continue
			}
			t.Laptops++
			for _, c := range conclusions {
				t.Levels[c][r.seen.of(l.id, c).level]++
			}
		}
		list = append(list, t)
	}
	return list
}

func (r *Replay) farm(name string, sites siteSets) FarmTally {
	t := FarmTally{Name: name}
	for _, l := range r.fleet.laptops {
		if l.site != name {
			continue
		}
		one := FarmLaptop{ID: l.id, Joined: l.turns[0].day, Found: map[finding.Conclusion]int{}, Level: map[finding.Conclusion]finding.Level{}, Why: map[finding.Conclusion]string{}}
		for _, c := range conclusions {
			got := r.seen.of(l.id, c)
			one.Found[c], one.Level[c], one.Why[c] = got.days[finding.LevelMedium], got.level, got.why
		}
		t.Laptops = append(t.Laptops, one)
	}
	t.Site = sites.tally(name, r.fleet, r.seen)
	return t
}

// FoundBy counts the laptops of all farms that were at medium or higher by a day, for
// each conclusion and for either. A laptop of a site that was said to be a farm by then
// is found as well.
func (o Outcome) FoundBy(day int) (by map[finding.Conclusion]int, either int) {
	by = map[finding.Conclusion]int{}
	for _, farm := range o.Farms {
		ofSite := farm.Site.Day > 0 && farm.Site.Day <= day
		for _, l := range farm.Laptops {
			found := false
			for _, c := range conclusions {
				at := l.Found[c]
				is := at > 0 && at <= day || c == finding.InFarm && ofSite && !slices.Contains(farm.Site.Missing, l.ID)
				if is {
					by[c]++
				}
				found = found || is
			}
			if found {
				either++
			}
		}
	}
	return by, either
}

// Misses says in sentences where the outcome misses the budget; none is what is wanted.
func (o Outcome) Misses() []string {
	var list []string
	if n := len(o.Highs); n > 0 {
		list = append(list, fmt.Sprintf("%d alerts at high among the ordinary, none may be", n))
	}
	if n := len(o.Mediums); n > o.Budget {
		list = append(list, fmt.Sprintf("%d alerts at medium among the ordinary, at most %d may be", n, o.Budget))
	}
	if _, n := o.FoundBy(FoundByDay); n < FoundAtLeast {
		list = append(list, fmt.Sprintf("%d of %d laptops of farms found by day %d, want %d", n, Farmed, FoundByDay, FoundAtLeast))
	}
	for _, farm := range o.Farms {
		s := farm.Site
		if len(s.Names) != 1 || len(s.Missing) > 0 || len(s.Strangers) > 0 {
			list = append(list, fmt.Sprintf("the %s is %d sites (%s), without %d of its laptops and with %d others: %s", farm.Name, len(s.Names), strings.Join(s.Names, ", "), len(s.Missing), len(s.Strangers), strings.Join(append(s.Missing, s.Strangers...), " ")))
		}
		if s.Day == 0 || s.Day > FoundByDay {
			list = append(list, fmt.Sprintf("the %s was not told of as a site by day %d (day %d)", farm.Name, FoundByDay, s.Day))
		}
	}
	return list
}
