package catalogue_test

import (
	"testing"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// Where a laptop stands says nothing of who drives it, and a way out that hides the
// place nothing of where it is: each counts for its own conclusion, and none alarms.
func TestAPlaceCountsForAFarmOnly(t *testing.T) {
	c := embedded(t)
	for rule, want := range map[string][2]finding.Level{
		"location.shares_place":             {finding.LevelNone, finding.LevelWatch},
		"location.relocated_after_silence":  {finding.LevelNone, finding.LevelWatch},
		"location.round_trip_too_long":      {finding.LevelNone, finding.LevelNone},
		"network.egress_hosting_or_vpn":     {finding.LevelWatch, finding.LevelNone},
		"network.egress_flips":              {finding.LevelWatch, finding.LevelNone},
		"location.of_a_newer_catalogue_yet": {finding.LevelNone, finding.LevelNone},
	} {
		list := c.Assess(catalogue.History{Spells: []catalogue.Spell{{Finding: finding.Finding{UID: "u", Rule: rule}}}})
		if got := [2]finding.Level{list[0].Level, list[1].Level}; got != want {
			t.Errorf("%s gives %v, want %v", rule, got, want)
		}
	}
	var spells []catalogue.Spell
	for _, r := range c.RulesFor("egress") {
		if r.ID == "location.relocated_after_silence" || r.ID == "location.hidden_after_silence" {
			continue // with what does not fit the new place it alarms, see TestRelocated
		}
		spells = append(spells, catalogue.Spell{Finding: finding.Finding{UID: r.ID, Rule: r.ID}})
	}
	for _, a := range c.Assess(catalogue.History{Spells: spells}) {
		if a.Level.Rank() > finding.LevelWatch.Rank() {
			t.Errorf("all that is found of places and ways out together gives %s %s", a.Conclusion, a.Level)
		}
	}
}
