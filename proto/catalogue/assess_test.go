package catalogue_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

var (
	enrolled = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	now      = enrolled.Add(30 * 24 * time.Hour)
)

// spell is a stretch of a rule's finding, told in hours before now; to 0 is open.
func spell(rule string, from, to float64, more ...string) catalogue.Spell {
	s := catalogue.Spell{
		Finding: finding.Finding{UID: finding.UID(append([]string{rule}, more...)...), Rule: rule, Title: rule},
		From:    now.Add(-time.Duration(from * float64(time.Hour))),
	}
	if to > 0 {
		s.To = now.Add(-time.Duration(to * float64(time.Hour)))
	}
	return s
}

func sanctioned(s catalogue.Spell) catalogue.Spell {
	s.Sanctioned = true
	return s
}

func TestAssessStories(t *testing.T) {
	c := embedded(t)
	x11vnc := []catalogue.Spell{spell("tool.x11vnc.installed", 900, 0), spell("tool.x11vnc.running", 1, 0), spell("tool.x11vnc.listening", 1, 0)}
	tests := []struct {
		name         string
		enrolled     time.Time
		spells       []catalogue.Spell
		control      finding.Level
		farm         finding.Level
		title, first string
	}{
		{name: "nothing", control: "none", farm: "none", title: "Nothing seen that lets somebody else drive this device"},
		{name: "idle x11vnc", spells: x11vnc, control: "watch", farm: "none", title: "x11vnc waits for connections"},
		{
			name: "x11vnc with a visitor", spells: append(slices.Clone(x11vnc), spell("tool.x11vnc.controlled", 0.01, 0)),
			control: "high", farm: "none", first: "c2.remote_access_unattended", title: "controlled now",
		},
		{
			name: "support tool with a visitor", spells: []catalogue.Spell{spell("tool.quick-assist.opened", 1, 0), spell("tool.quick-assist.controlled", 1, 0)},
			control: "medium", farm: "none", first: "c2.remote_access_in_use", title: "controlled now",
		},
		{
			name: "support tool for hours", spells: []catalogue.Spell{spell("tool.quick-assist.controlled", 50, 47.5), spell("tool.quick-assist.controlled", 26, 23.4)},
			control: "high", farm: "none", first: "c2.remote_access_all_day", title: "for hours",
		},
		{
			name: "overlapping connections are counted once", spells: []catalogue.Spell{spell("tool.quick-assist.controlled", 50, 47.5), spell("tool.quick-assist.controlled", 50, 47.4, "second")},
			control: "none", farm: "none",
		},
		{
			name: "sanctioned support", spells: []catalogue.Spell{sanctioned(spell("tool.screenconnect.running", 1, 0)), sanctioned(spell("tool.screenconnect.controlled", 1, 0))},
			control: "none", farm: "none", first: "tool.screenconnect.controlled",
		},
		{
			name: "remote desktop session", spells: []catalogue.Spell{spell("session.remote_desktop", 1, 0)},
			control: "medium", farm: "none", first: "c2.remote_access_in_use",
		},
		{name: "over long ago", spells: []catalogue.Spell{spell("tool.anydesk.controlled", 300, 299)}, control: "none", farm: "none"},
		{
			name: "new hire", enrolled: now.Add(-10 * 24 * time.Hour), spells: []catalogue.Spell{spell("tool.anydesk.running", 100, 0)},
			control: "medium", farm: "none", first: "c3.newhire_remote_access",
		},
		{
			name: "new hire with a ticket", enrolled: now.Add(-10 * 24 * time.Hour), spells: []catalogue.Spell{sanctioned(spell("tool.anydesk.running", 100, 0))},
			control: "none", farm: "none",
		},
		{name: "not new any more", enrolled: enrolled, spells: []catalogue.Spell{spell("tool.anydesk.running", 100, 0)}, control: "watch", farm: "none"},
		{
			name: "new then, there again now", enrolled: enrolled, spells: []catalogue.Spell{spell("tool.anydesk.running", 700, 600), spell("tool.anydesk.running", 5, 0)},
			control: "medium", farm: "none", first: "c3.newhire_remote_access",
		},
		{
			name: "a tunnel beside a listener", spells: []catalogue.Spell{spell("tool.ngrok.running", 1, 0), spell("tool.tigervnc.listening", 1, 0)},
			control: "medium", farm: "none", first: "c8.tunnel_exposes_remote_control",
		},
		{
			name: "a tunnel beside a visitor", spells: []catalogue.Spell{spell("tool.ngrok.running", 1, 0), spell("tool.krfb.listening", 1, 0), spell("tool.krfb.controlled", 1, 0)},
			control: "high", farm: "none", first: "c2.remote_access_in_use",
		},
		{
			name: "plain developer", enrolled: now.Add(-24 * time.Hour),
			spells:  []catalogue.Spell{spell("tool.tailscale.running", 1, 0), spell("tool.tailscale.installed", 1, 0), spell("tool.openvpn.installed", 1, 0), spell("tool.ngrok.installed", 1, 0), spell("tool.vscode-tunnel.running", 1, 0)},
			control: "watch", farm: "none",
		},
		{
			name: "two makers", spells: []catalogue.Spell{spell("tool.anydesk.running", 100, 0), spell("tool.teamviewer.listening", 90, 0)},
			control: "medium", farm: "none", first: "r03.several_remote_access_vendors", title: "two or more makers",
		},
		{
			name: "two makers, one sanctioned", spells: []catalogue.Spell{spell("tool.anydesk.running", 100, 0), sanctioned(spell("tool.teamviewer.listening", 90, 0))},
			control: "watch", farm: "none",
		},
		{
			name: "two makers, one over for days", spells: []catalogue.Spell{spell("tool.anydesk.running", 100, 0), spell("tool.teamviewer.running", 190, 99)},
			control: "medium", farm: "none", first: "r03.several_remote_access_vendors",
		},
		{
			name: "two makers, one over for long", spells: []catalogue.Spell{spell("tool.anydesk.running", 100, 0), spell("tool.teamviewer.running", 900, 200)},
			control: "watch", farm: "none",
		},
		{
			name: "two makers, one only installed", spells: []catalogue.Spell{spell("tool.anydesk.running", 100, 0), spell("tool.teamviewer.installed", 90, 0)},
			control: "watch", farm: "none",
		},
		{
			name: "two makers, one only looked up", spells: []catalogue.Spell{spell("tool.anydesk.running", 100, 0), spell("tool.teamviewer.contacted", 90, 0)},
			control: "watch", farm: "none",
		},
		{
			name: "two states of one product", spells: []catalogue.Spell{spell("tool.anydesk.running", 100, 0), spell("tool.anydesk.listening", 90, 0)},
			control: "watch", farm: "none",
		},
		{
			name: "two products of one maker", spells: []catalogue.Spell{spell("tool.n-able.running", 100, 0), spell("tool.n-able-take-control.running", 90, 0)},
			control: "watch", farm: "none",
		},
		{
			name: "parts that come together", spells: []catalogue.Spell{spell("tool.xrdp.listening", 100, 0), spell("tool.tigervnc.running", 90, 0)},
			control: "watch", farm: "none",
		},
		{
			name: "a shared keyboard beside a remote desktop", spells: []catalogue.Spell{spell("tool.barrier.running", 100, 0), spell("tool.anydesk.running", 90, 0)},
			control: "watch", farm: "none",
		},
		{
			name: "two makers and an independent class", spells: []catalogue.Spell{spell("tool.anydesk.running", 100, 0), spell("tool.teamviewer.listening", 90, 0), spell("kvm.descriptor_family", 1, 0), spell("kvm.composite_keyboard_pointer", 1, 0)},
			control: "high", farm: "none", first: "c1.kvm_attached",
		},
		{
			name: "browsing every product's pages", enrolled: now.Add(-24 * time.Hour), spells: everyName(c),
			control: "none", farm: "none",
		},
		{
			name: "pikvm", spells: []catalogue.Spell{spell("kvm.default_identity", 1, 0), spell("kvm.composite_keyboard_pointer_storage", 1, 0)},
			control: "high", farm: "none", first: "c1.kvm_attached",
		},
		{
			name: "spoofed pikvm", spells: []catalogue.Spell{spell("kvm.descriptor_family", 1, 0), spell("kvm.composite_keyboard_pointer_storage", 1, 0)},
			control: "high", farm: "none", first: "c1.kvm_attached",
		},
		{
			name: "sanctioned kvm", spells: []catalogue.Spell{sanctioned(spell("kvm.default_identity", 1, 0)), sanctioned(spell("kvm.composite_keyboard_pointer_storage", 1, 0))},
			control: "none", farm: "none",
		},
		{name: "jiggles like a kvm", spells: []catalogue.Spell{spell("kvm.gadget_constants", 9, 0), spell("input.jiggler_pikvm", 1, 0)}, control: "high", farm: "none", first: "c9.kvm_jiggles"},
		{name: "a jiggler alone", spells: []catalogue.Spell{spell("input.jiggler_pattern", 9, 0), spell("input.jiggler_software", 9, 0)}, control: "watch", farm: "none"},
		{name: "came with a display", spells: []catalogue.Spell{spell("kvm.gadget_constants", 9, 0), spell("display.arrived_with_keyboard", 9, 0)}, control: "high", farm: "none", first: "c1.kvm_attached"},
		{name: "a dock that came with a display", spells: []catalogue.Spell{spell("display.arrived_with_keyboard", 9, 0)}, control: "watch", farm: "none"},
		{name: "unplugged kvm", spells: []catalogue.Spell{spell("kvm.default_identity", 2, 1)}, control: "none", farm: "none"},
		{
			name: "kvm and new remote access", enrolled: now.Add(-24 * time.Hour),
			spells:  []catalogue.Spell{spell("kvm.default_identity", 1, 0), spell("tool.anydesk.running", 1, 0)},
			control: "high", farm: "watch", first: "c1.kvm_attached",
		},
		{name: "unknown rule", spells: []catalogue.Spell{spell("kvm.of_tomorrow", 1, 0)}, control: "none", farm: "none", first: "kvm.of_tomorrow"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			list := c.Assess(catalogue.History{At: now, EnrolledAt: test.enrolled, Spells: test.spells})
			if len(list) != 2 || list[0].Conclusion != finding.RemotelyControlled || list[1].Conclusion != finding.InFarm {
				t.Fatalf("got %+v", list)
			}
			control := list[0]
			if control.Level != test.control || list[1].Level != test.farm {
				t.Errorf("levels %s and %s, want %s and %s: %+v", control.Level, list[1].Level, test.control, test.farm, control.Ledger)
			}
			if !strings.Contains(control.Title, test.title) || control.Title == "" {
				t.Errorf("title %q, want %q", control.Title, test.title)
			}
			if test.first != "" && (len(control.Ledger) == 0 || control.Ledger[0].Rule != test.first) {
				t.Errorf("first line %+v, want %s", control.Ledger, test.first)
			}
			if control.Score > 0 && (control.NextStep == "" || control.Explain.Why == "" || control.Explain.Alternatives == "") {
				t.Errorf("a score of %d without explanation: %+v", control.Score, control)
			}
		})
	}
}

