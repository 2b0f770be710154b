package catalogue

import (
	"cmp"
	"slices"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// Assess judges one device at one moment: always both conclusions, each with
// the ledger that makes its level. It is pure: the same history in any order
// and the same catalogue give the same answer, byte for byte.
//
// Composites are tried from the most points to the fewest. One whose findings
// stronger ones have all used already adds nothing, and within one class of
// evidence only the strongest claim counts: only independent classes add up.
// Findings that no composite used count by their tier: a mechanism for remote
// control, since it says nothing of where the device stands; where it stands for a
// farm, since that says nothing of who drives it.
func (c *Catalogue) Assess(h History) []Assessment {
	v := c.view(h)
	var list []Assessment
	for _, conclusion := range []finding.Conclusion{finding.RemotelyControlled, finding.InFarm} {
		l := &ledger{view: v, scale: c.Scale, used: map[int]bool{}, spent: map[string]int{}, tiers: map[int]int{}}
		for _, composite := range c.byStrength(conclusion) {
			if composite.Subject != SubjectSite {
				l.addComposite(composite)
			}
		}
		l.addFindings(conclusion)
		list = append(list, l.assessment(conclusion))
	}
	return list
}

func (c *Catalogue) byStrength(conclusion finding.Conclusion) []*Composite {
	var list []*Composite
	for i := range c.Composites {
		if c.Composites[i].Conclusion == conclusion {
			list = append(list, &c.Composites[i])
		}
	}
	slices.SortStableFunc(list, func(a, b *Composite) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// Level gives the level of a score.
func (s Scale) Level(score int) finding.Level {
	switch {
	case score <= 0:
		return finding.LevelNone
	case score >= s.High:
		return finding.LevelHigh
	case score >= s.Medium:
		return finding.LevelMedium
	case score >= s.Watch:
		return finding.LevelWatch
	}
	return finding.LevelNone
}
