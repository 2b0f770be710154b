package catalogue_test

import (
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

func lapsed(s catalogue.Spell) catalogue.Spell {
	s.Lapsed = true
	return s
}

func foreign(s catalogue.Spell) catalogue.Spell {
	s.ForeignTenant = true
	return s
}

// What is known of a tool beyond its name decides how much it weighs: who let
// somebody in, whose account it is, and whether it was permitted until lately.
func TestAssessAccess(t *testing.T) {
	c := embedded(t)
	tests := []struct {
		name    string
		spells  []catalogue.Spell
		control finding.Level
		first   string
	}{
		{
			name:    "opened, which may be either side",
			spells:  []catalogue.Spell{spell("tool.anydesk.installed", 900, 0), spell("tool.anydesk.opened", 100, 0), spell("tool.teamviewer.opened", 100, 0)},
			control: "none",
		},
		{
			name:    "a person agreed",
			spells:  []catalogue.Spell{spell("tool.anydesk.opened", 1, 0), spell("tool.anydesk.controlled", 1, 0)},
			control: "medium", first: "c2.remote_access_in_use",
		},
		{
			name:    "a password let somebody in",
			spells:  []catalogue.Spell{spell("tool.anydesk.opened", 1, 0), spell("tool.anydesk.controlled", 1, 0), spell("tool.anydesk.entered", 1, 0)},
			control: "high", first: "c2.remote_access_unattended",
		},
		{
			name:    "a password is set and somebody is in",
			spells:  []catalogue.Spell{spell("tool.rustdesk.unattended", 900, 0), spell("tool.rustdesk.controlled", 1, 0)},
			control: "high", first: "c2.remote_access_unattended",
		},
		{
			name:    "a password let somebody in, and no look met it",
			spells:  []catalogue.Spell{spell("tool.anydesk.entered", 2, 0)},
			control: "medium", first: "c2.remote_access_entered",
		},
		{
			name:    "a management product and the remote control that it brings along",
			spells:  []catalogue.Spell{spell("tool.atera.running", 900, 0), spell("tool.splashtop.running", 900, 0), spell("tool.splashtop.connected", 900, 0)},
			control: "watch",
		},
		{
			name:    "the same, and one that it does not bring",
			spells:  []catalogue.Spell{spell("tool.atera.running", 900, 0), spell("tool.splashtop.running", 900, 0), spell("tool.anydesk.running", 100, 0)},
			control: "medium", first: "r03.several_remote_access_vendors",
		},
		{
			name:    "somebody was helped yesterday",
			spells:  []catalogue.Spell{spell("tool.anydesk.visited", 2, 0)},
			control: "watch", first: "tool.anydesk.visited",
		},
		{
			name:    "a second maker a week later",
			spells:  []catalogue.Spell{spell("tool.rustdesk.unattended", 300, 100), spell("tool.anydesk.running", 20, 0)},
			control: "medium", first: "r03.several_remote_access_vendors",
		},
		{
			name:    "a second maker a month later",
			spells:  []catalogue.Spell{spell("tool.rustdesk.unattended", 900, 200), spell("tool.anydesk.running", 20, 0)},
			control: "watch",
		},
		{
			name:    "the company's product under another account",
			spells:  []catalogue.Spell{foreign(spell("tool.meshagent.running", 900, 0)), spell("tool.meshagent.tenant", 900, 0)},
			control: "medium", first: "c2.foreign_tenant",
		},
		{
			name:    "in use under another account",
			spells:  []catalogue.Spell{foreign(spell("tool.screenconnect.running", 900, 0)), foreign(spell("tool.screenconnect.controlled", 1, 0))},
			control: "high", first: "c2.foreign_tenant_in_use",
		},
		{
			name:    "a tailnet that is not the company's",
			spells:  []catalogue.Spell{foreign(spell("tool.tailscale.running", 900, 0))},
			control: "watch", first: "n04.foreign_network",
		},
		{
			name:    "helped by a tool that nobody permitted, beside a tailnet of the person's own",
			spells:  []catalogue.Spell{foreign(spell("tool.tailscale.running", 900, 0)), spell("tool.anydesk.running", 1, 0), spell("tool.anydesk.controlled", 1, 0)},
			control: "medium", first: "c2.remote_access_in_use",
		},
		{
			name:    "in use although its sanction lapsed",
			spells:  []catalogue.Spell{lapsed(spell("tool.meshagent.running", 900, 0)), lapsed(spell("tool.meshagent.controlled", 1, 0))},
			control: "medium", first: "r01.sanction_lapsed",
		},
		{
			name:    "several technicians' viewers",
			spells:  []catalogue.Spell{spell("tool.anydesk.opened", 9, 0), spell("tool.teamviewer.opened", 9, 0), spell("tool.rustdesk.opened", 9, 0), spell("tool.hoptodesk.opened", 9, 0)},
			control: "none",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := c.Assess(catalogue.History{At: now, EnrolledAt: enrolled.Add(-365 * 24 * time.Hour), Spells: tt.spells})[0]
			if a.Level != tt.control {
				t.Errorf("%s: %s with %d points, want %s\n%+v", tt.name, a.Level, a.Score, tt.control, a.Ledger)
			}
			if tt.first != "" && (len(a.Ledger) == 0 || a.Ledger[0].Rule != tt.first) {
				t.Errorf("%s: the ledger does not begin with %s: %+v", tt.name, tt.first, a.Ledger)
			}
		})
	}
}

// A name that is a cover is worse than a name that nobody knows.
func TestForeignAccountRanksAboveAStranger(t *testing.T) {
	c := embedded(t)
	score := func(s ...catalogue.Spell) int { return c.Assess(catalogue.History{At: now, Spells: s})[0].Score }
	for _, state := range []string{"running", "unattended", "controlled", "entered"} {
		ours, stranger := spell("tool.meshagent."+state, 1, 0), spell("conduct.unlisted_remote_control", 1, 0)
		if score(foreign(ours)) <= score(stranger) || score(foreign(ours)) <= score(ours) && !strings.HasPrefix(state, "controlled") {
			t.Errorf("%s under a foreign account has %d points, without one %d, an unlisted program %d", state, score(foreign(ours)), score(ours), score(stranger))
		}
	}
}
