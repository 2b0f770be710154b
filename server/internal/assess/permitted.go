package assess

import (
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// at says what is permitted of one of the past's spells, as of a moment: of what is over
// as it ended, of what is open by the clock, which is the moment or, for the present, now.
func (m *permits) at(i int, moment, clock time.Time) alert.Permit {
	s := &m.past.Spells[i]
	switch {
	case !m.speaks[i]:
		return alert.Permit{}
	case m.past.staged(s):
		return alert.Permit{Sanctioned: true}
	case s.To.IsZero() || s.To.After(moment):
		return m.of(*s, clock)
	}
	known, ok := m.ended[i]
	if !ok {
		known = m.of(*s, s.To)
		m.ended[i] = known
	}
	return known
}

// around gives when what is looked at beside a finding begins and ends to be about then.
func around(by map[string][]device.Spell, slack time.Duration, give func(time.Time)) {
	for _, spells := range by {
		for _, s := range spells {
			give(s.From.Add(-slack))
			give(s.To.Add(slack))
		}
	}
}

// A weight is what of a rule's past matters to the catalogue.
type weight struct {
	ended   time.Duration // after its end; negative is always
	first   time.Duration // of what began within so long after enrolment, always
	windows []time.Duration
}

// after is for how long after its end a spell can still matter.
func (w weight) after(s *device.Spell, enrolledAt time.Time) time.Duration {
	if w.ended < 0 || w.first > 0 && !s.From.After(enrolledAt.Add(w.first)) {
		return Memory
	}
	return min(w.ended, Memory)
}

// matters asks the catalogue once for each rule.
func (m *permits) matters(c *catalogue.Catalogue, rule string) weight {
	known, ok := m.weights[rule]
	if !ok {
		known.ended, known.first = c.Matters(rule)
		known.windows = c.Windows(rule)
		m.weights[rule] = known
	}
	return known
}

// edges gives when what is permitted can change between two moments, and some more. Of
// hours only those of Memory turn: what a laptop tells of long ago, as one with a wrong
// clock does, is judged as it came and went, and not at each evening since then.
func (m *permits) edges(after, until time.Time, give func(time.Time)) {
	if !m.any || len(m.about) == 0 {
		return
	}
	if begin := until.Add(-Memory); after.Before(begin) {
		after = begin
	}
	given := map[string]bool{}
	for _, list := range m.about {
		for _, s := range list {
			if given[s.ID+s.Name] {
				continue
			}
			given[s.ID+s.Name] = true
			for _, t := range s.Turns() {
				give(t)
			}
			s.Conditions.Hours.Turns(after, until, give)
		}
	}
	for _, w := range m.past.Tickets {
		give(w.From)
		give(w.To)
	}
	for _, g := range m.past.Groups {
		give(g.Since)
	}
	around(m.tenants, Overlap, give)
	around(m.sessions, agreeing, give)
	for i := range m.past.Spells {
		if m.speaks[i] { // a connection that nobody agreed to since
			give(m.past.Spells[i].From.Add(agreeing))
		}
	}
}