func TestAssessSaysControlledNow(t *testing.T) {
	a := embedded(t).Assess(catalogue.History{At: now, Spells: []catalogue.Spell{spell("tool.x11vnc.running", 1, 0), spell("tool.x11vnc.controlled", 1, 0)}})[0]
	if reason := a.Ledger[0].Reason; !strings.Contains(reason, "controlled now through x11vnc") {
		t.Errorf("reason %q", reason)
	}
	if n := len(strings.Fields(a.Ledger[0].Finding)); n != 2 {
		t.Errorf("the line names %d findings, want both", n)
	}
}

// What came later than the moment judged is not known then, and what ended
// later is still open: a late report gives the conclusion it would have given.
func TestAssessAtAnEarlierMoment(t *testing.T) {
	c := embedded(t)
	spells := []catalogue.Spell{spell("tool.x11vnc.controlled", 10, 8), spell("kvm.default_identity", 5, 0)}
	for hours, want := range map[float64]finding.Level{12: "none", 9: "high", 7: "none", 4: "high"} {
		at := now.Add(-time.Duration(hours * float64(time.Hour)))
		if got := c.Assess(catalogue.History{At: at, Spells: spells})[0]; got.Level != want {
			t.Errorf("%v hours ago: %s, want %s", hours, got.Level, want)
		}
	}
}

