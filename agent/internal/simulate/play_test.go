package simulate

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/detect"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

var noTime time.Time

func playOf(t testing.TB, text string, seed uint64) *play {
	t.Helper()
	s, err := written(t.(*testing.T), text)
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.cast(kitsThereAre(t), seed, noTime)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The same seed makes the same play to the byte, another one another.
func TestPlansFollowTheSeed(t *testing.T) {
	plan := func(seed uint64) []byte {
		p, err := playOf(t, story, seed).plan(nil)
		if err != nil {
			t.Fatal(err)
		}
		p.Scenario = ""
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if one := plan(1); !bytes.Equal(one, plan(1)) || bytes.Equal(one, plan(2)) {
		t.Error("plans do not follow the seed alone")
	}
}

// Whatever the seed moves, nothing overtakes anything, no moment goes far, and what
// belongs together stays together.
func TestMovedKeepsOrder(t *testing.T) {
	var moments []time.Time
	at := first
	for i := range 300 {
		at = at.Add([]time.Duration{9 * time.Second, 20 * time.Minute, 3 * time.Hour, 26 * time.Hour, 50 * time.Minute}[i%5])
		moments = append(moments, at)
	}
	for seed := range draw(50) {
		to := seed.moved(moments, 0.2, 2*time.Hour)
		moved := 0
		for i, m := range moments {
			if by := to[m].Sub(m).Abs(); by > 2*time.Hour+20*time.Minute {
				t.Fatalf("seed %d moves %s by %s", seed, m, by)
			} else if by > time.Minute {
				moved++
			}
			if i == 0 {
				continue
			}
			gap, now := m.Sub(moments[i-1]), to[m].Sub(to[moments[i-1]])
			if now <= 0 || gap <= together && (now < gap*7/10 || now > gap*13/10) {
				t.Fatalf("seed %d: %s after the one before becomes %s", seed, gap, now)
			}
		}
		if moved < 250 {
			t.Errorf("seed %d moves only %d moments", seed, moved)
		}
	}
}

func TestOccasions(t *testing.T) {
	s := &Scenario{Begins: "friday"}
	all, err := s.occasions(Entry{At: "22:00", Until: "02:00", Days: "D0-D5", Every: "weekday"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range all {
		got = append(got, o.at.String()+" to "+o.until.String())
	}
	want := []string{"D0 22:00:00 to D1 02:00:00", "D3 22:00:00 to D4 02:00:00", "D4 22:00:00 to D5 02:00:00", "D5 22:00:00 to D6 02:00:00"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Many devices get addresses of their own, all of them for documentation.
func TestAddresses(t *testing.T) {
	for _, n := range []int{3, 762, 2000} {
		var names []string
		for i := range n {
			names = append(names, strings.Repeat("x", i))
		}
		seen := map[netip.Addr]bool{}
		for _, a := range draw(7).addresses(names) {
			seen[a] = true
			four := slices.ContainsFunc(documented, func(d netip.Addr) bool { return netip.PrefixFrom(d, 24).Contains(a) })
			if !four && !netip.MustParsePrefix("2001:db8::/32").Contains(a) {
				t.Fatalf("%s is nobody's example", a)
			}
		}
		if len(seen) != n {
			t.Errorf("%d names have %d addresses", n, len(seen))
		}
	}
}

// What an entry did is taken back, to the row.
func TestUntilTakesBack(t *testing.T) {
	p := playOf(t, story, 3)
	sc, err := newScene(p, p.laptops[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	before := maps.Clone(sc.rows)
	for _, i := range []int{1, 2} {
		classes, err := sc.apply(act{at: first, entry: i}, p.Timeline[i])
		want := map[int]string{1: "network_interfaces", 2: "power"}[i]
		if err != nil || !slices.Contains(classes, want) {
			t.Errorf("entry %d changes %v (%v), want %s", i, classes, err, want)
		}
	}
	if sc.address() == p.addressOf("laptop", "home") || sc.columnOf("power", "on_ac") != "false" {
		t.Errorf("it is not at the cafe, on battery: %s", sc.columnOf("power", "on_ac"))
	}
	for _, i := range []int{1, 2} {
		if _, err := sc.apply(act{at: first, entry: i, back: true}, p.Timeline[i]); err != nil {
			t.Error(err)
		}
	}
	for class, rows := range before {
		if !slices.EqualFunc(rows, sc.rows[class], func(a, b finding.Observation) bool { return a.UID == b.UID && maps.Equal(a.Columns, b.Columns) }) {
			t.Errorf("%s is %v, was %v", class, sc.rows[class], rows)
		}
	}
}

// findingsOf are the rules that hold of a laptop with one thing of a kit.
func findingsOf(t *testing.T, k *Kits, kit, brand, state, os string) []string {
	t.Helper()
	known, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	s := &Scenario{Zone: "UTC", Devices: map[string]Device{"laptop": {OS: Choice{os}, Enrolled: "D0", Place: "home"}}, Places: map[string]Place{"home": {}}}
	if kit != "" {
		s.Timeline = []Entry{{At: "D0", Device: "laptop", Kit: kit, Brand: Choice{brand}, State: state}}
	}
	p, err := s.cast(k, 1, noTime)
	if err != nil {
		t.Fatal(err)
	}
	sc, err := newScene(p, p.laptops[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range p.acts {
		if _, err := sc.apply(a, p.Timeline[a.entry]); err != nil {
			t.Fatalf("%s %s %s on %s: %v", kit, brand, state, os, err)
		}
	}
	var rules []string
	for _, rows := range sc.rows {
		for _, f := range detect.Detect(known, rows) {
			rules = append(rules, f.Rule)
		}
	}
	return rules
}

// Kits are what they say: their rows are found by the rules that such things are found by.
func TestKitsAreFound(t *testing.T) {
	k := kitsThereAre(t)
	for kit, states := range map[string]map[string][]string{
		"kvm": {"attached": {"kvm.default_identity", "display.default_identity"}, "picture": {"display.default_identity"}},
		"remote_tool": {
			"unattended": {"tool.BRAND.unattended"}, "controlled": {"tool.BRAND.controlled", "tool.BRAND.unattended"},
			"attended": {"tool.BRAND.controlled"}, "running": {"tool.BRAND."},
		},
		"shelf": {"closed": {"posture.lid_closed_only_external_display", "posture.always_on_power", "posture.never_suspended"}, "open": {"posture.lid_open_not_moved"}},
		"hands": {"injected": {"input."}},
	} {
		for state, want := range states {
			for _, os := range sensor.Systems {
				for _, brand := range k.brands(kit, os, state, nil) {
					got := findingsOf(t, k, kit, brand, state, os)
					for _, rule := range want {
						rule = strings.ReplaceAll(rule, "BRAND", brand)
						if !slices.ContainsFunc(got, func(r string) bool { return strings.HasPrefix(r, rule) }) {
							t.Errorf("%s %s %s on %s: %v, want %s", kit, brand, state, os, got, rule)
						}
					}
				}
			}
		}
	}
}

// An ordinary laptop at an ordinary desk is nothing to find anything on but what the rules call low.
func TestOrdinaryKitsAreOrdinary(t *testing.T) {
	k := kitsThereAre(t)
	known, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, os := range sensor.Systems {
		all := findingsOf(t, k, "", "", "", os)
		for _, brand := range k.brands("desk", os, "connected", nil) {
			all = append(all, findingsOf(t, k, "desk", brand, "connected", os)...)
		}
		for _, id := range all {
			if r, ok := known.Rule(id); ok && r.Severity.Rank() >= finding.SeverityMedium.Rank() {
				t.Errorf("on %s: %s", os, id)
			}
		}
	}
}

func TestWithout(t *testing.T) {
	w := without{"posture", "system.time_zone", "input.jiggler"}
	if !w.class("posture") || w.class("power") || w.rule("input.jiggler_pikvm") || !w.rule("input.injected") {
		t.Error("it leaves out other things than it says")
	}
	if got := w.columns("system", map[string]string{"os": "linux", "time_zone": "UTC"}); !maps.Equal(got, map[string]string{"os": "linux"}) {
		t.Errorf("of system stays %v", got)
	}
}
