package assess_test

import (
	"fmt"
	"log/slog"
	"path"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/egress"
)

// rentedRoom lets six laptops stand for ten days in a room on a line for companies, two
// of them driven since the fourth, beside ten others that share nothing.
func rentedRoom(t *testing.T, n egress.Numbers) *house {
	t.Helper()
	h := newHouse(t)
	now, log := func() time.Time { return h.now }, slog.New(slog.DiscardHandler)
	h.stands = assess.NewEgressRunner(assess.EgressOptions{Store: h.db, Catalogue: h.catalogue, Numbers: n, Now: now, Missing: func() []string { return nil }, Concluded: func(string) {}, Log: log})
	h.sites = assess.NewSiteRunner(assess.SiteOptions{Traits: h.db, Sites: h.db, Grounds: h.db, Conclusions: h.db, Catalogue: h.catalogue, Ways: h.stands.Ways,
		Now: now, NewID: func() string { h.ids++; return fmt.Sprintf("alert-%03d", h.ids) }, Concluded: func(string) {}, Changed: func([]alert.Alert) {}, Log: log})
	for n := range 16 {
		h.enroll(fmt.Sprint("laptop-", n))
	}
	for d := range 10 {
		for n := range 16 {
			w := word{id: fmt.Sprint("laptop-", n), gateway: "p:room", address: "p:room", network: 5400, class: device.NetworkBusiness}
			if n >= 6 {
				w.gateway, w.address, w.class = fmt.Sprint("p:home-", n), fmt.Sprint("p:home-", n), device.NetworkResidential
			}
			if n < 2 && d >= 3 {
				w.findings = h.kvm(w.id, "p:kvm of "+w.id, monday.AddDate(0, 0, 3))
			}
			h.tell(w)
		}
		h.look()
		h.now = h.now.AddDate(0, 0, 1)
	}
	return h
}

// A replay of a file as it is joins the sites that there are: of a rented room, which is told
// from an office by who is driven there, and by the company's own ways out as they are judged.
func TestAReplayJoinsTheSitesThatThereAre(t *testing.T) {
	eager := egress.Default()
	eager.LearnDevices, eager.LearnGateways = 5, 1
	for name, test := range map[string]struct {
		numbers egress.Numbers
		sites   int
	}{"as usual": {egress.Default(), 1}, "where six laptops make an office": {eager, 0}} {
		h := rentedRoom(t, test.numbers)
		live, _, err := h.db.Sites(t.Context())
		if err != nil || len(live) != test.sites {
			t.Fatalf("%s: live there are %+v, %v", name, live, err)
		}
		alerts := len(h.page(""))
		for _, file := range []struct{ kind, name string }{{assess.ProposedComposite, "assess/c6.driven_house"},
			{assess.ProposedRule, "rules/kvm/kvm.composite_keyboard_pointer_storage"}, {assess.ProposedRule, "rules/location/site.shares_place_driven"}} {
			changes, s := h.replay(changed(t, h.catalogue, file.name+".yaml", "title: ", "title: As it is. "), file.kind, path.Base(file.name))
			if len(changes) != 0 || s.Sites != test.sites || s.Alerts != [2]int{alerts, alerts} {
				t.Errorf("%s: %s changes %+v, with %d sites and alerts %v; there are %d alerts", name, file.name, changes, s.Sites, s.Alerts, alerts)
			}
		}
	}
}
