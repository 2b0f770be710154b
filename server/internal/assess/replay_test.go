package assess

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/roster"
	"github.com/farmwatch/farmwatch/server/internal/site"
	"github.com/farmwatch/farmwatch/server/internal/wave"
)

// A drawer is an Archive in memory, of laptops that share nothing.
type drawer struct {
	Archive
	pasts  map[string]Past
	told   map[string][]device.Facts
	starts []wave.Start
}

func (d drawer) Traits(context.Context, string, func(device.Trait)) error   { return nil }
func (d drawer) StaysState(context.Context, string) (string, error)         { return "", nil }
func (d drawer) EachStay(context.Context, string, func(*device.Stay)) error { return nil }
func (d drawer) RosterState(context.Context) (string, error)                { return "", nil }
func (d drawer) Roster(context.Context) (*roster.Roster, error)             { return &roster.Roster{}, nil }
func (d drawer) Sanctions(context.Context) ([]alert.Sanction, error)        { return nil, nil }
func (d drawer) SiteAlerts(context.Context, string) ([]alert.Alert, error)  { return nil, nil }
func (d drawer) KeptSites(context.Context) ([]site.Site, map[string][]site.Member, error) {
	return nil, nil, nil
}

func (d drawer) EvidenceOf(context.Context, []string, time.Time, func(string, finding.Observation)) error {
	return nil
}

func (d drawer) Concluded(context.Context, string) (map[string]device.StandingConclusion, error) {
	return nil, nil
}

func (d drawer) Beginnings(context.Context, time.Time) ([]wave.Start, int, error) {
	return d.starts, len(d.pasts), nil
}

func (d drawer) Enrolled(context.Context) ([]device.Enrolled, error) {
	var list []device.Enrolled
	for id := range d.pasts {
		list = append(list, device.Enrolled{ID: id})
	}
	return list, nil
}

func (d drawer) PastTold(_ context.Context, id string, _ time.Time, _ []string) (Past, error) {
	return d.pasts[id], nil
}

func (d drawer) ToldSince(_ context.Context, id string, _ time.Time, classes []string) ([]device.Facts, error) {
	return slices.DeleteFunc(slices.Clone(d.told[id]), func(f device.Facts) bool { return !slices.Contains(classes, f.Class) }), nil
}

