package catalogue_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// Of each composite there is a laptop or site of which it holds: none asks for what
// cannot come together.
func TestEveryCompositeCanHold(t *testing.T) {
	c := embedded(t)
	chance := rand.New(rand.NewPCG(44, 1))
	for i := range c.Composites {
		x := &c.Composites[i]
		held := false
		for try := 0; try < 3000 && !held; try++ {
			held = comesTogether(c, x, chance)
		}
		if !held {
			t.Errorf("%s holds of none of 3,000 histories of what it asks for", x.ID)
		}
	}
}

// comesTogether tries a composite on some of what it asks for.
func comesTogether(c *catalogue.Catalogue, x *catalogue.Composite, chance *rand.Rand) bool {
	h := catalogue.History{At: now, EnrolledAt: now.AddDate(0, 0, -11-7*chance.IntN(2))} // what is found soon after it was handed out, or a week later
	laptops := 1
	if x.Subject == catalogue.SubjectSite {
		laptops, h.EnrolledAt = 3, time.Time{}
	}
	asks(c, &x.When, chance, func(id string, f *catalogue.FindingCondition) {
		for n := range laptops {
			s := spell(id, 10*24+chance.Float64(), 0, fmt.Sprint(n))
			s.Lapsed, s.ForeignTenant, s.Unticketed = f.Lapsed != nil && *f.Lapsed, f.ForeignTenant != nil && *f.ForeignTenant, f.Unticketed != nil && *f.Unticketed
			if x.Subject == catalogue.SubjectSite {
				s = at(s, fmt.Sprint("d", n), fmt.Sprint("p", n))
			}
			h.Spells = append(h.Spells, s)
		}
	})
	of := []catalogue.Assessment{c.AssessSite(h)}
	if x.Subject != catalogue.SubjectSite {
		of = c.Assess(h)
	}
	return slices.ContainsFunc(of, func(a catalogue.Assessment) bool {
		return a.Conclusion == x.Conclusion && slices.ContainsFunc(a.Ledger, func(e catalogue.LedgerEntry) bool { return e.Rule == x.ID })
	})
}

// asks gives rules by which the parts of a condition can hold that must, of each choice one.
func asks(c *catalogue.Catalogue, when *catalogue.Condition, chance *rand.Rand, give func(string, *catalogue.FindingCondition)) {
	for i := range when.All {
		asks(c, &when.All[i], chance, give)
	}
	if n := len(when.Any); n > 0 {
		asks(c, &when.Any[chance.IntN(n)], chance, give)
	}
	if f := when.Finding; f != nil {
		fits := slices.DeleteFunc(c.EveryRule(), func(r *catalogue.Rule) bool { return !asked(f, r) })
		for range max(1, f.Distinct) {
			if len(fits) > 0 {
				give(fits[chance.IntN(len(fits))].ID, f)
			}
		}
	}
	named := slices.DeleteFunc(slices.Clone(c.Composites), func(x catalogue.Composite) bool {
		return !slices.ContainsFunc(when.Composite, func(p string) bool { return p == "mechanism" && x.Mechanism || like(p, x.ID) })
	})
	if len(named) > 0 {
		asks(c, &named[chance.IntN(len(named))].When, chance, give)
	}
}

// asked says whether a condition asks for a rule that findings can be of.
func asked(f *catalogue.FindingCondition, r *catalogue.Rule) bool {
	has := func(l string) bool { return slices.Contains(r.Labels, l) }
	return r.Status != "deprecated" &&
		(len(f.Rule) == 0 || slices.ContainsFunc(f.Rule, func(p string) bool { return like(p, r.ID) })) &&
		(len(f.State) == 0 || slices.Contains(f.State, r.State)) && (f.Group == "" || f.Group == r.Group) &&
		(f.Label == "" || has(f.Label)) && (len(f.AnyLabel) == 0 || slices.ContainsFunc(f.AnyLabel, has))
}

func like(pattern, id string) bool {
	start, rest := strings.CutSuffix(pattern, "*")
	return pattern == id || rest && strings.HasPrefix(id, start)
}
