package population

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// steadyFor is how long a laptop tells of what hands did as if it were still so.
const steadyFor = 24 * time.Hour

// renewal is how often a finding that is open is told again here. Agents do it every
// ten minutes; nothing depends on the difference but the amount of work.
const renewal = 24 * time.Hour

// A tracker is what an agent remembers of its rows and of what it found in them
// (agent/internal/detect, which the collector's side cannot use).
type tracker struct {
	fleet *Fleet
	rows  map[string]held
	open  map[string]*claim
	dirty map[string]bool // classes of facts that are to be told
	last  time.Time       // of the look before this one
}

type held struct {
	raw    map[string]string   // as the sensor gave it
	row    finding.Observation // as it leaves the laptop
	claims []string
}

type claim struct {
	finding.Finding
	rows int // that show it now
	said time.Time
	gone time.Time // since when a steady one was not seen; zero while it is
}

func newTracker(f *Fleet) tracker {
	return tracker{fleet: f, rows: map[string]held{}, open: map[string]*claim{}, dirty: map[string]bool{}}
}

// put lets a row be there, instead of what it said before.
func (t *tracker) put(at time.Time, row finding.Observation) {
	before, known := t.rows[row.UID]
	if known && maps.Equal(before.raw, row.Columns) {
		return
	}
	if known {
		t.leave(before)
	}
	now := held{raw: row.Columns, row: t.fleet.cleared(row)}
	for _, rule := range t.fleet.catalogue.Matching(row) {
		uid := identity(rule, row)
		now.claims = append(now.claims, uid)
		t.see(at, uid, rule, row, now.row)
	}
	t.rows[row.UID] = now
	if facts[row.Class] {
		t.dirty[row.Class] = true
	}
}

// take lets a row be there no more.
func (t *tracker) take(uid string) {
	before, known := t.rows[uid]
	if !known {
		return
	}
	t.leave(before)
	delete(t.rows, uid)
	if facts[before.row.Class] {
		t.dirty[before.row.Class] = true
	}
}

func (t *tracker) leave(h held) {
	for _, uid := range h.claims {
		c := t.open[uid]
		if c.rows--; c.rows > 0 { // what it rests on no more; the last row is told with its end
			c.Evidence = slices.DeleteFunc(c.Evidence, func(o finding.Observation) bool { return o.UID == h.row.UID })
		}
	}
}

func (t *tracker) see(at time.Time, uid string, rule *catalogue.Rule, raw, row finding.Observation) {
	c := t.open[uid]
	if c == nil {
		c = &claim{Finding: finding.Finding{UID: uid, Rule: rule.ID, Title: rule.Title, Status: finding.Open, Severity: rule.Severity, FirstSeen: at}}
		t.open[uid] = c
	}
	if sure := rule.ConfidenceOf(raw); sure.Rank() > c.Confidence.Rank() {
		c.Confidence = sure
	}
	same := func(o finding.Observation) bool { return o.UID == row.UID }
	if i := slices.IndexFunc(c.Evidence, same); i >= 0 {
		c.Evidence[i] = row
	} else if len(c.Evidence) < finding.EvidenceLimit {
		c.Evidence = append(c.Evidence, row)
	}
	c.rows, c.gone = c.rows+1, time.Time{}
	if !steady[row.Class] {
		c.said = time.Time{} // what it rests on changed: it is told anew
	}
}

// look ends a round: what is to be told of the findings and facts that changed, and of
// those that are due again. Nothing to tell is ok.
func (t *tracker) look(at time.Time) (finding.Report, bool) {
	r := finding.Report{At: at}
	for _, uid := range sorted(t.open) {
		c := t.open[uid]
		switch {
		case c.rows > 0 && at.Sub(c.said) < renewal:
			continue
		case c.rows > 0:
			c.LastSeen, c.said = at, at
		case steady[c.Evidence[0].Class] && t.lingers(c, at):
			continue
		default:
			c.Status, c.LastSeen = finding.Closed, latest(t.last, c.FirstSeen)
			delete(t.open, uid)
		}
		told := c.Finding
		told.Evidence = slices.Clone(told.Evidence)
		r.Findings = append(r.Findings, told)
	}
	for _, class := range sorted(t.dirty) {
		r.Facts = append(r.Facts, t.factsOf(class))
	}
	clear(t.dirty)
	return r, len(r.Findings)+len(r.Facts) > 0
}

// lingers says whether a steady finding is still told as if it were there.
func (t *tracker) lingers(c *claim, at time.Time) bool {
	if c.gone.IsZero() {
		c.gone = at
	}
	return at.Sub(c.gone) < steadyFor
}

func (t *tracker) factsOf(class string) finding.Facts {
	f := finding.Facts{Class: class}
	for _, uid := range sorted(t.rows) {
		if h := t.rows[uid]; h.row.Class == class {
			f.Rows = append(f.Rows, h.row)
		}
	}
	return f
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// identity names a finding as agents do (agent/internal/detect, identity).
func identity(rule *catalogue.Rule, row finding.Observation) string {
	switch rule.State {
	case catalogue.StateContacted:
		return finding.UID(rule.ID, row.Class)
	case catalogue.StateReached:
		return finding.UID(rule.ID, row.Class, cmp.Or(row.Columns["script"], row.Columns["file"]))
	}
	if row.Columns["pid"] != "" {
		if name := cmp.Or(row.Columns["script"], row.Columns["file"], row.Columns["name"]); name != "" {
			return finding.UID(rule.ID, row.Class, name)
		}
	}
	return finding.UID(rule.ID, row.UID)
}