func TestAssessTiers(t *testing.T) {
	c := &catalogue.Catalogue{Scale: embedded(t).Scale}
	for tier := 1; tier <= 4; tier++ {
		for i, group := range []string{"kvm", "kvm", "tool", "network", "session", "input", "agent", "location"} {
			c.Rules = append(c.Rules, catalogue.Rule{ID: fmt.Sprintf("%s.t%d_%d", group, tier, i), Title: "x", Tier: tier, Group: group})
		}
	}
	assess := func(ids ...string) catalogue.Assessment {
		var spells []catalogue.Spell
		for _, id := range ids {
			spells = append(spells, spell(id, 1, 0), spell(id, 1, 0, "second row"))
		}
		return c.Assess(catalogue.History{At: now, Spells: spells})[0]
	}
	ids := func(tier int) (list []string) {
		for _, r := range c.Rules {
			if r.Tier == tier {
				list = append(list, r.ID)
			}
		}
		return list
	}
	tests := []struct {
		name string
		ids  []string
		want finding.Level
	}{
		{"one of tier 1", []string{"kvm.t1_0"}, "high"},
		{"one of tier 2", []string{"kvm.t2_0"}, "medium"},
		{"two of tier 2 of one group", []string{"kvm.t2_0", "kvm.t2_1"}, "medium"},
		{"two of tier 2 of two groups", []string{"kvm.t2_0", "tool.t2_2"}, "high"},
		{"one of tier 3", []string{"kvm.t3_0"}, "watch"},
		{"all of tier 3", ids(3), "watch"},
		{"one of tier 4", []string{"kvm.t4_0"}, "none"},
		{"all of tier 4", ids(4), "none"},
		{"all of tiers 3 and 4", append(ids(3), ids(4)...), "watch"},
		{"tier 2 with all of tiers 3 and 4", append(append(ids(3), ids(4)...), "kvm.t2_0"), "medium"},
		{"everything", append(append(append(ids(3), ids(4)...), ids(2)...), ids(1)...), "high"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := assess(test.ids...); got.Level != test.want || got.Score > c.Scale.Top {
				t.Errorf("got %s with %d, want %s: %+v", got.Level, got.Score, test.want, got.Ledger)
			}
		})
	}
	if context := assess(ids(4)...); context.Score > 15 {
		t.Errorf("context adds up to %d", context.Score)
	}
}

