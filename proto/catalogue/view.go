package catalogue

import (
	"cmp"
	"slices"
	"time"
)

// A view is a history put in order, looked at from one moment: what began later is not
// there yet, what ended later is still open.
type view struct {
	plan   *plan
	spells []spellView
	fits   [][]int // by condition on findings: the spells that can fit it
	among  []set   // by condition asked of parts: the spells of which they are made; nil before it is asked

	at    time.Time
	seen  set // begun by then
	tried []trial
	words []uint64 // of which sets are made at one moment
	spent int      // of words
}

type spellView struct {
	*Spell       // as it was given
	rule   *Rule // nil when this catalogue does not know it
	given  int   // its place in the history as it was given
	open   bool

	sanctioned, lapsed, foreignTenant, unticketed bool // as the spell says, or was told since
}

// A trial is whether a composite holds in the whole history, at the moment looked from.
type trial struct {
	tried, held bool
	used        set
}

func (c *Catalogue) view(h History) *view {
	p := c.planned()
	v := &view{plan: p, spells: make([]spellView, len(h.Spells)), fits: make([][]int, len(p.finds)), among: make([]set, p.parts), tried: make([]trial, len(p.steps))}
	order := make([]int, len(h.Spells))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return compareSpells(&h.Spells[a], &h.Spells[b]) })
	for i, at := range order {
		s := &h.Spells[at]
		v.spells[i] = spellView{Spell: s, given: at, sanctioned: s.Sanctioned, lapsed: s.Lapsed, foreignTenant: s.ForeignTenant, unticketed: s.Unticketed}
	}
	for from := 0; from < len(v.spells); {
		from = v.addRule(c, h.EnrolledAt, from)
	}
	v.seen = newSet(len(v.spells))
	return v
}

// addRule finds who asks for the spells of one rule, which stand in a row, and gives
// where those of the next begin.
func (v *view) addRule(c *Catalogue, enrolledAt time.Time, from int) int {
	id := v.spells[from].Finding.Rule
	a := v.plan.of(c, id)
	first, end := v.spells[from].From, from
	for ; end < len(v.spells) && v.spells[end].Finding.Rule == id; end++ {
		v.spells[end].rule = a.rule
		if v.spells[end].From.Before(first) {
			first = v.spells[end].From
		}
	}
	row := make([]int, end-from)
	for i := range row {
		row[i] = from + i
	}
	for _, find := range a.finds {
		if span := v.plan.finds[find].WithinEnrollment; span > 0 && (enrolledAt.IsZero() || first.After(enrolledAt.Add(span))) {
			continue // a device that was never enrolled is never new
		}
		if len(v.fits[find]) == 0 {
			v.fits[find] = row[:len(row):len(row)] // shared until another rule's follow
			continue
		}
		v.fits[find] = append(v.fits[find], row...)
	}
	return end
}

// move looks at the history from another moment; from the zero time all of it is seen.
func (v *view) move(at time.Time) {
	v.at = at
	clear(v.seen)
	clear(v.tried)
	v.spent = 0
	for i := range v.spells {
		s := &v.spells[i]
		if !at.IsZero() && s.From.After(at) {
			s.open = false
			continue
		}
		v.seen.add(i)
		s.open = s.To.IsZero() || !at.IsZero() && s.To.After(at)
	}
}

// none gives an empty set, which is good until the history is looked at from another
// moment: judging makes dozens.
func (v *view) none() set {
	n := (len(v.spells) + 63) / 64
	if len(v.words)-v.spent < n {
		v.words, v.spent = make([]uint64, max(2*len(v.words), 32*n)), 0 // the sets made so far keep theirs
	}
	s := set(v.words[v.spent : v.spent+n : v.spent+n])
	v.spent += n
	clear(s)
	return s
}

// key is what a spell belongs to, of what all its rows share.
func (s *spellView) key(same string) string {
	switch same {
	case sameDevice:
		return s.Device
	case samePerson:
		return cmp.Or(s.Person, s.Device)
	}
	return ""
}
