// Package population makes a fleet as companies have them – thousands of laptops,
// each with a life of its own – hides laptop farms in it, lets the collector live
// through its days, and counts what the collector said of whom: the proof of the
// budget of false positives (docs/reference/budget.md).
//
// Nothing here is judged. What a laptop has plugged in and runs are rows, mostly as
// agents gave them of recorded machines (kits/*.yaml); the catalogue's matcher finds
// in them what it finds on laptops; the findings go through the real store, and the
// real runners judge it. The lives come from rates (rates.go), each with its source.
// They are not tuned to rules: where an ordinary life is taken for more than it is,
// that is a defect of a rule, or it is said why it is none.
package population

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// Options say which fleet is made and for how long it lives.
type Options struct {
	Seed    uint64
	Laptops int  // ordinary ones, at least 200
	Days    int  // at most 90
	Looks   int  // how often a day the runners look; 0 is twice. They judge by event time, so that this decides when something is said and not what
	Roster  bool // people, travel, leave, tickets and shipping are imported, as the company's systems have them
}

// firstDay is a Monday in a month without a change of clocks.
var firstDay = time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC)

// A Fleet is every laptop with its life, before anything happened.
type Fleet struct {
	Options
	catalogue *catalogue.Catalogue
	random    *rand.Rand
	kits      map[string]kit
	units     map[[2]string][]finding.Observation // by kit and unit
	laptops   []*laptop
	people    []*person
	company   company
	venues    map[string]*place
	tickets   []ticket // as lives ask for help
	homes     int      // made so far
	mistake   error    // of this package, met while the fleet was made
}

// New makes the fleet of a seed: the same options give the same fleet, byte for byte.
func New(o Options, c *catalogue.Catalogue) (*Fleet, error) {
	kits, err := readKits()
	if err != nil {
		return nil, fmt.Errorf("read the rows that laptops have: %w", err)
	}
	f := &Fleet{Options: o, catalogue: c, random: drawn(o.Seed, 1), kits: kits, units: map[[2]string][]finding.Observation{}, venues: map[string]*place{}}
	f.found()
	for _, n := range f.census() {
		for settled := 0; settled < n.laptops; {
			settled += n.life.settle(f, n.life.Name)
		}
	}
	f.hide()
	return f, f.mistake
}

// drawn is chance that a seed decides, anew for each stream.
func drawn(seed, stream uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, stream)) //nolint:gosec // nothing here is a secret, and the same seed has to give the same fleet
}

// chance draws with a probability.
func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }

// pick draws one of a list.
func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

// hours is a length of time in hours.
func hours(h float64) time.Duration { return time.Duration(h * float64(time.Hour)) }