// Whatever the history: the order of its spells does not show, the ledger adds
// up to the score, no sanctioned finding scores, and none stands in two scored
// composites of one class or beside one that used it.
func TestAssessProperties(t *testing.T) {
	c := embedded(t)
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 400 {
		h := randomHistory(t, random)
		want := c.Assess(h)
		for range 3 {
			random.Shuffle(len(h.Spells), func(i, j int) { h.Spells[i], h.Spells[j] = h.Spells[j], h.Spells[i] })
			if diff := cmp.Diff(want, c.Assess(h)); diff != "" {
				t.Fatalf("round %d: another order gives another assessment:\n%s", round, diff)
			}
		}
		for _, a := range want {
			assertLedger(t, c, a)
		}
	}
}

func randomHistory(t testing.TB, random *rand.Rand) catalogue.History {
	h, rules := catalogue.History{At: now}, everyRule(t)
	if random.IntN(2) == 0 {
		h.EnrolledAt = now.Add(-time.Duration(random.IntN(40*24)) * time.Hour)
	}
	for range random.IntN(14) {
		id := rules[random.IntN(len(rules))].ID
		if random.IntN(3) == 0 {
			id = []string{"kvm.default_identity", "tool.x11vnc.controlled", "tool.ngrok.running", "tool.x11vnc.listening", "tool.anydesk.running", "tool.teamviewer.listening"}[random.IntN(6)]
		}
		from := random.Float64() * 500
		to := 0.0
		if random.IntN(2) == 0 {
			to = from * random.Float64()
		}
		s := spell(id, from, to, []string{"a", "b"}[random.IntN(2)])
		s.Sanctioned = random.IntN(5) == 0
		h.Spells = append(h.Spells, s)
	}
	return h
}

