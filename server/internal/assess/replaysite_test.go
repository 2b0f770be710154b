package assess_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/assess"
)

// changed is a file of the catalogue with one text in the place of another.
func changed(t *testing.T, c *catalogue.Catalogue, name, old, by string) *catalogue.Catalogue {
	t.Helper()
	text, err := os.ReadFile("../../../proto/catalogue/" + name)
	if err != nil || !strings.Contains(string(text), old) {
		t.Fatalf("%s does not hold %q: %v", name, old, err)
	}
	after, err := catalogue.Overlay(c, fstest.MapFS{name: {Data: []byte(strings.Replace(string(text), old, by, 1))}})
	if err != nil {
		t.Fatal(err)
	}
	return after
}

func (h *house) replay(after *catalogue.Catalogue, kind, id string) ([]assess.ReplayChange, assess.ReplaySummary) {
	h.Helper()
	changes, s, err := assess.NewReplay(h.catalogue, after, []assess.Proposed{{Kind: kind, ID: id}}, h.now.AddDate(0, 0, -30), h.now, h.stands.Ways).Run(h.Context(), h.db, "", nil)
	if err != nil {
		h.Fatal(err)
	}
	return changes, s
}

func ofSite(changes []assess.ReplayChange) (some []assess.ReplayChange) {
	for _, c := range changes {
		if c.Site != nil {
			some = append(some, c)
		}
	}
	return some
}

// What is replayed as it is says what was judged, and counts the alerts that there are.
func TestAReplayOfWhatIsInForceChangesNothing(t *testing.T) {
	h := newHouse(t)
	h.farm(11, "a", "b", "c", "d")
	changes, s := h.replay(changed(t, h.catalogue, "assess/c6.driven_house.yaml", "not measured on a fleet", "measured on none"), assess.ProposedComposite, "c6.driven_house")
	if len(changes) != 0 || s.Sites != 1 || s.Alerts != [2]int{len(h.page("")), len(h.page(""))} {
		t.Errorf("changes = %+v\nalerts %v, there are %d", changes, s.Alerts, len(h.page("")))
	}
}

func TestACompositeAboutSitesIsReplayedOverSites(t *testing.T) {
	h := newHouse(t)
	h.farm(11, "a", "b", "c", "d")
	changes, s := h.replay(changed(t, h.catalogue, "assess/c6.driven_house.yaml", "points: 80", "points: 20"), assess.ProposedComposite, "c6.driven_house")
	sites := ofSite(changes)
	if len(sites) != 1 || s.Sites != 1 {
		t.Fatalf("changes = %+v, summary = %+v", changes, s)
	}
	one := sites[0]
	if one.Before.Level != finding.LevelHigh || one.After.Level.Rank() >= finding.LevelHigh.Rank() || one.Site.People != 4 ||
		!slices.Equal(one.Site.Devices, []string{"name of a", "name of b", "name of c", "name of d"}) || !one.Site.Was || !one.Site.Would || one.Site.Days[0] < 5 {
		t.Errorf("the site is %+v, from %s %d to %s %d", one.Site, one.Before.Level, one.Before.Score, one.After.Level, one.After.Score)
	}
	if s.AlertsOpened+s.AlertsNotNeeded != 0 || !one.AlertBefore || !one.AlertAfter {
		t.Errorf("medium is an alert as high is: %+v", s)
	}
}

// Rules that no longer tell of what drives laptops take away what made their place a farm,
// and the alerts that people had, of the site and of its laptops.
func TestWhatDrivesLaptopsIsReplayedAtTheirSite(t *testing.T) {
	h := newHouse(t)
	h.farm(11, "a", "b", "c", "d")
	after, held := h.catalogue, []assess.Proposed(nil)
	for _, id := range []string{"kvm.composite_keyboard_pointer_storage", "kvm.descriptor_family"} {
		after = changed(t, after, "rules/kvm/"+id+".yaml", "status: stable", "status: deprecated")
		held = append(held, assess.Proposed{Kind: assess.ProposedRule, ID: id})
	}
	changes, s, err := assess.NewReplay(h.catalogue, after, held, h.now.AddDate(0, 0, -30), h.now, h.stands.Ways).Run(t.Context(), h.db, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	sites := ofSite(changes)
	if len(sites) != 1 || sites[0].Before.Level != finding.LevelHigh || sites[0].After.Level != finding.LevelWatch || !sites[0].NotOpened || s.SitesLeave != 1 {
		t.Errorf("sites = %+v", sites)
	}
	if s.Leave != 2 || s.Alerts != [2]int{3, 0} || s.AlertsNotNeeded != 3 || s.Confirmed != 0 {
		t.Errorf("summary = %+v", s)
	}
}

// A rule by which a device is a KVM joins laptops of different places that had it.
func TestARuleOnKVMsMakesASite(t *testing.T) {
	h := newHouse(t)
	h.enroll("a", "b")
	row := finding.Observation{Class: "usb_devices", UID: "u", Columns: map[string]string{"port": "1-1", "vendor_id": "1234", "product_id": "0001", "serial": "p:one and the same", "serial_kind": "plain", "has_boot_keyboard": "true"}}
	for day := range 8 {
		for i, id := range []string{"a", "b"} {
			facts := []finding.Facts{{Class: "usb_devices"}}
			if day/4 == i {
				facts[0].Rows = []finding.Observation{row}
			}
			h.tell(word{id: id, gateway: "p:home of " + id, address: "p:home of " + id, network: 3320, facts: facts})
		}
		h.look()
		h.now = h.now.AddDate(0, 0, 1)
	}
	after, err := catalogue.Overlay(h.catalogue, fstest.MapFS{"rules/kvm/kvm.desk.yaml": {Data: []byte(deskRule)}})
	if err != nil {
		t.Fatal(err)
	}
	changes, s := h.replay(after, assess.ProposedRule, "kvm.desk")
	sites := ofSite(changes)
	if len(sites) != 1 || sites[0].Site.Was || !sites[0].Site.Would || len(sites[0].Site.Devices) != 2 || s.Reach != 2 {
		t.Errorf("changes = %+v\nsummary = %+v", changes, s)
	}
}

const deskRule = `id: kvm.desk
title: A device that the company never bought is plugged in
status: test
severity: high
confidence: high
tier: 1
group: kvm
attack: [T1200]
class: usb_devices
match: {vendor_id: "1234"}
explain: {why: It can act as a keyboard., alternatives: The company bought it after all., change: It is unplugged., check: Look at the port.}
falsepositives: [a purchase that nobody told of]
machines: [pointer-of-its-own.txtar]
lookalikes: [plain-laptop.txtar]
`
