package catalogue

import (
	"cmp"
	"maps"
	"slices"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// groupOfPlace is the class of evidence of where a device stands.
const groupOfPlace = "location"

// ofPlace says whether a rule tells where a laptop stands, beside what, and for whom it
// was meant, and not who drives it.
func (r *Rule) ofPlace() bool {
	return r.Group == groupOfPlace || r.Group == "context" || slices.Contains(r.Labels, "place")
}

// explains says whether a rule tells what makes other findings harmless.
func (r *Rule) explains() bool { return slices.Contains(r.Labels, "explains") }

// addTier adds what is there now of a strong tier before the composites of fewer points:
// one that only gathers what says more by itself must not hide it, nor may a hint count
// before what it hints at. What only waits for its ticket is left to the composites.
func (l *ledger) addTier(conclusion finding.Conclusion, tier int) {
	open := map[string][]int{}
	for i := range l.view.spells {
		s := &l.view.spells[i]
		r := s.rule
		if s.open && !s.sanctioned && !s.unticketed && !l.used.has(i) && r != nil && r.Tier == tier && r.ofPlace() == (conclusion == finding.InFarm) && !r.deprecated() && !r.explains() {
			open[s.Finding.Rule] = append(open[s.Finding.Rule], i)
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(open), l.byTier(open)) {
		l.addFinding(open[id])
		for _, i := range open[id] {
			l.used.add(i)
		}
	}
}

// addFindings adds what is there now, is about the conclusion and did not count yet,
// one line per rule.
func (l *ledger) addFindings(conclusion finding.Conclusion) {
	open, sanctioned := map[string][]int{}, map[string][]int{}
	for i := range l.view.spells {
		s := &l.view.spells[i]
		place := s.rule != nil && s.rule.ofPlace()
		switch {
		case !s.open || l.used.has(i) || place != (conclusion == finding.InFarm):
		case s.sanctioned:
			sanctioned[s.Finding.Rule] = append(sanctioned[s.Finding.Rule], i)
		default:
			open[s.Finding.Rule] = append(open[s.Finding.Rule], i)
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(open), l.byTier(open)) {
		l.addFinding(open[id])
	}
	for _, id := range slices.Sorted(maps.Keys(sanctioned)) {
		entry := l.lineOf(sanctioned[id])
		entry.Reason = "Sanctioned, so it adds nothing: " + entry.Reason
		l.entries = append(l.entries, entry)
	}
}

// byTier puts the strongest first, so that caps cut the weakest: by tier, then
// by what the rule says of its severity and confidence.
func (l *ledger) byTier(spells map[string][]int) func(a, b string) int {
	none := &Rule{Tier: 5}
	rule := func(id string) *Rule { return cmp.Or(l.view.spells[spells[id][0]].rule, none) }
	return func(a, b string) int {
		x, y := rule(a), rule(b)
		return cmp.Or(
			cmp.Compare(x.Tier, y.Tier),
			cmp.Compare(y.Severity.Rank(), x.Severity.Rank()),
			cmp.Compare(y.Confidence.Rank(), x.Confidence.Rank()),
			cmp.Compare(a, b),
		)
	}
}

// addFinding gives a finding the points of its tier. Findings of one group tell
// the same thing, so together they count as the strongest of them; supporting
// evidence and context have a cap, or many weak hints would make a strong claim.
func (l *ledger) addFinding(spells []int) {
	entry := l.lineOf(spells)
	rule := l.view.spells[spells[0]].rule
	if rule == nil {
		entry.Reason += lessened(0, "this catalogue does not know the rule")
		l.entries = append(l.entries, entry)
		return
	}
	if rule.deprecated() || rule.explains() {
		why := "the rule is no longer used"
		if rule.explains() {
			why = "it explains what else was found"
		}
		entry.Reason += lessened(0, why)
		l.entries = append(l.entries, entry)
		return
	}
	full := l.scale.Tier[rule.Tier]
	points := full
	if rule.Tier <= 2 {
		points = l.strongest(rule.Group, points)
	}
	if limit, set := l.scale.TierCap[rule.Tier]; set {
		points = min(points, max(limit-l.tiers[rule.Tier], 0))
	}
	hints := rule.Tier > 2 && l.belowNext(points) < points
	if hints {
		points = l.belowNext(points)
	}
	switch {
	case points == full:
	case hints:
		entry.Reason += lessened(points, onlyHints)
	case rule.Tier <= 2:
		entry.Reason += lessened(points, sameKind)
	case rule.Tier == 3:
		entry.Reason += lessened(points, "supporting evidence already counts as much as it can")
	default:
		entry.Reason += lessened(points, "context already counts as much as it can")
	}
	if rule.Tier <= 2 {
		l.spent[rule.Group] += points
		l.sure[rule.Group] = l.sure[rule.Group] || points > 0
	}
	l.tiers[rule.Tier] += points
	entry.Points = points
	l.entries = append(l.entries, entry)
}

// belowNext is what is left of the points of a hint: hints lift nothing to medium or high
// that is not there without them, whatever there is of them.
func (l *ledger) belowNext(points int) int {
	score := 0
	for _, entry := range l.entries {
		score += entry.Points
	}
	for _, next := range []int{l.scale.Medium, l.scale.High} {
		if score < next {
			return min(points, next-1-score)
		}
	}
	return points
}
