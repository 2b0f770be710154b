package assess_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/egress"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/site"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// A house is a store with laptops, and all that judges them, looked at in step.
type house struct {
	testing.TB
	db        *store.SQLite
	catalogue *catalogue.Catalogue
	now       time.Time
	runner    *assess.Runner
	stands    *assess.EgressRunner
	sites     *assess.SiteRunner
	ids       int
}

func newHouse(t testing.TB) *house {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	h := &house{TB: t, db: db, now: monday}
	if h.catalogue, err = catalogue.Embedded(); err != nil {
		t.Fatal(err)
	}
	h.restart()
	return h
}

func (h *house) restart() {
	now, log := func() time.Time { return h.now }, slog.New(slog.DiscardHandler)
	newID := func() string { h.ids++; return fmt.Sprintf("alert-%03d", h.ids) }
	h.runner = assess.NewRunner(h.db, h.catalogue, now, newID, func([]alert.Alert) {}, log)
	h.stands = assess.NewEgressRunner(assess.EgressOptions{Store: h.db, Catalogue: h.catalogue, Numbers: egress.Default(), Now: now,
		Missing: func() []string { return nil }, Concluded: func(string) {}, Log: log})
	h.sites = assess.NewSiteRunner(assess.SiteOptions{Traits: h.db, Sites: h.db, Grounds: h.db, Conclusions: h.db, Catalogue: h.catalogue, Ways: h.stands.Ways,
		Now: now, NewID: newID, Concluded: func(string) {}, Changed: func([]alert.Alert) {}, Log: log})
}

func (h *house) enroll(ids ...string) {
	h.Helper()
	for _, id := range ids {
		err := h.db.Enrolment(h.Context(), func(tx enroll.Tx) error {
			return tx.SaveEnrolment(h.Context(), device.Device{ID: id, AgentID: "agent of " + id, Name: "name of " + id, OS: "linux", EnrolledAt: h.now}, "t")
		})
		if err != nil {
			h.Fatal(err)
		}
	}
}

// A word is what one laptop tells at one time.
type word struct {
	id, gateway, address string
	network              uint32
	class                string // of the network; a line for homes where it is empty
	facts                []finding.Facts
	findings             []finding.Finding
}

func (h *house) tell(w word) {
	h.Helper()
	facts := append(slices.Clone(w.facts), finding.Facts{Class: "network_interfaces", Rows: []finding.Observation{{Class: "network_interfaces", UID: "e",
		Columns: map[string]string{"name": "e", "up": "true", "default_route": "true", "gateway": w.gateway}}}})
	acked, err := h.db.Acked(h.Context(), w.id, "e")
	if err != nil {
		h.Fatal(err)
	}
	d := device.Delivery{DeviceID: w.id, AgentID: "agent of " + w.id, Epoch: "e", ReceivedAt: h.now}
	entry, heard := d, d
	entry.Entry = &device.Entry{Seq: acked + 1, Wire: fmt.Append(nil, acked), Report: finding.Report{At: h.now, Facts: facts, Findings: w.findings}}
	heard.Heard = &device.Heard{Stay: &device.Stay{Address: w.address, Network: w.network, NetworkClass: cmp.Or(w.class, device.NetworkResidential), Country: "US"}}
	if _, err := h.db.Record(h.Context(), []device.Delivery{entry, heard}); err != nil {
		h.Fatal(err)
	}
}

// look lets all that judges look until nothing changes any more.
func (h *house) look() {
	h.Helper()
	for range 3 {
		for _, look := range []func(context.Context) error{h.runner.Catch, h.runner.Sweep, h.stands.Look, h.sites.Look} {
			if err := look(h.Context()); err != nil {
				h.Fatal(err)
			}
		}
	}
}

// only gives the one site that there is.
func (h *house) only() assess.SiteDossier {
	h.Helper()
	list, _, err := h.db.Sites(h.Context())
	if err != nil || len(list) != 1 {
		h.Fatalf("there are %d sites: %v", len(list), err)
	}
	d, err := h.db.Site(h.Context(), list[0].ID)
	if err != nil {
		h.Fatal(err)
	}
	return d
}

// kvm is what an agent finds of a KVM: that it is built as one, and of which family.
func (h *house) kvm(id, serial string, since time.Time) []finding.Finding {
	row := finding.Observation{Class: "usb_devices", UID: "u", Columns: map[string]string{"port": "1-1", "serial": serial, "serial_kind": "plain",
		"has_boot_keyboard": "true", "has_absolute_pointer": "true", "has_storage": "true", "vendor_id": "1d6b", "product_id": "0104", "product": "Composite Device"}}
	rule, known := h.catalogue.Rule("kvm.composite_keyboard_pointer_storage")
	if !known || !rule.Matches(row) {
		h.Fatal("the rule on a KVM does not match the row that this test made for it")
	}
	f := finding.Finding{UID: finding.UID(rule.ID, id), Rule: rule.ID, Title: rule.Title, Status: finding.Open, Severity: rule.Severity, Confidence: rule.Confidence,
		FirstSeen: since, LastSeen: h.now, Evidence: []finding.Observation{row}}
	family, _ := h.catalogue.Rule("kvm.descriptor_family")
	g := f
	g.UID, g.Rule, g.Title = finding.UID(family.ID, id), family.ID, family.Title
	return []finding.Finding{f, g}
}

func (h *house) page(device string) []alert.Alert {
	h.Helper()
	p, err := h.db.AlertPage(h.Context(), alert.Filter{Device: device, Limit: 100})
	if err != nil {
		h.Fatal(err)
	}
	return p.Alerts
}