func assertLedger(t *testing.T, c *catalogue.Catalogue, a catalogue.Assessment) {
	t.Helper()
	sum := 0
	for i, entry := range a.Ledger {
		sum += entry.Points
		if entry.Reason == "" || entry.Rule == "" {
			t.Errorf("a line without reason or rule: %+v", entry)
		}
		if i > 0 && a.Ledger[i-1].Points < entry.Points {
			t.Errorf("the ledger is not sorted: %+v", a.Ledger)
		}
		if strings.HasPrefix(entry.Reason, "Sanctioned") && entry.Points != 0 {
			t.Errorf("a sanctioned finding scores: %+v", entry)
		}
	}
	if sum != a.Score || a.Level != c.Scale.Level(a.Score) {
		t.Errorf("the ledger adds up to %d, the score is %d and the level %s", sum, a.Score, a.Level)
	}
	for _, entry := range a.Ledger {
		if r, known := c.Rule(entry.Rule); known && r.Tier >= 3 && entry.Points > c.Scale.TierCap[r.Tier] {
			t.Errorf("a line of tier %d has %d points", r.Tier, entry.Points)
		}
	}
}

// everyName is what a laptop shows on which somebody looked up every product.
func everyName(c *catalogue.Catalogue) []catalogue.Spell {
	var list []catalogue.Spell
	for _, r := range c.EveryRule() {
		if r.State == catalogue.StateContacted {
			list = append(list, spell(r.ID, 1, 0))
		}
	}
	return list
}

// Whatever else is there, looked-up names raise no level and stand in no
// composite's line; and a further maker's tool never lowers one.
func TestAssessMonotone(t *testing.T) {
	c := embedded(t)
	random := rand.New(rand.NewPCG(5, 6))
	names := everyName(c)
	for round := range 200 {
		h := randomHistory(t, random)
		h.Spells = slices.DeleteFunc(h.Spells, func(s catalogue.Spell) bool { return strings.HasSuffix(s.Finding.Rule, ".contacted") })
		before := c.Assess(h)
		loud, more := h, h
		loud.Spells = slices.Concat(h.Spells, names)
		more.Spells = slices.Concat(h.Spells, []catalogue.Spell{spell("tool.rustdesk.running", 1, 0)})
		for i, a := range c.Assess(loud) {
			if a.Level != before[i].Level {
				t.Errorf("round %d: names change %s to %s", round, before[i].Level, a.Level)
			}
			for _, entry := range a.Ledger {
				if _, isRule := c.Rule(entry.Rule); !isRule && strings.Contains(entry.Reason, "A network name of") {
					t.Errorf("round %d: %s counts a name: %s", round, entry.Rule, entry.Reason)
				}
			}
		}
		for i, a := range c.Assess(more) {
			if a.Level.Rank() < before[i].Level.Rank() {
				t.Errorf("round %d: one more maker lowers %s to %s", round, before[i].Level, a.Level)
			}
		}
	}
}

func TestAssessWithoutScale(t *testing.T) {
	c := &catalogue.Catalogue{Rules: []catalogue.Rule{{ID: "kvm.x", Title: "x", Tier: 1, Group: "kvm"}}}
	if a := c.Assess(catalogue.History{Spells: []catalogue.Spell{{Finding: finding.Finding{UID: "1", Rule: "kvm.x"}}}})[0]; a.Level != finding.LevelNone {
		t.Errorf("a catalogue without scale gives %s", a.Level)
	}
}
