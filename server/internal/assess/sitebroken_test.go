package assess_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// A laptop that is removed is part of its site no more, at the next look and not only
// when the day is over; the others' alert is the same one.
func TestARemovedLaptopLeavesItsSite(t *testing.T) {
	h := newHouse(t)
	h.farm(11, "a", "b", "c", "d")
	before := h.page("")
	if _, err := h.db.RemoveDevice(t.Context(), "a", "ada", h.now); err != nil {
		t.Fatal(err)
	}
	h.look()
	list, _, err := h.db.Sites(t.Context())
	if err != nil || len(list) != 1 || list[0].Devices != 3 {
		t.Fatalf("the sites are %+v: %v", list, err)
	}
	d, err := h.db.Site(t.Context(), list[0].ID)
	if err != nil || slices.ContainsFunc(d.Members, func(m assess.SiteMember) bool { return m.DeviceID == "a" }) || len(d.Links) != 3 {
		t.Errorf("it has members %+v and %d links: %v", d.Members, len(d.Links), err)
	}
	if after := h.page(""); len(after) != len(before) {
		t.Errorf("there were %d alerts and are %d", len(before), len(after))
	}
	h.restart()
	h.look()
	if again, _, err := h.db.Sites(t.Context()); err != nil || len(again) != 1 || again[0].ID != list[0].ID {
		t.Errorf("after a start the sites are %+v: %v", again, err)
	}
}

// broken is a store whose disk is full when rows are to be kept.
type broken struct {
	*store.SQLite
	full bool
}

func (b *broken) Conclude(ctx context.Context, list []device.Conclusion) error {
	if b.full {
		return errors.New("the disk is full")
	}
	return b.SQLite.Conclude(ctx, list)
}

// Between the alert of a site and the rows of its laptops the collector can die. It opens
// no second alert afterwards, neither of the site nor of its laptops, and keeps the rows.
func TestACollectorThatDiesInALookGoesOn(t *testing.T) {
	h := newHouse(t)
	disk := &broken{SQLite: h.db}
	restart := func() {
		h.restart()
		h.sites = assess.NewSiteRunner(assess.SiteOptions{Traits: h.db, Sites: h.db, Grounds: h.db, Conclusions: disk, Catalogue: h.catalogue, Ways: h.stands.Ways,
			Now: func() time.Time { return h.now }, NewID: func() string { h.ids++; return fmt.Sprintf("alert-%03d", h.ids) }, Concluded: func(string) {}, Changed: func([]alert.Alert) {}, Log: slog.New(slog.DiscardHandler)})
	}
	restart()
	h.farm(3, "a", "b", "c", "d")
	for day := 3; day < 11; day++ {
		for i, id := range []string{"a", "b", "c", "d"} {
			w := word{id: id, gateway: "p:house", address: "p:house", network: 7922}
			if i < 2 {
				w.findings = h.kvm(id, "p:kvm of "+id, monday.AddDate(0, 0, 3))
			}
			h.tell(w)
		}
		disk.full = true
		if err := h.runner.Catch(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := h.sites.Look(t.Context())
		if day == 3 && err == nil {
			t.Fatal("nothing was to be kept")
		}
		disk.full = false
		restart()
		h.look()
		h.now = h.now.AddDate(0, 0, 1)
	}
	farm := 0
	for _, a := range h.page("") {
		if a.Conclusion == finding.InFarm {
			farm++
		}
	}
	list, _, err := h.db.Sites(t.Context())
	if err != nil || len(list) != 1 || list[0].Level != finding.LevelHigh || farm != 1 {
		t.Errorf("%d alerts about a farm; the sites are %+v: %v", farm, list, err)
	}
	stood, err := h.db.Concluded(t.Context(), device.SiteClass)
	if err != nil || len(stood["a"].Row) == 0 || len(stood["c"].Findings) == 0 {
		t.Errorf("of the laptops is kept %+v: %v", stood, err)
	}
}
