package catalogue_test

import (
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A deprecated rule is kept so that what it found can be read; it fires no
// more, and what an older agent still reports of it scores nothing.
func TestDeprecatedRulesAreSilent(t *testing.T) {
	row := finding.Observation{Class: "usb_devices", Columns: map[string]string{"vendor_id": "1d6b", "product_id": "0104"}}
	for _, status := range []string{"experimental", "test", "stable", "deprecated"} {
		c, err := catalogue.Load(with(t, ruleName, "status: stable", "status: "+status))
		if err != nil {
			t.Fatal(err)
		}
		r, known := c.Rule("kvm.default_identity")
		if !known {
			t.Fatalf("a rule that is %s is not known", status)
		}
		silent := status == "deprecated"
		byHand := &catalogue.Catalogue{Rules: c.Rules}
		if r.Matches(row) == silent || len(c.Matching(row)) == 0 != silent || len(c.RulesFor("usb_devices")) == 0 != silent || len(byHand.Matching(row)) == 0 != silent {
			t.Errorf("a rule that is %s: matches %v, found %d and %d, listed %d", status, r.Matches(row), len(c.Matching(row)), len(byHand.Matching(row)), len(c.RulesFor("usb_devices")))
		}
		a := c.Assess(catalogue.History{At: now, Spells: []catalogue.Spell{spell("kvm.default_identity", 1, 0)}})[0]
		if (a.Score == 0) != silent || len(a.Ledger) != 1 || strings.Contains(a.Ledger[0].Reason, "no longer used") != silent {
			t.Errorf("an old finding of a rule that is %s: %+v", status, a)
		}
	}
}
