package catalogue_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// The context of c5.shelf, in the order in which its file names it.
var shelf = []string{"posture.lid_closed_only_external_display", "posture.always_on_power", "posture.never_suspended"}

// kept is how a laptop has been kept for so many days up to now, without some of it.
func kept(days float64, without ...string) []catalogue.Spell {
	var spells []catalogue.Spell
	for _, rule := range shelf {
		if !slices.Contains(without, rule) {
			spells = append(spells, spell(rule, 24*days, 0))
		}
	}
	return spells
}

func beside(spells []catalogue.Spell, more ...catalogue.Spell) []catalogue.Spell {
	return slices.Concat(spells, more)
}

// Docked people are the majority: whatever there is of posture raises nothing
// alone, and beside a mechanism it is worth watching only when all of it lasted.
func TestShelf(t *testing.T) {
	kvm := spell("kvm.default_identity", 30, 0)
	display := spell("display.capture_chip", 30, 0)
	composite := spell("kvm.composite_keyboard_pointer_storage", 30, 0)
	tests := map[string]struct {
		spells        []catalogue.Spell
		control, farm finding.Level
	}{
		"PB6, docked and closed for 200 days": {kept(80), "none", "none"},
		"open on a desk for weeks":            {beside(kept(80, shelf[0]), spell("posture.lid_open_not_moved", 1900, 0)), "none", "none"},
		"every posture there is":              {beside(kept(80), spell("posture.virtual_camera_only", 900, 0), spell("posture.no_biometric_enrolled", 1900, 0)), "none", "none"},
		"every posture and all other context": {
			beside(kept(80), spell("posture.virtual_camera_only", 900, 0), spell("tool.tailscale.running", 900, 0), spell("tool.anydesk.contacted", 900, 0)), "none", "none",
		},
		"a sanctioned KVM on a shelf":                 {beside(kept(80), sanctioned(kvm)), "none", "none"},
		"a sanctioned tool on a shelf":                {beside(kept(80), sanctioned(spell("tool.anydesk.controlled", 48, 30))), "none", "none"},
		"a keyboard that only looks like a gadget":    {beside(kept(80), spell("kvm.keyboard_only_gadget", 30, 0)), "watch", "none"},
		"an odd keyboard in a dock":                   {beside(kept(80), composite), "medium", "none"},
		"an odd keyboard and a cheap adapter, docked": {beside(kept(80), composite, spell("display.bridge_default", 30, 0)), "", "none"},
		"an odd display in a dock":                    {beside(kept(80), display), "watch", "none"},
		"remote-access software that waits":           {beside(kept(80), spell("tool.x11vnc.listening", 900, 0)), "watch", "none"},
		"help by an unsanctioned tool for 20 minutes": {beside(kept(80), spell("tool.quick-assist.controlled", 48, 47.7)), "none", "none"},
		"a KVM, carried and opened as people do":      {[]catalogue.Spell{kvm}, "high", "none"},
		"a KVM on a shelf":                            {beside(kept(6), kvm), "high", "watch"},
		"a KVM on a shelf, the lid open":              {beside(kept(6, shelf[0]), kvm, spell("posture.lid_open_not_moved", 144, 0)), "high", "watch"},
		"a KVM that hides, on a shelf":                {beside(kept(6), composite, display), "high", "watch"},
		"hours of remote control on a shelf":          {beside(kept(6), spell("tool.quick-assist.controlled", 48, 42)), "high", "watch"},
		"a KVM on a shelf since four days":            {beside(kept(4), kvm), "high", "none"},
		"a KVM, the lid opened today":                 {beside(kept(80, shelf[0]), kvm, spell(shelf[0], 900, 2)), "high", "none"},
		"a KVM, unplugged today":                      {beside(kept(80, shelf[1]), kvm, spell(shelf[1], 900, 2)), "high", "none"},
		"a KVM, suspended today":                      {beside(kept(80, shelf[2]), kvm, spell(shelf[2], 900, 2)), "high", "none"},
		"a KVM, the lid never closed for a day":       {beside(kept(80, shelf[0]), kvm), "high", "none"},
		"an unplugged KVM":                            {beside(kept(80), spell("kvm.default_identity", 30, 1)), "none", "none"},
		"the agent restarted in between":              {beside(kept(3), kvm, spell(shelf[0], 160, 80), spell(shelf[1], 160, 80)), "high", "watch"},
	}
	c := embedded(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			list := c.Assess(catalogue.History{At: now, Spells: test.spells})
			if test.control != "" && list[0].Level != test.control || list[1].Level != test.farm {
				t.Errorf("levels %s and %s, want %s and %s: %+v", list[0].Level, list[1].Level, test.control, test.farm, list)
			}
		})
	}
}

