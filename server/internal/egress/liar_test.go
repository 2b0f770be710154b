package egress

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A liar is a laptop with a valid certificate that says of its router, its access
// point and its clock what it likes, and goes out where it likes.
func liar(address, gateway, point, class, country string, network uint32) device.Stay {
	return device.Stay{DeviceID: "liar", Address: address, Gateway: gateway, AccessPoint: point, NetworkClass: class, Network: network, Country: country}
}

func lying(days int, at func(day, n int) device.Stay) []device.Stay {
	var list []device.Stay
	for day := range days {
		for n := range 63 { // as many rows as a day has
			s := at(day, n)
			s.Day, s.Times = firstDay.AddDate(0, 0, day).Format(time.DateOnly), 1
			s.First = firstDay.AddDate(0, 0, day).Add(time.Duration(n) * time.Minute)
			s.Last = s.First.Add(time.Second)
			list = append(list, s)
		}
	}
	return list
}

// TestALiarHidesNobodyElse: whatever one laptop of a farm says, what is found of the
// laptops beside it is found, and what is known of their line stays known.
func TestALiarHidesNobodyElse(t *testing.T) {
	c, far := known(t), &Place{Spot: Spot{-33, 151}, reach: rounded}
	for name, lies := range map[string][]device.Stay{
		"nothing": nil,
		"at their router, by lines of many providers": lying(12, func(_, n int) device.Stay {
			return liar(fmt.Sprintf("line-%d", n), "house", "", device.NetworkResidential, "US", uint32(n+1))
		}),
		"at their router, by the line of a company": lying(12, func(_, n int) device.Stay {
			return liar(fmt.Sprintf("office-%d", n), "house", "", device.NetworkBusiness, "US", 1)
		}),
		"at their router, by servers for rent": lying(12, func(_, n int) device.Stay {
			return liar(fmt.Sprintf("rented-%d", n), "house", "", device.NetworkHosting, "US", 1)
		}),
		"at their address, behind many routers": lying(12, func(_, n int) device.Stay {
			return liar("house", fmt.Sprintf("router-%d", n), "", device.NetworkResidential, "US", 7922)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			fleet := NewFleet(Default(), far)
			var devices []device.Enrolled
			for n := range 4 {
				d := device.Enrolled{ID: fmt.Sprintf("shelf-%d", n), EnrolledAt: firstDay.AddDate(0, 0, -100)}
				devices = append(devices, d)
				for day := range 12 {
					at := firstDay.AddDate(0, 0, day)
					fleet.Add(&device.Stay{DeviceID: d.ID, Day: at.Format(time.DateOnly), Address: "house", Gateway: "house", NetworkClass: device.NetworkResidential, Network: 7922,
						Country: "US", RoundTrip: 900 * time.Millisecond, First: at, Last: at.Add(20 * time.Hour), Times: 120})
				}
			}
			for i := range lies {
				fleet.Add(&lies[i])
			}
			found := judged(t, c, fleet, devices)
			for _, d := range devices {
				if want := []string{"location.round_trip_too_long", "location.shares_place"}; !slices.Equal(found[d.ID], want) {
					t.Errorf("%s: found %v, want %v", d.ID, found[d.ID], want)
				}
			}
		})
	}
}

// TestLiarsBringNobodyToAnAlert: laptops that say they stand at somebody's router and
// access point bring that laptop to watch at most.
func TestLiarsBringNobodyToAnAlert(t *testing.T) {
	c, fleet := known(t), NewFleet(Default(), nil)
	victim := device.Enrolled{ID: "victim", EnrolledAt: firstDay.AddDate(0, 0, -100)}
	for day := range 28 {
		at := firstDay.AddDate(0, 0, day)
		s := device.Stay{Day: at.Format(time.DateOnly), Gateway: "home", AccessPoint: "home", NetworkClass: device.NetworkResidential, First: at, Last: at.Add(9 * time.Hour), Times: 54}
		s.DeviceID, s.Address, s.Network, s.Country = victim.ID, "home", 7922, "US"
		fleet.Add(&s)
		for n := range 5 {
			s.DeviceID, s.Address, s.Network, s.Country = fmt.Sprintf("liar-%d", n), fmt.Sprintf("line-%d", n), 3320, "DE"
			fleet.Add(&s)
		}
	}
	v, _ := fleet.Survey().Judge(c, victim)
	if want := []string{"location.access_point_elsewhere", "location.shares_place"}; !slices.Equal(judged(t, c, fleet, []device.Enrolled{victim})[victim.ID], want) {
		t.Errorf("five liars let %v be found, want %v", claims(v), want)
	}
	judgeCrowd(t, c, fleet.Survey(), []device.Enrolled{victim}, finding.LevelWatch, "", 0)
}
