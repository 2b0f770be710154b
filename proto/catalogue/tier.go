package catalogue

import (
	"cmp"
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
	place := conclusion == finding.InFarm
	for _, run := range l.runs(func(s *spellView) bool {
		r := s.rule
		return !s.sanctioned && !s.unticketed && r != nil && r.Tier == tier && r.ofPlace() == place && !r.deprecated() && !r.explains()
	}) {
		l.addFinding(run)
		for _, i := range run {
			l.used.add(i)
		}
	}
}

// runs gives what is there now, did not count yet and is wanted, by rule and the
// strongest rule first. It is good until runs are asked for again.
func (l *ledger) runs(want func(s *spellView) bool) [][]int {
	l.places, l.list = l.places[:0], l.list[:0]
	begin := 0 // of the run being made, among places
	for i := range l.view.spells {
		s := &l.view.spells[i]
		if !s.open || l.used.has(i) || !want(s) {
			continue
		}
		if n := len(l.places); n > begin && l.view.spells[l.places[begin]].Finding.Rule != s.Finding.Rule {
			l.list, begin = append(l.list, l.places[begin:n:n]), n
		}
		l.places = append(l.places, i)
	}
	if n := len(l.places); n > begin {
		l.list = append(l.list, l.places[begin:n:n])
	}
	slices.SortFunc(l.list, l.byTier)
	return l.list
}

// addFindings adds what is there now, is about the conclusion and did not count yet,
// one line per rule.
func (l *ledger) addFindings(conclusion finding.Conclusion) {
	about := func(s *spellView) bool {
		return (s.rule != nil && s.rule.ofPlace()) == (conclusion == finding.InFarm)
	}
	for _, run := range l.runs(func(s *spellView) bool { return !s.sanctioned && about(s) }) {
		l.addFinding(run)
	}
	sanctioned := l.runs(func(s *spellView) bool { return s.sanctioned && about(s) })
	slices.SortFunc(sanctioned, func(a, b []int) int { return cmp.Compare(a[0], b[0]) })
	for _, run := range sanctioned {
		entry := l.lineOf(run)
		entry.Reason = "Sanctioned, so it adds nothing: " + entry.Reason
		l.entries = append(l.entries, entry)
	}
}

// byTier puts the strongest first, so that caps cut the weakest: by tier, then
// by what the rule says of its severity and confidence.
func (l *ledger) byTier(a, b []int) int {
	x, y := cmp.Or(l.view.spells[a[0]].rule, nobodys), cmp.Or(l.view.spells[b[0]].rule, nobodys)
	return cmp.Or(
		cmp.Compare(x.Tier, y.Tier),
		cmp.Compare(y.Severity.Rank(), x.Severity.Rank()),
		cmp.Compare(y.Confidence.Rank(), x.Confidence.Rank()),
		cmp.Compare(a[0], b[0]), // spells stand in order of rule
	)
}

// nobodys is the rule of what this catalogue does not know.
var nobodys = &Rule{Tier: 5}

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
