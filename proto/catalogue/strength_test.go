package catalogue_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// alone assesses a laptop that has been in service for a year.
func alone(c *catalogue.Catalogue, spells ...catalogue.Spell) []catalogue.Assessment {
	return c.Assess(catalogue.History{At: now, EnrolledAt: enrolled.AddDate(-1, 0, 0), Spells: spells})
}

// kinds are rules of all kinds, and of the tools some that differ in what they are.
func kinds(c *catalogue.Catalogue) []*catalogue.Rule {
	tools := []string{"anydesk", "teamviewer", "ngrok", "quick-assist", "tailscale", "astrill", "chrome-remote-desktop", "meshagent", "x11vnc", "barrier", "caffeine"}
	return slices.DeleteFunc(c.EveryRule(), func(r *catalogue.Rule) bool { return r.Tool != "" && !slices.Contains(tools, r.Tool) })
}

// A further finding takes no level away, whatever composite gathers it: who types by a
// program hides no desktop that is relayed. What explains others is the exception.
func TestNothingFoundHidesWhatIsStronger(t *testing.T) {
	c := embedded(t)
	rules := slices.DeleteFunc(kinds(c), func(r *catalogue.Rule) bool { return slices.Contains(r.Labels, "explains") })
	levels := make([][]catalogue.Assessment, len(rules))
	for i, r := range rules {
		levels[i] = alone(c, spell(r.ID, 300, 0))
	}
	for i, a := range rules {
		for j, b := range rules[:i] {
			for k, both := range alone(c, spell(a.ID, 300, 0), spell(b.ID, 300, 0)) {
				if both.Level.Rank() < max(levels[i][k].Level.Rank(), levels[j][k].Level.Rank()) {
					t.Errorf("%s at %s and %s at %s: together %s by %+v", a.ID, levels[i][k].Level, b.ID, levels[j][k].Level, both.Level, both.Ledger)
				}
			}
		}
	}
	if len(rules) < 150 {
		t.Errorf("only %d rules were tried", len(rules))
	}
}

// Whatever comes together: the lines of a ledger add up to its score, no order of spells
// shows, and without its hints (ADR 0039) a laptop at medium or high is there as well.
func TestRandomLedgers(t *testing.T) {
	c := embedded(t)
	rules, chance, alarms := kinds(c), rand.New(rand.NewPCG(39, 1)), 0
	for range 20000 {
		var spells []catalogue.Spell
		for range 1 + chance.IntN(12) {
			s := spell(rules[chance.IntN(len(rules))].ID, 1+float64(chance.IntN(500)), float64(chance.IntN(2)))
			s.Sanctioned, s.Lapsed, s.ForeignTenant, s.Unticketed = chance.IntN(6) == 0, chance.IntN(9) == 0, chance.IntN(9) == 0, chance.IntN(9) == 0
			spells = append(spells, s)
		}
		list := alone(c, spells...)
		slices.Reverse(spells)
		for i, again := range alone(c, spells...) {
			a := list[i]
			sum, strong := 0, 0
			for _, e := range a.Ledger {
				sum += e.Points
				if e.Points > 0 && !hint(c, e.Rule) {
					strong += e.Points
				}
			}
			if sum != a.Score || !slices.Equal(a.Ledger, again.Ledger) {
				t.Fatalf("%d points add up to %d, or the order shows: %+v", a.Score, sum, a.Ledger)
			}
			if a.Level.Rank() < finding.LevelMedium.Rank() {
				continue
			}
			if alarms++; c.Scale.Level(strong) != a.Level {
				t.Fatalf("hints lift %d points to %s: %+v", strong, a.Level, a.Ledger)
			}
		}
	}
	if alarms < 1000 {
		t.Errorf("only %d alarms among 20,000 laptops", alarms)
	}
}

// hint says whether a line of a ledger is one.
func hint(c *catalogue.Catalogue, id string) bool {
	r, known := c.Rule(id)
	return known && r.Tier >= 3 || slices.ContainsFunc(c.Composites, func(x catalogue.Composite) bool { return x.ID == id && x.Points <= c.Scale.Watch })
}
