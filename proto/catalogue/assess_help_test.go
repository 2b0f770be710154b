package catalogue_test

import (
	"testing"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// Who works by aids has all typing made by programs: by itself it is nothing, and beside
// a way in it is a hint, which lifts nothing.
func TestTypingByAProgramCountsOnlyBesideAWayIn(t *testing.T) {
	aids := one(spell("input.injected", 200, 0))
	for name, test := range map[string]struct {
		spells []catalogue.Spell
		want   finding.Level
		by     bool
	}{
		"aids alone":               {aids, "none", false},
		"a viewer or a meeting":    {append(aids, spell("tool.anydesk.opened", 9, 0), spell("tool.zoom.opened", 9, 0)), "none", false},
		"what waits":               {append(aids, spell("tool.anydesk.unattended", 9, 0)), "watch", true},
		"somebody who is in":       {append(aids, spell("tool.anydesk.controlled", 1, 0)), "medium", true},
		"a script that stays":      {append(aids, spell("network.interpreter_stays_connected", 9, 0)), "watch", true},
		"what waited and is over":  {append(aids, spell("tool.anydesk.unattended", 9, 8)), "none", false},
		"what the company permits": {append(aids, permitted(spell("tool.anydesk.unattended", 9, 0))), "none", false},
	} {
		a := embedded(t).Assess(catalogue.History{At: now, Spells: test.spells})[0]
		if a.Level != test.want || holds(a, "i01.typed_beside_a_way_in") != test.by {
			t.Errorf("%s: %s by %+v, want %s", name, a.Level, a.Ledger, test.want)
		}
	}
}

// Help for which a ticket may still come is worth a watch on a new laptop, too, and with
// two makers' tools; for hours it is no help.
func TestHelpWaitsForItsTicket(t *testing.T) {
	waits := func(s catalogue.Spell) catalogue.Spell { s.Unticketed = true; return s }
	for name, test := range map[string]struct {
		spells []catalogue.Spell
		want   finding.Level
	}{
		"now":              {one(waits(spell("tool.quick-assist.controlled", 0.3, 0)), waits(spell("tool.screenconnect.controlled", 0.4, 0))), "watch"},
		"earlier that day": {one(waits(spell("tool.quick-assist.visited", 9, 0)), waits(spell("tool.screenconnect.visited", 9, 0))), "watch"},
		"for six hours":    {one(waits(spell("tool.quick-assist.controlled", 6, 0))), "high"},
		"of which one is nobody's": {one(waits(spell("tool.quick-assist.visited", 9, 0)), spell("tool.anydesk.unattended", 9, 0)),
			"medium"},
		"that nobody permits": {one(spell("tool.quick-assist.controlled", 0.3, 0)), "medium"},
	} {
		a := embedded(t).Assess(catalogue.History{At: now, EnrolledAt: now.AddDate(0, 0, -1), Spells: test.spells})[0]
		if a.Level != test.want {
			t.Errorf("%s: %s by %+v, want %s", name, a.Level, a.Ledger, test.want)
		}
	}
}

func permitted(s catalogue.Spell) catalogue.Spell { s.Sanctioned = true; return s }

func holds(a catalogue.Assessment, rule string) bool {
	for _, entry := range a.Ledger {
		if entry.Rule == rule {
			return true
		}
	}
	return false
}
