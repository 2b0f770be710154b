package assess_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

// What is shown of a site is enough to come to its level again: its ledger adds up, names
// findings that its laptops have, these rest on rows that their rules match, and the
// people in a row can be counted by the links that are shown.
func TestASitesLedgerCanBeFollowed(t *testing.T) {
	h := newHouse(t)
	h.farm(11, "a", "b", "c", "d")
	d := h.only()
	standing, points := d.Standings[0], 0
	spells := map[string]device.Spell{} // by uid of their finding
	for _, m := range d.Members {
		past, err := h.db.Past(t.Context(), m.DeviceID)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range past.Spells {
			spells[s.Finding.UID] = s
		}
	}
	for _, e := range standing.Ledger {
		points += e.Points
		for uid := range strings.FieldsSeq(e.Finding) {
			if _, known := spells[uid]; !known && e.Points != 0 {
				t.Errorf("%q rests on %s, which no laptop of the site has", e.Reason, uid)
			}
		}
	}
	if points != standing.Score || standing.Level != finding.LevelHigh {
		t.Errorf("the ledger adds up to %d, and the score is %d at %s: %+v", points, standing.Score, standing.Level, standing.Ledger)
	}
	c, err := h.db.AlertCase(t.Context(), d.Alert)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, f := range c.Evidence {
		rule, known := h.catalogue.Rule(f.Rule)
		if !known || rule.Class != site.Class {
			continue
		}
		rows++
		row := f.Evidence[0]
		if !rule.Matches(row) || row.Columns["place_people"] != strconv.Itoa(min(peopleBeside(d, f.DeviceID), 3)) {
			t.Errorf("%s of %s rests on %v, and %d people are linked to it by a place", rule.ID, f.DeviceID, row.Columns, peopleBeside(d, f.DeviceID))
		}
	}
	if rows == 0 {
		t.Errorf("the case shows none of what is found of the place: %+v", c.Evidence)
	}
}

// peopleBeside counts the laptops, itself included, with which one stands in a place for certain.
func peopleBeside(d assess.SiteDossier, id string) int {
	ids := []string{id}
	for _, l := range d.Links {
		if l.Certain && (l.Kind == device.TraitGateway || l.Kind == device.TraitAccessPoint) && (l.From == id || l.To == id) {
			ids = append(ids, l.From, l.To)
		}
	}
	slices.Sort(ids)
	return len(slices.Compact(ids))
}

// A session of days ago, on which the level of a laptop still rests, is not shown at its
// site as if somebody controlled the laptop now.
func TestASitesMechanismThatIsOverIsMarked(t *testing.T) {
	h := newHouse(t)
	h.farm(11, "a", "b", "c", "d")
	rule, known := h.catalogue.Rule("tool.rustdesk.controlled")
	if !known {
		t.Fatal("the catalogue knows no such rule")
	}
	session := finding.Finding{UID: finding.UID(rule.ID, "c"), Rule: rule.ID, Title: rule.Title, Status: finding.Open, Severity: rule.Severity, Confidence: rule.Confidence,
		FirstSeen: h.now.Add(-6 * time.Hour), LastSeen: h.now}
	shown := func() []string {
		h.tell(word{id: "c", gateway: "p:house", address: "p:house", network: 7922, findings: []finding.Finding{session}})
		h.look()
		d := h.only()
		return d.Members[slices.IndexFunc(d.Members, func(m assess.SiteMember) bool { return m.DeviceID == "c" })].Mechanisms
	}
	if now := shown(); !slices.Contains(now, rule.Title) {
		t.Fatalf("while the session lasts: %q", now)
	}
	h.now = h.now.Add(2 * time.Hour)
	session.Status, session.LastSeen = finding.Closed, h.now
	h.tell(word{id: "c", gateway: "p:house", address: "p:house", network: 7922, findings: []finding.Finding{session}})
	h.now = h.now.AddDate(0, 0, 1)
	if then := shown(); slices.Contains(then, rule.Title) || !slices.Contains(then, rule.Title+" (over)") {
		t.Errorf("a day after it: %q", then)
	}
}

// Where laptops of a site cannot see a class, its level is less sure, and the page says on
// how many.
func TestASiteSaysWhatItsLaptopsDoNotSee(t *testing.T) {
	h := newHouse(t)
	h.farm(11, "a", "b", "c", "d")
	standing := func() assess.SiteStanding {
		h.look()
		return h.only().Standings[0]
	}
	before := standing()
	for _, id := range []string{"c", "d"} {
		acked, err := h.db.Acked(t.Context(), id, "e")
		if err != nil {
			t.Fatal(err)
		}
		blind := device.Delivery{DeviceID: id, AgentID: "agent of " + id, Epoch: "e", ReceivedAt: h.now, Entry: &device.Entry{Seq: acked + 1, Wire: []byte("blind"),
			Report: finding.Report{At: h.now, Coverage: []finding.Coverage{{Class: "usb_devices", State: finding.CoverageDenied, Since: h.now.Add(-2 * time.Hour)}}}}}
		if _, err := h.db.Record(t.Context(), []device.Delivery{blind}); err != nil {
			t.Fatal(err)
		}
	}
	after := standing()
	want := append(slices.Clone(before.Missing), "USB devices could not be looked at on 2 of 4 laptops: permission denied.")
	slices.Sort(want)
	if !slices.Equal(after.Missing, want) || after.Level != before.Level {
		t.Errorf("missing at the %s site: %q, want %q at %s", after.Level, after.Missing, want, before.Level)
	}
}
