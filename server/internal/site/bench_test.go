package site

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// company makes a company of so many laptops over 30 days: a third in offices, all at
// home, one in twenty living with a colleague, docks and monitors at desks and at home,
// and a farm of eight for every two thousand.
func company(laptops int) scene {
	chance := rand.New(rand.NewPCG(7, 7))
	s := scene{today: day(Memory), ground: Ground{KVMs: map[string]bool{}}, use: Use{Driven: map[string]time.Time{}}}
	for n := range laptops {
		id := fmt.Sprintf("laptop-%05d", n)
		s.ground.Devices = append(s.ground.Devices, device.Enrolled{ID: id, EnrolledAt: day(-200)})
		home := fmt.Sprintf("home-%d", n)
		switch {
		case n%2000 < 8:
			home = fmt.Sprintf("farm-%d", n/2000)
			s.use.Driven[id] = day(3)
		case n%20 == 1:
			home = fmt.Sprintf("home-%d", n-1)
		}
		for d := 1; d <= Memory; d++ {
			at := day(d)
			stay := func(gateway, class string, network uint32, from, to int) {
				s.stays = append(s.stays, device.Stay{DeviceID: id, Gateway: gateway, AccessPoint: gateway, Address: gateway, Network: network, NetworkClass: class,
					First: at.Add(time.Duration(from) * time.Hour), Last: at.Add(time.Duration(to) * time.Hour)})
			}
			had := func(kind, value string) {
				s.traits = append(s.traits, device.Trait{DeviceID: id, Kind: kind, Value: value, First: at.Add(9 * time.Hour), Last: at.Add(17 * time.Hour)})
			}
			stay(home, device.NetworkResidential, 3320, 18, 23)
			had(device.TraitGateway, home)
			had(device.TraitTenant, "company")
			if n%3 == 0 && d%7 < 5 && n%2000 >= 8 {
				office := fmt.Sprintf("office-%d", n%200)
				stay(office, device.NetworkBusiness, 5400, 8, 17)
				had(device.TraitUSB, fmt.Sprintf("dock-%d", chance.IntN(laptops)))
				had(device.TraitDisplay, fmt.Sprintf("monitor-%d", chance.IntN(laptops)))
			} else {
				had(device.TraitUSB, "dock of "+home)
			}
		}
	}
	return s
}

// BenchmarkCompany is what a look costs: to read all of a day, to judge it, and to
// judge it again after one laptop moved.
func BenchmarkCompany(b *testing.B) {
	for _, laptops := range []int{100, 1000, 10_000} {
		s := company(laptops)
		c := known(b)
		f := s.fleet(nil)
		b.Run(fmt.Sprintf("%d/read", laptops), func(b *testing.B) {
			for b.Loop() {
				s.fleet(nil)
			}
			b.ReportMetric(float64(len(s.stays)+len(s.traits)), "rows")
		})
		before := map[string]time.Time{}
		for _, v := range f.Survey(s.ground).Judge(c, s.use, unjudged) {
			for _, claim := range v.Claims {
				before[v.DeviceID+claim.Rule.ID] = claim.Since
			}
		}
		b.Run(fmt.Sprintf("%d/judge anew", laptops), func(b *testing.B) {
			for b.Loop() {
				f.Survey(s.ground).Judge(c, s.use, unjudged)
			}
			b.ReportMetric(float64(len(before)), "claims")
		})
		b.Run(fmt.Sprintf("%d/judge again", laptops), func(b *testing.B) {
			n := 0
			for b.Loop() {
				n++
				f.Add(device.Trait{DeviceID: "laptop-00042", Kind: device.TraitGateway, Value: fmt.Sprintf("moved-%d", n%50), First: s.today, Last: s.today})
				survey := f.Survey(s.ground)
				survey.Judge(c, s.use, func(id, rule string) (time.Time, bool) {
					since, known := before[id+rule]
					return since, known
				})
				survey.Links()
			}
		})
	}
}

// BenchmarkInvented is what eight laptops cost that invent as many things as are kept of
// them, and had all of them together: they must not keep others from being judged.
func BenchmarkInvented(b *testing.B) {
	s := scene{today: day(Memory), ground: Ground{KVMs: map[string]bool{}}, use: Use{Driven: map[string]time.Time{}}}
	for n := range 100 { // what half of a company answers to is nobody's
		s.ground.Devices = append(s.ground.Devices, device.Enrolled{ID: fmt.Sprintf("beside-%d", n), EnrolledAt: day(-200)})
	}
	for n := range 8 {
		id := fmt.Sprintf("laptop-%d", n)
		s.ground.Devices = append(s.ground.Devices, device.Enrolled{ID: id, EnrolledAt: day(-200)})
		s.use.Driven[id] = day(3)
		for d := 1; d <= Memory; d++ {
			s.stays = append(s.stays, device.Stay{DeviceID: id, Gateway: "home", Address: "line", Network: 7922, NetworkClass: device.NetworkResidential, First: day(d), Last: day(d)})
			for k := range 64 {
				for _, kind := range []string{device.TraitGateway, device.TraitUSB, device.TraitTenant} {
					s.traits = append(s.traits, device.Trait{DeviceID: id, Kind: kind, Value: fmt.Sprintf("%s-%d-%d", kind, d, k), First: day(d), Last: day(d)})
				}
			}
		}
	}
	c, f := known(b), s.fleet(nil)
	for b.Loop() {
		f.Survey(s.ground).Judge(c, s.use, unjudged)
	}
}
