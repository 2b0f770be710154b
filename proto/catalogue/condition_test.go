package catalogue_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// What a composite may ask of time and sanctions, one condition at a time.
func TestConditions(t *testing.T) {
	yes, no := true, false
	over := func(s catalogue.Spell) catalogue.Spell { s.Lapsed = true; return s }
	waits := func(s catalogue.Spell) catalogue.Spell { s.Unticketed = true; return s }
	foreign := func(s catalogue.Spell) catalogue.Spell { s.ForeignTenant = true; return s }
	tests := map[string]struct {
		ask  catalogue.FindingCondition
		seen catalogue.Spell
		want bool
	}{
		"ended within":            {catalogue.FindingCondition{Within: 7 * 24 * time.Hour}, spell("kvm.x", 200, 100), true},
		"ended before":            {catalogue.FindingCondition{Within: 7 * 24 * time.Hour}, spell("kvm.x", 300, 200), false},
		"open for long":           {catalogue.FindingCondition{Within: time.Hour}, spell("kvm.x", 300, 0), true},
		"lapsed":                  {catalogue.FindingCondition{Lapsed: &yes}, over(spell("kvm.x", 1, 0)), true},
		"lapsed wanted, none":     {catalogue.FindingCondition{Lapsed: &yes}, spell("kvm.x", 1, 0), false},
		"no lapsed wanted":        {catalogue.FindingCondition{Lapsed: &no}, over(spell("kvm.x", 1, 0)), false},
		"but for a ticket":        {catalogue.FindingCondition{Unticketed: &yes}, waits(spell("kvm.x", 1, 0)), true},
		"no ticket asked":         {catalogue.FindingCondition{Unticketed: &yes}, spell("kvm.x", 1, 0), false},
		"waits and is not denied": {catalogue.FindingCondition{Sanctioned: &no}, waits(spell("kvm.x", 1, 0)), false},
		"foreign tenant":          {catalogue.FindingCondition{ForeignTenant: &yes}, foreign(spell("kvm.x", 1, 0)), true},
		"own or unknown tenant":   {catalogue.FindingCondition{ForeignTenant: &yes}, spell("kvm.x", 1, 0), false},
		"no foreign tenant asked": {catalogue.FindingCondition{ForeignTenant: &no}, foreign(spell("kvm.x", 1, 0)), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.ask.Rule = []string{"kvm.x"}
			c := &catalogue.Catalogue{
				Rules: []catalogue.Rule{{ID: "kvm.x", Title: "X", Tier: 4, Group: "kvm"}},
				Scale: catalogue.Scale{Watch: 20, Medium: 50, High: 80, Top: 100},
				Composites: []catalogue.Composite{{
					ID: "c.x", Title: "C", Conclusion: finding.RemotelyControlled, Group: "kvm", Points: 50, When: catalogue.Condition{Finding: &test.ask},
				}},
			}
			got := c.Assess(catalogue.History{At: now, Spells: []catalogue.Spell{test.seen}})[0].Score == 50
			if got != test.want {
				t.Errorf("holds: %v, want %v", got, test.want)
			}
		})
	}
}

// Two histories that differ only in what sanctions said must not depend on their order.
func TestSanctionsKeepOrderOut(t *testing.T) {
	a, b := spell("kvm.default_identity", 2, 0), spell("kvm.default_identity", 2, 0)
	a.Lapsed, b.ForeignTenant = true, true
	c := embedded(t)
	forth := c.Assess(catalogue.History{At: now, Spells: []catalogue.Spell{a, b}})
	back := c.Assess(catalogue.History{At: now, Spells: []catalogue.Spell{b, a}})
	if !slices.EqualFunc(forth, back, func(x, y catalogue.Assessment) bool { return slices.Equal(x.Ledger, y.Ledger) }) {
		t.Errorf("forth %+v\nback %+v", forth, back)
	}
}

func TestConditionWords(t *testing.T) {
	for words, want := range map[string]string{
		"within: 7 days":        `is not a length of time`,
		"lapsed: perhaps":       `lapsed is "perhaps", want true or false`,
		"foreign_tenant: maybe": `foreign_tenant is "maybe", want true or false`,
	} {
		_, err := catalogue.Load(with(t, compositeName, "active: true", words))
		if err == nil || !strings.Contains(err.Error(), compositeName+":8: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", words, err)
		}
	}
	c, err := catalogue.Load(with(t, compositeName, "active: true", "within: 7d, lapsed: true, foreign_tenant: false"))
	if err != nil {
		t.Fatal(err)
	}
	f := c.Composites[0].When.Any[0].Finding
	if f.Within != 7*24*time.Hour || f.Lapsed == nil || !*f.Lapsed || f.ForeignTenant == nil || *f.ForeignTenant {
		t.Errorf("read as %+v", f)
	}
}
