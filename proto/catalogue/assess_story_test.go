package catalogue_test

import (
	"slices"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A story is a device's or site's history and what must be concluded of it.
type story struct {
	name   string
	new    bool // the device is in service for five days
	spells []catalogue.Spell
	want   finding.Level
	first  string // the composite that the ledger begins with, if any in particular
	never  string // one that must not be in it
}

// tell judges stories by one conclusion about a device.
func tell(t *testing.T, conclusion finding.Conclusion, stories []story) {
	t.Helper()
	c := embedded(t)
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			h := catalogue.History{At: now, EnrolledAt: now.Add(-300 * 24 * time.Hour), Spells: s.spells}
			if s.new {
				h.EnrolledAt = now.Add(-5 * 24 * time.Hour)
			}
			list := c.Assess(h)
			a := list[slices.IndexFunc(list, func(a catalogue.Assessment) bool { return a.Conclusion == conclusion })]
			s.hold(t, a)
		})
	}
}

func (s *story) hold(t *testing.T, a catalogue.Assessment) {
	t.Helper()
	if a.Level != s.want {
		t.Errorf("%s is %s with %d, want %s: %+v", a.Conclusion, a.Level, a.Score, s.want, a.Ledger)
	}
	if s.first != "" && (len(a.Ledger) == 0 || a.Ledger[0].Rule != s.first) {
		t.Errorf("the ledger does not begin with %s: %+v", s.first, a.Ledger)
	}
	if s.never != "" && slices.ContainsFunc(a.Ledger, func(e catalogue.LedgerEntry) bool { return e.Rule == s.never }) {
		t.Errorf("%s is in the ledger: %+v", s.never, a.Ledger)
	}
}

// days is a rule's finding on so many days up to today, for some hours of each.
func days(rule string, n int, hours float64) []catalogue.Spell {
	var list []catalogue.Spell
	for d := range n {
		from := float64(d*24) + hours
		list = append(list, spell(rule, from, max(from-hours, 0), rule))
	}
	return list
}

func join(lists ...[]catalogue.Spell) []catalogue.Spell { return slices.Concat(lists...) }

func one(spells ...catalogue.Spell) []catalogue.Spell { return spells }

func sanctionedAll(spells []catalogue.Spell) []catalogue.Spell {
	for i := range spells {
		spells[i].Sanctioned = true
	}
	return spells
}