func embedded(t testing.TB) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func over(t testing.TB, c *catalogue.Catalogue, name, text string) *catalogue.Catalogue {
	t.Helper()
	after, err := catalogue.Overlay(c, fstest.MapFS{name: {Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	return after
}

// desk fires on a USB device of one vendor.
func desk(id string, tier int, class, match string) string {
	return fmt.Sprintf(`id: %s
title: A device that the company never bought is plugged in
status: test
severity: high
confidence: high
tier: %d
group: kvm
attack: [T1200]
class: %s
match: {%s}
explain: {why: It can act as a keyboard., alternatives: The company bought it after all., change: It is unplugged., check: Look at the port.}
falsepositives: [a purchase that nobody told of]
machines: [pointer-of-its-own.txtar]
lookalikes: [plain-laptop.txtar]
`, id, tier, class, match)
}

func usb(uid, vendor string) finding.Observation {
	return finding.Observation{Class: "usb_devices", UID: uid, Columns: map[string]string{"port": uid, "vendor_id": vendor, "product_id": "0001"}}
}

func usbTold(at time.Time, rows ...finding.Observation) device.Facts {
	return device.Facts{Facts: finding.Facts{Class: "usb_devices", Rows: rows}, At: at, ReceivedAt: at}
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// proposed says what a file of that id holds.
func proposed(c *catalogue.Catalogue, id string) []Proposed {
	kind := ProposedComposite
	if _, known := c.Rule(id); known {
		kind = ProposedRule
	} else if slices.ContainsFunc(c.Tools, func(t catalogue.Tool) bool { return t.ID == id }) {
		kind = ProposedTool
	} else if id == ScaleID {
		kind = ProposedScale
	}
	return []Proposed{{kind, id}}
}

func replayOf(t *testing.T, c, after *catalogue.Catalogue, id string, d drawer) ([]ReplayChange, ReplaySummary) {
	t.Helper()
	changes, summary, err := NewReplay(c, after, proposed(after, id), noon.Add(-days(30)), noon, nil).Run(t.Context(), d, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return changes, summary
}

func TestANewRuleIsTriedOnTheRowsThatReportsTold(t *testing.T) {
	c := embedded(t)
	after := over(t, c, "rules/kvm/kvm.desk.yaml", desk("kvm.desk", 2, "usb_devices", `vendor_id: "1234"`))
	p := laptop()
	d := drawer{pasts: map[string]Past{"d": p, "e": {Device: device.Device{ID: "e", Name: "other"}}},
		told: map[string][]device.Facts{"d": {usbTold(noon.Add(-days(9)), usb("1-1", "5678")), usbTold(noon.Add(-days(5)), usb("1-1", "1234")), usbTold(noon.Add(-days(4)))}}}
	changes, s := replayOf(t, c, after, "kvm.desk", d)
	if len(changes) != 1 || s.Raised != 1 || s.Unchanged != 3 || s.AlertsOpened != 1 || s.Rows != 2 {
		t.Fatalf("changes = %+v, summary = %+v", changes, s)
	}
	got := changes[0]
	if got.Conclusion != finding.RemotelyControlled || got.Before.Level != finding.LevelNone || got.After.Level != finding.LevelMedium || !got.Opened {
		t.Errorf("change = %+v", got)
	}
	if !got.At.Equal(noon.Add(-days(5))) || got.NowAfter != finding.LevelNone {
		t.Errorf("it began %v and is %s now: it was unplugged", got.At, got.NowAfter)
	}
	if len(got.Added) != 1 || got.Added[0].Rule != "kvm.desk" || len(got.Dropped) != 0 {
		t.Errorf("added %+v, dropped %+v", got.Added, got.Dropped)
	}
	if p := s.Proposals[0]; p.Replaces || p.DevicesBefore != 0 || p.DevicesAfter != 1 || !strings.Contains(p.Note, "reports that are kept") {
		t.Errorf("proposal = %+v", p)
	}
}

// attached is a spell of a rule of the catalogue, with its evidence.
func attached(t *testing.T, c *catalogue.Catalogue, rule string, row finding.Observation, from, to time.Time) device.Spell {
	t.Helper()
	r, known := c.Rule(rule)
	if !known {
		t.Fatalf("no rule %s", rule)
	}
	s := spell(*r, "u-"+row.UID, from, to, noon)
	s.Finding.Evidence = []finding.Observation{row}
	return s
}

func TestAChangedRuleTakesBackWhatItWouldNotHaveTold(t *testing.T) {
	c := over(t, embedded(t), "rules/kvm/kvm.desk.yaml", desk("kvm.desk", 2, "usb_devices", `vendor_id: ["1234", "5678"]`))
	after := over(t, c, "rules/kvm/kvm.desk.yaml", desk("kvm.desk", 2, "usb_devices", `vendor_id: "1234"`))
	from := noon.Add(-days(3))
	d := drawer{pasts: map[string]Past{
		"kept": laptop(attached(t, c, "kvm.desk", usb("1-1", "1234"), from, time.Time{})),
		"gone": laptop(attached(t, c, "kvm.desk", usb("1-2", "5678"), from, time.Time{})),
	}, told: map[string][]device.Facts{"kept": {usbTold(from, usb("1-1", "1234"))}, "gone": {usbTold(from, usb("1-2", "5678"))}}}
	changes, s := replayOf(t, c, after, "kvm.desk", d)
	if len(changes) != 1 || s.Lowered != 1 || s.AlertsNotNeeded != 1 || !changes[0].NotOpened || changes[0].NowAfter != finding.LevelNone {
		t.Fatalf("changes = %+v, summary = %+v", changes, s)
	}
	if p := s.Proposals[0]; !p.Replaces || p.DevicesBefore != 2 || p.DevicesAfter != 1 {
		t.Errorf("proposal = %+v", p)
	}
}

func TestAFindingWhoseRowsAreForgottenCountsAsBefore(t *testing.T) {
	c := over(t, embedded(t), "rules/kvm/kvm.desk.yaml", desk("kvm.desk", 2, "usb_devices", `vendor_id: "5678"`))
	after := over(t, c, "rules/kvm/kvm.desk.yaml", desk("kvm.desk", 2, "usb_devices", `vendor_id: "1234"`))
	s := attached(t, c, "kvm.desk", usb("1-1", "5678"), noon.Add(-days(3)), time.Time{})
	s.Finding.Evidence = nil
	changes, sum := replayOf(t, c, after, "kvm.desk", drawer{pasts: map[string]Past{"d": laptop(s)}})
	if len(changes) != 0 || sum.Proposals[0].DevicesAfter != 1 {
		t.Errorf("changes = %+v, summary = %+v", changes, sum)
	}
}

func TestARuleOnRowsThatStayOnLaptopsSaysSo(t *testing.T) {
	c := embedded(t)
	after := over(t, c, "rules/tunnel/tunnel.desk.yaml", strings.NewReplacer("group: kvm", "group: tunnel", "usb_devices", "processes").Replace(desk("tunnel.desk", 3, "processes", "name: helper")))
	note := NewReplay(c, after, []Proposed{{ProposedRule, "tunnel.desk"}}, noon.Add(-days(30)), noon, nil).proposals[0].Note
	if !strings.Contains(note, "Rows of processes are judged on laptops and stay there") {
		t.Errorf("note = %q", note)
	}
}

func TestAScaleIsTriedOnEveryLaptop(t *testing.T) {
	c := embedded(t)
	after := over(t, c, "assess/scale.yaml", "source: a test\nwatch: 20\nmedium: 50\nhigh: 95\ntop: 100\ntier: {1: 80, 2: 50, 3: 20, 4: 3}\ntier_cap: {1: 100, 2: 100, 3: 20, 4: 9}\n")
	row := usb("1-1", "1d6b")
	d := drawer{pasts: map[string]Past{"d": laptop(attached(t, c, "kvm.default_identity", row, noon.Add(-days(2)), time.Time{}))}}
	changes, s := replayOf(t, c, after, ScaleID, d)
	if len(changes) != 1 || s.Lowered != 1 || changes[0].Before.Level != finding.LevelHigh || changes[0].After.Level != finding.LevelMedium {
		t.Fatalf("changes = %+v", changes)
	}
	if s.Levels[LevelOf{finding.RemotelyControlled, finding.LevelHigh}] != [2]int{1, 0} || s.Proposals[0].Kind != ProposedScale {
		t.Errorf("summary = %+v", s)
	}
}

func TestAnOpenAlertGoesOnInsteadOfBeingOpenedAgain(t *testing.T) {
	c := embedded(t)
	after := over(t, c, "rules/kvm/kvm.desk.yaml", desk("kvm.desk", 2, "usb_devices", `vendor_id: "1234"`))
	p := laptop()
	p.Alerts = []alert.Alert{{ID: "a", Conclusion: finding.RemotelyControlled, State: alert.New}}
	d := drawer{pasts: map[string]Past{"d": p}, told: map[string][]device.Facts{"d": {usbTold(noon.Add(-days(1)), usb("1-1", "1234"))}}}
	if changes, s := replayOf(t, c, after, "kvm.desk", d); len(changes) != 1 || s.AlertsOpened != 0 {
		t.Errorf("changes = %+v, summary = %+v", changes, s)
	}
}

func TestABusyLaptopIsReplayedWholeAndWhatIsCutIsSaid(t *testing.T) {
	c := embedded(t)
	after := over(t, c, "assess/scale.yaml", "source: a test\nwatch: 20\nmedium: 50\nhigh: 95\ntop: 100\ntier: {1: 80, 2: 50, 3: 20, 4: 3}\ntier_cap: {1: 100, 2: 100, 3: 20, 4: 9}\n")
	// plugged in and out again, and in the beginning only; after it, something that says little.
	busy := func(plugs int) Past {
		begin := noon.Add(-days(29))
		list := []device.Spell{attached(t, c, "kvm.default_identity", usb("1-1", "1d6b"), begin, begin.Add(time.Minute))}
		for i := range plugs {
			from := begin.Add(time.Hour + time.Duration(i)*days(27)/time.Duration(plugs))
			list = append(list, attached(t, c, "kvm.network_gadget", usb(fmt.Sprint(i), "5678"), from, from.Add(time.Minute)))
		}
		return laptop(list...)
	}
	changes, s := replayOf(t, c, after, ScaleID, drawer{pasts: map[string]Past{"d": busy(300)}})
	if len(changes) == 0 || changes[0].Before.Level != finding.LevelHigh || s.Cut != 0 {
		t.Errorf("with 600 moments changes = %+v, cut %d: the first of them is what differs", changes, s.Cut)
	}
	_, s = replayOf(t, c, after, ScaleID, drawer{pasts: map[string]Past{"d": busy(mostReplayed)}})
	if s.Cut != 1 || !s.CutSince.After(noon.Add(-days(29))) || !s.CutSince.Before(noon) {
		t.Errorf("cut %d since %v, want one laptop, and since when", s.Cut, s.CutSince)
	}
	stop, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := NewReplay(c, after, []Proposed{{ProposedScale, ScaleID}}, noon.Add(-days(30)), noon, nil).Run(stop, drawer{pasts: map[string]Past{"d": busy(10)}}, "", nil); err == nil {
		t.Error("a replay that nobody waits for goes on")
	}
}
