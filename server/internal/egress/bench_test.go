package egress

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// tenThousand is a fleet of 10,000 laptops over 30 days: a third in ten offices, all
// at home in the evening, half of the day behind a way out of the company's own.
func tenThousand() (stays []device.Stay, devices []device.Enrolled) {
	made := &crowd{Rand: rand.New(rand.NewPCG(7, 7))}
	for n := range 10_000 {
		id, home := made.laptop("laptop", n), made.home(n, "DE", 60)
		if n%3 == 0 {
			office := fmt.Sprintf("office-%d", n%10)
			made.works(id, made.days(1, 30, .7), device.Stay{Gateway: office, AccessPoint: fmt.Sprintf("%s-%d", office, n%40), Address: office, Network: 5400,
				NetworkClass: device.NetworkBusiness, Country: "DE", TimeZone: "zone", UTCOffset: 60}, 9, 8)
		} else {
			made.works(id, made.days(1, 30, .7), via(home, fmt.Sprintf("vpn-%d", n%4), device.NetworkHosting, 24940), 8, 9)
		}
		made.works(id, made.days(1, 30, .9), home, 19, 2)
	}
	return made.stays, made.devices
}

// BenchmarkTenThousand is what one look costs: the first of a day reads all stays,
// each later one those of the day.
func BenchmarkTenThousand(b *testing.B) {
	c := known(b)
	stays, devices := tenThousand()
	b.ReportMetric(float64(len(stays)), "stays")
	fleet := NewFleet(Default(), nil)
	for i := range stays {
		fleet.Add(&stays[i])
	}
	today := firstDay.AddDate(0, 0, 29).Format(time.DateOnly)
	var before, after runtime.MemStats
	b.Run("first of a day", func(b *testing.B) {
		for b.Loop() {
			runtime.GC()
			runtime.ReadMemStats(&before)
			fresh := NewFleet(Default(), nil)
			for i := range stays {
				fresh.Add(&stays[i])
			}
			fresh.Survey()
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB-held")
			runtime.KeepAlive(fresh)
		}
	})
	b.Run("later", func(b *testing.B) {
		for b.Loop() {
			fleet.Renew()
			for i := range stays {
				if stays[i].Day == today {
					fleet.Add(&stays[i])
				}
			}
			s := fleet.Survey()
			for _, d := range devices {
				s.Judge(c, d)
			}
		}
	})
}
