package catalogue_test

import (
	"testing"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// What a tunnel leads to decides what it says: remote control that waits there,
// remote control that only waits beside it, or a page.
func TestAssessTunnels(t *testing.T) {
	c := embedded(t)
	ngrok, waits := spell("tool.ngrok.running", 1, 0), spell("tool.tigervnc.listening", 1, 0)
	for name, test := range map[string]struct {
		spells []catalogue.Spell
		level  finding.Level
		first  string
	}{
		"leads to it": {[]catalogue.Spell{ngrok, waits, spell("tool.tigervnc.running", 1, 0), spell("tunnel.exposes_remote_desktop", 1, 0)}, finding.LevelMedium, "c8.tunnel_leads_to_remote_control"},
		"leads to it and elsewhere, by a program that goes where ngrok does": {[]catalogue.Spell{waits, spell("tunnel.exposes_remote_desktop", 1, 0), spell("tunnel.exposes_shell", 1, 0), spell("tunnel.leads_past_this_laptop", 1, 0),
			spell("tool.ngrok.reached", 1, 0), spell("network.vpn_handshake", 1, 0)}, finding.LevelMedium, "c8.tunnel_leads_to_remote_control"},
		"joined to it":                     {[]catalogue.Spell{waits, spell("tunnel.joins_remote_desktop", 1, 0)}, finding.LevelMedium, "c8.tunnel_leads_to_remote_control"},
		"beside it, to nobody knows where": {[]catalogue.Spell{ngrok, waits, spell("tunnel.target_unknown", 1, 0)}, finding.LevelMedium, "c8.tunnel_exposes_remote_control"},
		"a page beside it":                 {[]catalogue.Spell{ngrok, waits, spell("tunnel.exposes_port", 1, 0)}, finding.LevelWatch, ""},
		"a page, and beside it nobody knows what": {
			[]catalogue.Spell{ngrok, waits, spell("tunnel.exposes_port", 1, 0), spell("tunnel.target_unknown", 1, 0)}, finding.LevelMedium, "c8.tunnel_exposes_remote_control"},
		"a page":                       {[]catalogue.Spell{ngrok, spell("tunnel.exposes_port", 1, 0)}, finding.LevelWatch, ""},
		"a shell":                      {[]catalogue.Spell{spell("tunnel.exposes_shell", 1, 0)}, finding.LevelWatch, ""},
		"Windows' own desktop":         {[]catalogue.Spell{spell("tunnel.exposes_remote_desktop", 1, 0)}, finding.LevelMedium, "tunnel.exposes_remote_desktop"},
		"a script":                     {[]catalogue.Spell{spell("network.interpreter_stays_connected", 1, 0)}, finding.LevelNone, ""},
		"a script and ARP":             {[]catalogue.Spell{spell("network.interpreter_stays_connected", 37, 0), spell("network.arp_relay", 40, 0)}, finding.LevelMedium, "c4.script_relayed_over_arp"},
		"a script and ARP, on one day": {[]catalogue.Spell{spell("network.interpreter_stays_connected", 30, 0), spell("network.arp_relay", 33, 0)}, finding.LevelWatch, ""},
		"names alone, however reached": {[]catalogue.Spell{spell("tool.anydesk.reached", 1, 0), spell("tool.teamviewer.reached", 1, 0), spell("tool.ngrok.reached", 1, 0)}, finding.LevelWatch, ""},
	} {
		a := c.Assess(catalogue.History{At: now, Spells: test.spells})[0]
		if a.Level != test.level || test.first != "" && a.Ledger[0].Rule != test.first {
			t.Errorf("%s: %s by %+v, want %s by %s", name, a.Level, a.Ledger, test.level, test.first)
		}
	}
}