// farm lets some laptops stand behind one router for some days, two of which have a
// KVM of their own since the fourth, and an honest one elsewhere.
func (h *house) farm(days int, ids ...string) {
	h.Helper()
	h.enroll(append(ids, "honest")...)
	for n := range days {
		for i, id := range ids {
			w := word{id: id, gateway: "p:house", address: "p:house", network: 7922}
			if i < 2 && n >= 3 {
				w.findings = h.kvm(id, "p:kvm of "+id, monday.AddDate(0, 0, 3))
				w.facts = []finding.Facts{{Class: "usb_devices", Rows: w.findings[0].Evidence}}
			}
			h.tell(w)
		}
		h.tell(word{id: "honest", gateway: "p:home", address: "p:home", network: 3320})
		h.look()
		h.now = h.now.AddDate(0, 0, 1)
	}
}

func TestASiteHasOneAlert(t *testing.T) {
	h := newHouse(t)
	h.farm(11, "a", "b", "c", "d")
	list, looked, err := h.db.Sites(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("there are %d sites: %v", len(list), err)
	}
	one := list[0]
	if one.People != 4 || one.Devices != 4 || one.PlaceKind != site.Home || one.Level != finding.LevelHigh || one.Alert == "" || looked.IsZero() {
		t.Errorf("the site is %+v, looked at %s", one, looked)
	}
	var farm, own int
	for _, a := range h.page("") {
		switch {
		case a.Conclusion != finding.InFarm:
		case a.SiteID == one.ID:
			farm++
			if a.SiteName != one.Name || a.DeviceID != "a" && a.DeviceID != "b" || a.ID != one.Alert {
				t.Errorf("the site's alert is %+v", a)
			}
		default:
			own++
		}
	}
	if farm != 1 || own != 0 {
		t.Errorf("there are %d alerts about the site as a farm, and %d about its laptops", farm, own)
	}
	for _, id := range []string{"a", "c"} {
		p, err := h.db.Past(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if p.Covered[finding.InFarm] != one.Alert || slices.ContainsFunc(p.Alerts, func(a alert.Alert) bool { return a.SiteID != "" }) {
			t.Errorf("%s is covered by %v and has alerts %v", id, p.Covered, p.Alerts)
		}
	}
	d, err := h.db.Site(t.Context(), one.Name)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Members) != 4 || len(d.Members[0].Mechanisms) == 0 || len(d.Members[1].Mechanisms) == 0 || len(d.Members[3].Mechanisms) != 0 || len(d.Links) != 6 || len(d.Standings) != 1 {
		t.Errorf("the dossier has members %+v, %d links and %d standings", d.Members, len(d.Links), len(d.Standings))
	}
	if missing := d.Standings[0].Missing; len(missing) != 1 || !strings.HasPrefix(missing[0], "Nothing was imported about who holds which laptop") {
		t.Errorf("it is to be said once that nobody knows whose the laptops are: %q", missing)
	}
	c, err := h.db.AlertCase(t.Context(), one.Alert)
	if err != nil || len(c.Evidence) < 3 {
		t.Errorf("the case of the site's alert rests on %v: %v", c.Evidence, err)
	}
}

// What a collector finds that slept, or was started anew, is what one finds that looked every day.
func TestSitesAreOfTheirTime(t *testing.T) {
	awake := newHouse(t)
	awake.farm(11, "a", "b", "c", "d")
	claims := func(h *house) (list []string) {
		for _, id := range []string{"a", "b", "c", "d", "honest"} {
			p, err := h.db.Past(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range p.Spells {
				if rule, _ := h.catalogue.Rule(s.Finding.Rule); rule != nil && rule.Class == site.Class {
					list = append(list, fmt.Sprint(id, " ", s.Finding.Rule, " ", s.From.Format(time.DateOnly), " ", s.To.IsZero()))
				}
			}
		}
		slices.Sort(list)
		return list
	}
	before := claims(awake)
	if len(before) != 8 || !strings.Contains(before[0], "a site.shares_place 2026-11-11 true") || !strings.Contains(before[1], "a site.shares_place_driven 2026-11-05 true") {
		t.Fatalf("found is\n%s", strings.Join(before, "\n"))
	}
	awake.restart()
	awake.now = awake.now.Add(time.Hour)
	awake.look()
	if again := claims(awake); !slices.Equal(again, before) {
		t.Errorf("after a start it is\n%s", strings.Join(again, "\n"))
	}
}

// When the laptops part, what was found is over, the site goes, and its alert stays for review.
func TestASiteEnds(t *testing.T) {
	h := newHouse(t)
	h.farm(11, "a", "b", "c", "d")
	one := h.page("")
	for n := range 35 {
		for _, id := range []string{"a", "b", "c", "d"} {
			w := word{id: id, gateway: "p:home of " + id, address: "p:home of " + id, network: 3320}
			if n == 0 && (id == "a" || id == "b") {
				w.findings = h.kvm(id, "p:kvm of "+id, monday.AddDate(0, 0, 3))
				for i := range w.findings {
					w.findings[i].Status = finding.Closed
				}
				w.facts = []finding.Facts{{Class: "usb_devices"}}
			}
			h.tell(w)
		}
		h.now = h.now.AddDate(0, 0, 1)
	}
	h.look()
	list, _, err := h.db.Sites(t.Context())
	if err != nil || len(list) != 0 {
		t.Errorf("there are still %v: %v", list, err)
	}
	for _, a := range h.page("") {
		if a.SiteID != "" && (a.Active || a.State != alert.New) {
			t.Errorf("the site's alert is %+v", a)
		}
	}
	if len(h.page("")) != len(one) {
		for _, a := range h.page("") {
			t.Log(a.ID, a.DeviceID, a.SiteID, a.Conclusion, a.Level, a.Active, a.OpenedAt, a.Assessment.Ledger)
		}
		t.Errorf("there were %d alerts and are %d", len(one), len(h.page("")))
	}
}
