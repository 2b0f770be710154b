package catalogue

import (
	"cmp"
	"fmt"
	"iter"
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

	places []int   // of runs
	list   [][]int // of runs
}

func newLedger(v *view, scale Scale) *ledger {
	return &ledger{
		view: v, scale: scale, used: newSet(len(v.spells)),
		spent: map[string]int{}, tiers: map[int]int{}, sure: map[string]bool{}, entries: make([]line, 0, 8),
	}
}

func (l *ledger) reset() {
	clear(l.used)
	clear(l.spent)
	clear(l.tiers)
	clear(l.sure)
	l.entries = l.entries[:0]
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
	if more := strings.Count(entry.Finding, " "); more > 0 {
		entry.Reason += fmt.Sprintf(" (%d times)", more+1)
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
	if len(l.entries) > 0 {
		a.Ledger = make([]LedgerEntry, 0, len(l.entries)+1)
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
