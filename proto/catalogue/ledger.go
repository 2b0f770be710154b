package catalogue

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// maxNamed is how many findings one line of a ledger names before it counts.
const maxNamed = 6

// A ledger is an assessment being made.
type ledger struct {
	view    *view
	scale   Scale
	used    set             // spells that a composite used
	spent   map[string]int  // points by class of evidence
	tiers   map[int]int     // points by tier
	sure    map[string]bool // classes of evidence that count by more than hints
	entries []line
}

// A line is an entry with what people are told when it is the strongest.
type line struct {
	LedgerEntry
	title    string
	explain  Explain
	nextStep string
}

// addComposite gives a composite that holds its points, but none where every
// finding it rests on already counts: a line that repeats proves nothing more.
func (l *ledger) addComposite(c *step) {
	used, held := l.view.composite(c, nil)
	if !held {
		return
	}
	news := used.beyond(l.used)
	l.used.union(used)
	entry := line{title: c.Title, explain: c.Explain, nextStep: c.NextStep}
	entry.Rule, entry.Finding = c.ID, l.uids(used.all())
	entry.Reason = c.Title + because(l.titles(used.all()))
	points := l.strongest(c.Group, c.Points)
	why := sameKind
	if room := l.belowNext(points); c.Points <= l.scale.Watch && room < points {
		points, why = room, onlyHints
	}
	switch {
	case !news && !used.empty():
		points = 0
		entry.Reason += lessened(0, "its evidence already counts in a stronger line")
	case points < c.Points:
		entry.Reason += lessened(points, why)
	}
	entry.Points = points
	l.spent[c.Group] += points
	l.sure[c.Group] = l.sure[c.Group] || points > 0 && c.Points > l.scale.Watch
	l.entries = append(l.entries, entry)
}

const (
	sameKind  = "stronger evidence of the same kind already counts"
	onlyHints = "hints raise no level to medium or high, however many there are"
)

// lessened says why a line gives fewer points than its rule says.
func lessened(points int, why string) string {
	if points == 0 {
		return " (adds nothing: " + why + ")"
	}
	return " (counts in part: " + why + ")"
}

// strongest is what a claim still adds to its class of evidence.
func (l *ledger) strongest(group string, points int) int {
	return max(points-l.spent[group], 0)
}

// groupOfPlace is the class of evidence of where a device stands.
const groupOfPlace = "location"

// ofPlace says whether a rule tells where a laptop stands, beside what, and for whom it
// was meant, and not who drives it.
func (r *Rule) ofPlace() bool {
	return r.Group == groupOfPlace || r.Group == "context" || slices.Contains(r.Labels, "place")
}

// explains says whether a rule tells what makes other findings harmless.
func (r *Rule) explains() bool { return slices.Contains(r.Labels, "explains") }

// addFindings adds what is there now, is about the conclusion and no composite used,
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

func (l *ledger) lineOf(spells []int) line {
	s := &l.view.spells[spells[0]]
	var entry line
	entry.Rule, entry.Finding = s.Finding.Rule, l.uids(slices.Values(spells))
	entry.title = s.Finding.Title
	if s.rule != nil {
		entry.title, entry.explain, entry.nextStep = s.rule.Title, s.rule.Explain, s.rule.Explain.Check
	}
	if entry.title == "" {
		entry.title = s.Finding.Rule
	}
	entry.Reason = entry.title
	if n := len(strings.Fields(entry.Finding)); n > 1 {
		entry.Reason += fmt.Sprintf(" (%d times)", n)
	}
	return entry
}

// uids names findings; those of one rule stand in order of uid already.
func (l *ledger) uids(spells iter.Seq[int]) string {
	var room [16]string
	list := room[:0]
	for i := range spells {
		if uid := l.view.spells[i].Finding.UID; len(list) == 0 || list[len(list)-1] != uid {
			list = append(list, uid)
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), " ")
}

// titles names the rules of spells, what is there now before what is over.
func (l *ledger) titles(spells iter.Seq[int]) []string {
	var now, over []string
	var last [2]*Rule // of which the last title is, over and open
	for i := range spells {
		switch s := &l.view.spells[i]; {
		case s.open && last[1] != s.rule:
			now, last[1] = append(now, s.rule.Title), s.rule
		case !s.open && last[0] != s.rule:
			over, last[0] = append(over, s.rule.Title), s.rule
		}
	}
	slices.Sort(now)
	slices.Sort(over)
	now = slices.Compact(now)
	for _, title := range slices.Compact(over) {
		if !slices.Contains(now, title) {
			now = append(now, title+" (over)")
		}
	}
	return now
}

func because(titles []string) string {
	switch n := len(titles) - maxNamed; {
	case len(titles) == 0:
		return ""
	case n > 0:
		return fmt.Sprintf(": %s and %d more", strings.Join(titles[:maxNamed], "; "), n)
	}
	return ": " + strings.Join(titles, "; ")
}

// assessment closes the ledger: most points first, and a last line when the
// score would pass the top of the scale.
func (l *ledger) assessment(conclusion finding.Conclusion) Assessment {
	slices.SortStableFunc(l.entries, func(a, b line) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Finding, b.Finding))
	})
	a := Assessment{Conclusion: conclusion, Title: untouched(conclusion)}
	if len(l.entries) > 0 && l.entries[0].Points > 0 {
		a.Title, a.Explain, a.NextStep = l.entries[0].title, l.entries[0].explain, l.entries[0].nextStep
	}
	for _, entry := range l.entries {
		a.Ledger = append(a.Ledger, entry.LedgerEntry)
		a.Score += entry.Points
	}
	if top := l.scale.Top; top > 0 && a.Score > top {
		a.Ledger = append(a.Ledger, LedgerEntry{Reason: fmt.Sprintf("A score ends at %d", top), Points: top - a.Score, Rule: "scale"})
		a.Score = top
	}
	a.Level = l.scale.Level(a.Score)
	return a
}

// untouched is the title of a conclusion that nothing supports. It does not say
// that the device is clean: a sensor may have been blind.
func untouched(conclusion finding.Conclusion) string {
	if conclusion == finding.InFarm {
		return "Nothing seen that places this device in a farm"
	}
	return "Nothing seen that lets somebody else drive this device"
}
