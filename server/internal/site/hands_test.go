package site

import (
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// One other side that drives a laptop in a house, and weeks later a second one that came to
// it, joins the two as soon as they met there; not where it drove one of them elsewhere, nor
// where one may have replaced the other, once the first one was not heard any more.
func TestHandsJoinOneAfterTheOther(t *testing.T) {
	for _, test := range []struct {
		where string
		until int // the first one is heard
		want  int
	}{{"house", 16, 1}, {"elsewhere", 16, 0}, {"house", 15, 0}} {
		s := scene{today: day(16)}
		stay := func(id, gateway string, n int) {
			s.stays = append(s.stays, device.Stay{DeviceID: id, Gateway: gateway, Address: gateway, Network: 7922, NetworkClass: device.NetworkResidential, First: day(n).Add(8 * time.Hour), Last: day(n).Add(18 * time.Hour)})
		}
		driven := func(id string, n int) {
			s.traits = append(s.traits, device.Trait{DeviceID: id, Kind: device.TraitPeer, Value: "operator", First: day(n).Add(9 * time.Hour), Last: day(n).Add(10 * time.Hour)})
		}
		for _, id := range []string{"a", "b"} {
			s.ground.Devices = append(s.ground.Devices, device.Enrolled{ID: id, EnrolledAt: day(-100)})
		}
		for n := 1; n <= test.until; n++ {
			stay("a", "house", n)
		}
		driven("a", 2)
		stay("b", test.where, 15)
		driven("b", 15)
		stay("b", "house", 16)
		if sites := s.survey().Sites(); len(sites) != test.want {
			t.Errorf("%+v: it makes %+v", test, sites)
		}
	}
}
