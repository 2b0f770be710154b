package assess_test

import (
	"fmt"
	"testing"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// Six laptops in a room on a line for companies, of which two can be driven and none is
// ever elsewhere, are a site with an alert; where people carry them home, it is an office.
// They came in one batch, so that it might be a bench at first.
func TestARentedRoomIsNoOffice(t *testing.T) {
	h := newHouse(t)
	ids := []string{"a", "b", "c", "d", "e", "f"}
	h.enroll(ids...)
	for _, id := range ids {
		h.enroll("clerk " + id)
	}
	tell := func(id, place string, class string, driven bool) {
		w := word{id: id, gateway: "p:" + place, address: "p:" + place, network: 5400, class: class}
		if driven {
			w.findings = h.kvm(id, "p:kvm of "+id, monday.AddDate(0, 0, 3))
			w.facts = []finding.Facts{{Class: "usb_devices", Rows: w.findings[0].Evidence}}
		}
		h.tell(w)
	}
	for n := range 11 {
		for i, id := range ids {
			tell(id, "room", device.NetworkBusiness, i < 2 && n >= 3)
			place, class := "office", device.NetworkBusiness
			if n%7 > 4 {
				place, class = "home of "+id, device.NetworkResidential
			}
			tell("clerk "+id, place, class, i < 2 && n >= 3)
		}
		h.look()
		list, _, err := h.db.Sites(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case n < 7 && len(list) > 0:
			t.Errorf("on day %d, before a weekend was seen, there are %+v", n+1, list)
		case n >= 7 && (len(list) != 1 || list[0].Devices != 6 || list[0].Level != finding.LevelHigh || list[0].Alert == ""):
			t.Errorf("on day %d there are %s", n+1, fmt.Sprintf("%+v", list))
		}
		h.now = h.now.AddDate(0, 0, 1)
		if n == 8 {
			h.restart()
		}
	}
	for _, a := range h.page("") {
		if a.Conclusion == finding.InFarm && a.SiteID == "" {
			t.Errorf("%s has an alert of its own: %+v", a.DeviceID, a.Assessment.Ledger)
		}
	}
}
