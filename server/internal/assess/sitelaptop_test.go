package assess_test

import (
	"context"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A laptop that lies about its router pulls no honest one into anything above watch.
func TestALiarPullsNobody(t *testing.T) {
	h := newHouse(t)
	h.enroll("honest", "liar", "hidden")
	for n := range 14 {
		h.tell(word{id: "honest", gateway: "p:home", address: "p:home", network: 3320})
		for i, id := range []string{"liar", "hidden"} {
			f := h.kvm(id, "p:kvm of "+id, monday)
			w := word{id: id, gateway: "p:home", address: "p:elsewhere", network: 9009, findings: f, facts: []finding.Facts{{Class: "usb_devices", Rows: f[0].Evidence}}}
			if i == 1 {
				w.address, w.network = device.AddressInternal, 0
			}
			h.tell(w)
		}
		h.look()
		h.now = h.now.AddDate(0, 0, 1)
		p, err := h.db.Past(t.Context(), "honest")
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range p.Standings {
			if s.Level.Rank() > finding.LevelWatch.Rank() {
				t.Errorf("on day %d the honest laptop is at %s, %s: %v", n+1, s.Conclusion, s.Level, s.Ledger)
			}
		}
	}
}

// What drives a laptop is known of its site although it was judged only afterwards, and
// once its site's alert is closed, the laptops speak for themselves again.
func TestASiteHearsOfItsLaptops(t *testing.T) {
	h := newHouse(t)
	h.farm(4, "a", "b", "c", "d")
	h.look()
	h.now = h.now.Add(time.Hour)
	h.tell(word{id: "c", gateway: "p:house", address: "p:house", network: 7922, findings: h.kvm("c", "p:third", h.now)})
	for _, look := range []func(context.Context) error{h.sites.Look, h.runner.Catch, h.sites.Look} {
		if err := look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	d := h.only()
	for _, m := range d.Members {
		if m.Driven() != (m.DeviceID != "d") {
			t.Errorf("what drives %s is %v", m.DeviceID, m.Mechanisms)
		}
	}
	a, err := h.db.AlertCase(t.Context(), d.Alert)
	if err != nil {
		t.Fatal(err)
	}
	h.now = h.now.Add(time.Hour)
	if _, err := h.db.MoveAlert(t.Context(), a.ID, alert.Move{Action: alert.Close, Etag: a.Etag(), Reason: string(alert.BenignOwnEquipment), Comment: "the router is that of a course", By: alert.Actor{Name: "t", Role: alert.Analyst}, At: h.now}); err != nil {
		t.Fatal(err)
	}
	h.look()
	own := 0
	for _, one := range h.page("") {
		if one.SiteID == "" && one.Conclusion == finding.InFarm {
			own++
		}
	}
	if own == 0 {
		t.Error("the site's alert is closed, and its laptops are silent")
	}
}
