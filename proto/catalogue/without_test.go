package catalogue_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// What is left out finds nothing, all else finds what it found, and the whole stays whole.
func TestWithout(t *testing.T) {
	whole, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	row := finding.Observation{Class: "egress", Columns: map[string]string{"listed": "exits", "masked_days": "9"}}
	ids := func(c *catalogue.Catalogue) (all []string) {
		for _, r := range c.Matching(row) {
			all = append(all, r.ID)
		}
		return all
	}
	before := ids(whole)
	less := whole.Without(func(r *catalogue.Rule) bool { return r.ID == "network.egress_listed" })
	if diff := cmp.Diff([]string{"network.egress_hosting_or_vpn"}, ids(less)); diff != "" {
		t.Errorf("without one rule:\n%s", diff)
	}
	if less.Revision == whole.Revision {
		t.Error("it bears the same revision")
	}
	if diff := cmp.Diff(before, ids(whole)); diff != "" || len(before) != 2 {
		t.Errorf("the whole found %v before:\n%s", before, diff)
	}
	if whole.Without(func(*catalogue.Rule) bool { return false }) != whole {
		t.Error("without nothing it is not itself")
	}
	empty := finding.LevelNone
	for _, a := range less.Assess(catalogue.History{}) {
		if a.Level != empty {
			t.Errorf("of nothing it concludes %+v", a)
		}
	}
}
