package population

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// digest is what a fleet tells in some days, in short.
func digest(t *testing.T, seed uint64) string {
	t.Helper()
	f, sum := fleet(t, Options{Seed: seed, Laptops: 200, Days: 3}), sha256.New()
	for n := 1; n <= 3; n++ {
		for _, l := range f.laptops {
			told, err := f.live(l, n)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range told {
				fmt.Fprint(sum, d.DeviceID, d.ReceivedAt.UnixMicro())
				if d.Entry != nil {
					for _, g := range d.Entry.Report.Findings {
						fmt.Fprint(sum, g.UID, g.Status, g.FirstSeen.UnixMicro(), g.LastSeen.UnixMicro())
					}
				}
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// TestASeedIsAFleet: the same seed gives the same fleet and days, another one another.
func TestASeedIsAFleet(t *testing.T) {
	first := digest(t, 7)
	if digest(t, 7) != first {
		t.Error("the same seed gives another fleet")
	}
	if digest(t, 8) == first {
		t.Error("another seed gives the same fleet")
	}
}

// TestCensus: a fleet has as many laptops as it was asked for, of each life at least
// one, and 25 in farms that come on the first nine days.
func TestCensus(t *testing.T) {
	for _, size := range []int{200, 1000} {
		f := fleet(t, Options{Seed: 1, Laptops: size, Days: 30})
		by, farmed := map[string]int{}, map[string]int{}
		for _, l := range f.laptops {
			by[l.life]++
			if l.site != "" {
				farmed[l.site]++
				if joined := l.turns[0].day; joined < 1 || joined > 9 {
					t.Errorf("%s of the %s joins on day %d", l.id, l.site, joined)
				}
			}
		}
		ordinary := len(f.laptops) - Farmed
		if ordinary < size || ordinary > size+4 { // a household comes whole
			t.Errorf("%d ordinary laptops, want %d", ordinary, size)
		}
		for _, life := range Lives() {
			if by[life.Name] == 0 {
				t.Errorf("of %d laptops none leads the life %s", size, life.Name)
			}
		}
		if len(farmed) != 3 || farmed[shelfSite]+farmed[houseSite]+farmed[flatSite] != Farmed {
			t.Errorf("farms hold %v", farmed)
		}
	}
}

// TestWhatIsFoundOfLives: what a life is meant to show is found by the rules that are
// meant to find it, and what it is not meant to show is not.
func TestWhatIsFoundOfLives(t *testing.T) {
	f := fleet(t, Options{Seed: 2, Laptops: 2000, Days: 10})
	found, lived := map[string]map[string]bool{}, map[string]int{}
	some := slices.DeleteFunc(f.laptops, func(l *laptop) bool { // of the lives that most lead, 20 are enough
		lived[l.life]++
		return lived[l.life] > 20
	})
	for n := 1; n <= 10; n++ {
		for _, l := range some {
			told, err := f.live(l, n)
			if err != nil {
				t.Fatal(err)
			}
			if found[l.life] == nil {
				found[l.life] = map[string]bool{}
			}
			for _, d := range told {
				if d.Entry == nil {
					continue
				}
				for _, g := range d.Entry.Report.Findings {
					found[l.life][g.Rule] = true
				}
			}
		}
	}
	for life, rules := range map[string][]string{
		"developer": {"tool.tailscale.running", "tool.ngrok.running", "tool.vscode-tunnel.running", "tunnel.exposes_port"}, "clamshell": {"posture.lid_closed_only_external_display", "posture.never_suspended"},
		"accessibility": {"input.injected"}, "jiggler": {"input.jiggler_pattern", "input.jiggler_software"}, "virtual_camera": {"posture.virtual_camera_only"},
		"homelab_kvm": {"kvm.default_identity", "display.masked_edid"}, "vendor_help": {"tool.anydesk.controlled"}, "new_hire": {"kvm.default_identity"}, "private_vpn": {"tool.nordvpn.running"},
		"farm: " + shelfSite: {"kvm.default_identity", "kvm.identity_contradiction", "kvm.serial_hid_bridge", "input.jiggler_pikvm", "network.corporate_neighbours"},
		"farm: " + houseSite: {"tool.anydesk.entered", "tool.screenconnect.controlled", "tool.chrome-remote-desktop.unattended", "tool.meshagent.tenant", "input.injected"},
		"farm: " + flatSite:  {"meeting.started_by_program", "meeting.all_day_without_voice", "kvm.keyboard_only_gadget", "network.arp_relay", "network.interpreter_stays_connected"},
	} {
		for _, rule := range rules {
			if !found[life][rule] {
				t.Errorf("%s: %s is not found; found are %v", life, rule, sorted(found[life]))
			}
		}
	}
	for _, life := range []string{"home_docked", "hybrid", "office", "hot_desk", "clamshell", "couple", "gamer", "headset", "desk_switch", "drawing", "presenter", "traveller"} {
		for rule := range found[life] {
			if r, known := f.catalogue.Rule(rule); known && r.Tier <= 3 && r.Tool != "teamviewer" && r.Tool != "quick-assist" && rule != "meeting.started_by_program" {
				t.Errorf("%s: %s is found, of tier %d", life, rule, r.Tier)
			}
		}
	}
}

// TestTracker: a finding opens once, is told again after a day, and ends as it was seen
// last; one that rests on what hands do is told for a day longer.
func TestTracker(t *testing.T) {
	f := fleet(t, Options{Seed: 1, Laptops: 200, Days: 1})
	at := firstDay.Add(9 * time.Hour)
	told := func(s *tracker, at time.Time) (list []string) {
		r, _ := s.look(at)
		for _, g := range r.Findings {
			list = append(list, fmt.Sprint(g.Rule, " ", g.Status, " ", g.LastSeen.Format("15:04")))
		}
		return list
	}
	s := newTracker(f)
	gadget := f.unit("keyboard_gadget", "one")[0]
	s.put(at, gadget)
	if got := told(&s, at); !slices.Contains(got, "kvm.keyboard_only_gadget open 09:00") {
		t.Fatalf("as it is plugged in: %v", got)
	}
	s.put(at.Add(time.Hour), gadget)
	if got := told(&s, at.Add(time.Hour)); len(got) != 0 {
		t.Errorf("nothing changed, and it told %v", got)
	}
	if got := told(&s, at.Add(renewal)); len(got) == 0 {
		t.Error("what is open was not told again after a day")
	}
	s.take(gadget.UID)
	s.last = at.Add(renewal + time.Hour)
	if got := told(&s, at.Add(renewal+2*time.Hour)); !slices.Contains(got, "kvm.keyboard_only_gadget closed 10:00") {
		t.Errorf("as it is unplugged: %v", got)
	}
	input := driven()
	s.put(at, input)
	_ = told(&s, at)
	s.take(input.UID)
	if got := told(&s, at.Add(2*time.Hour)); len(got) != 0 {
		t.Errorf("of what hands did it told %v within the day", got)
	}
	if got := told(&s, at.Add(27*time.Hour)); len(got) != 1 {
		t.Errorf("a day later it told %v, want its end", got)
	}
}

// TestMisses: each part of the budget is asked for.
func TestMisses(t *testing.T) {
	good := func() Outcome {
		o := Outcome{Options: Options{Laptops: 1000, Days: 7}, Budget: 1}
		for _, name := range []string{shelfSite, houseSite, flatSite} {
			farm := FarmTally{Name: name, Site: SiteTally{Names: []string{"a site"}, Day: 5, Level: finding.LevelHigh}}
			for range 9 {
				farm.Laptops = append(farm.Laptops, FarmLaptop{ID: name, Found: map[finding.Conclusion]int{finding.RemotelyControlled: 3}})
			}
			o.Farms = append(o.Farms, farm)
		}
		return o
	}
	if misses := good().Misses(); len(misses) > 0 {
		t.Errorf("a good outcome misses: %v", misses)
	}
	for name, spoil := range map[string]func(*Outcome){
		"a high":          func(o *Outcome) { o.Highs = make([]Mistaken, 1) },
		"two mediums":     func(o *Outcome) { o.Mediums = make([]Mistaken, 2) },
		"a stranger":      func(o *Outcome) { o.Farms[0].Site.Strangers = []string{"x"} },
		"one apart":       func(o *Outcome) { o.Farms[1].Site.Missing = []string{"x"} },
		"two sites":       func(o *Outcome) { o.Farms[2].Site.Names = []string{"a", "b"} },
		"never told":      func(o *Outcome) { o.Farms[2].Site.Day = 0 },
		"found too late":  func(o *Outcome) { late(o, 0); late(o, 1) },
		"told on day 11":  func(o *Outcome) { o.Farms[0].Site.Day = 11 },
		"found by nobody": func(o *Outcome) { o.Farms[0].Laptops, o.Farms[1].Laptops = nil, nil },
	} {
		o := good()
		spoil(&o)
		if len(o.Misses()) == 0 {
			t.Errorf("%s is no miss", name)
		}
	}
}

func late(o *Outcome, farm int) {
	o.Farms[farm].Site.Day = 11
	for i := range o.Farms[farm].Laptops {
		o.Farms[farm].Laptops[i].Found = map[finding.Conclusion]int{finding.RemotelyControlled: 11}
	}
}