// Posture never lifts a level but from none to watch for the farm, and that only
// where remote control is an alert by itself: 15 points of 100 are the most it adds.
func TestPostureLiftsNothing(t *testing.T) {
	c := embedded(t)
	random := rand.New(rand.NewPCG(7, 8))
	posture := append(kept(80), spell("posture.virtual_camera_only", 900, 0), spell("posture.no_biometric_enrolled", 1900, 0))
	for round := range 300 {
		h := randomHistory(t, random)
		h.Spells = slices.DeleteFunc(h.Spells, func(s catalogue.Spell) bool { r, _ := c.Rule(s.Finding.Rule); return r != nil && r.Group == "posture" })
		before := c.Assess(h)
		h.Spells = beside(h.Spells, posture...)
		after := c.Assess(h)
		if after[0].Level != before[0].Level || after[0].Score > before[0].Score+15 {
			t.Errorf("round %d: posture lifts remote control from %s (%d) to %s (%d)", round, before[0].Level, before[0].Score, after[0].Level, after[0].Score)
		}
		if after[1].Level != before[1].Level && (after[1].Level != finding.LevelWatch || before[0].Level.Rank() < finding.LevelMedium.Rank()) {
			t.Errorf("round %d: posture lifts the farm from %s to %s beside remote control at %s", round, before[1].Level, after[1].Level, before[0].Level)
		}
	}
}

// A person who cannot use a fingerprint reader, or keeps the camera off, is judged
// like one who does: the farm's score is the same to the point.
func TestShelfIsBlindToBodies(t *testing.T) {
	c := embedded(t)
	for name, spells := range map[string][]catalogue.Spell{"docked": kept(80), "a KVM on a shelf": beside(kept(80), spell("kvm.default_identity", 30, 0))} {
		plain := c.Assess(catalogue.History{At: now, Spells: spells})
		for _, rule := range []string{"posture.no_biometric_enrolled", "posture.virtual_camera_only"} {
			told := c.Assess(catalogue.History{At: now, Spells: beside(spells, spell(rule, 1900, 0))})
			if told[1].Score != plain[1].Score || told[0].Level != plain[0].Level || told[0].Score > plain[0].Score+3 {
				t.Errorf("%s with %s: %d and %d, without %d and %d", name, rule, told[0].Score, told[1].Score, plain[0].Score, plain[1].Score)
			}
		}
	}
}

// All rules of the group are context, and say so.
func TestPostureIsContext(t *testing.T) {
	found := 0
	for _, r := range embedded(t).Rules {
		if r.Group != "posture" {
			continue
		}
		found++
		if r.Tier != 4 || r.Severity != finding.SeverityInformational || len(r.FalsePositives) == 0 {
			t.Errorf("%s is of tier %d and severity %s, want context with its false positives", r.ID, r.Tier, r.Severity)
		}
	}
	if found != 7 {
		t.Errorf("%d rules of posture", found)
	}
}

// A rule that is renamed must not fall out of the composite unseen.
func TestShelfNamesRulesThatExist(t *testing.T) {
	c := embedded(t)
	var walk func(list []catalogue.Condition)
	named := 0
	walk = func(list []catalogue.Condition) {
		for _, condition := range list {
			walk(condition.All)
			walk(condition.Any)
			if condition.Finding == nil {
				continue
			}
			for _, id := range condition.Finding.Rule {
				if _, known := c.Rule(id); !known {
					t.Errorf("c5.shelf names %s, which is no rule", id)
				}
				named++
			}
		}
	}
	for _, composite := range c.Composites {
		if composite.ID == "c5.shelf" {
			walk([]catalogue.Condition{composite.When})
		}
	}
	if named < 10 {
		t.Errorf("c5.shelf names %d rules", named)
	}
}
