package egress

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A crowd is a fleet that a seed makes.
type crowd struct {
	*rand.Rand
	stays   []device.Stay
	devices []device.Enrolled
}

func (c *crowd) laptop(name string, n int) string {
	id := fmt.Sprintf("%s-%03d", name, n)
	c.devices = append(c.devices, device.Enrolled{ID: id, EnrolledAt: firstDay.AddDate(0, 0, -100)})
	return id
}

// works lets a laptop stand somewhere on working days or all days, at hours as people have them.
func (c *crowd) works(id string, days []int, s device.Stay, from, hours int) {
	for _, day := range days {
		s.DeviceID, s.Day = id, firstDay.AddDate(0, 0, day-1).Format(time.DateOnly)
		s.First = firstDay.AddDate(0, 0, day-1).Add(time.Duration(from*60+c.IntN(45)) * time.Minute)
		s.Last, s.Times = s.First.Add(time.Duration(hours*60-c.IntN(45))*time.Minute), 6*hours
		c.stays = append(c.stays, s)
	}
}

// days are those from one to another, some of them left out.
func (c *crowd) days(from, to int, present float64) []int {
	var list []int
	for day := from; day <= to; day++ {
		if c.Float64() < present {
			list = append(list, day)
		}
	}
	return list
}

func (c *crowd) home(n int, country string, offset int) device.Stay {
	class := []string{device.NetworkResidential, device.NetworkResidential, device.NetworkResidential, device.NetworkBusiness}[c.IntN(4)]
	return device.Stay{Address: fmt.Sprintf("home-%d", n), Gateway: fmt.Sprintf("home-%d", n), AccessPoint: fmt.Sprintf("home-%d", n), NetworkClass: class,
		Network: uint32(1000 + c.IntN(8)), Country: country, TimeZone: "zone", UTCOffset: offset, RoundTrip: time.Duration(20+c.IntN(60)) * time.Millisecond}
}

func via(s device.Stay, address, class string, network uint32) device.Stay {
	s.Address, s.NetworkClass, s.Network = address, class, network
	return s
}

// What honest companies look like, and what must be found of others, whatever the seed.
var crowds = []struct {
	name  string
	most  finding.Level // that any laptop may reach for a farm or remote control
	find  string        // the rule that every laptop named suspect must show
	make  func(c *crowd)
	about string
}{
	{name: "400 laptops behind two addresses", most: finding.LevelNone, about: "a VPN of the company's own, on servers for rent, imported nowhere; an office beside it",
		make: func(c *crowd) {
			for n := range 400 {
				id, home := c.laptop("corp", n), c.home(n, "PT", 0)
				c.works(id, c.days(1, 28, .7), via(home, fmt.Sprintf("vpn-%d", c.IntN(2)), device.NetworkHosting, 24940), 8, 9)
				c.works(id, c.days(1, 28, .3), home, 19, 2)
			}
		}},
	{name: "400 laptops behind a security service", most: finding.LevelNone, make: func(c *crowd) {
		for n := range 400 {
			c.works(c.laptop("sase", n), c.days(1, 28, .7), via(c.home(n, "DE", 60), fmt.Sprintf("pop-%d", c.IntN(2)), device.NetworkSASE, 62044), 8, 9)
		}
	}},
	{name: "hotel", most: finding.LevelNone, about: "twelve colleagues at one hotel for a week, at home before and after", make: func(c *crowd) {
		for n := range 12 {
			id, home := c.laptop("guest", n), c.home(n, "DE", 60)
			c.works(id, c.days(1, 10, .8), home, 8, 9)
			c.works(id, c.days(11, 16, .9), device.Stay{Gateway: "hotel", AccessPoint: fmt.Sprintf("floor-%d", n%3), Address: "hotel", NetworkClass: device.NetworkResidential,
				Network: 3320, Country: "DE", TimeZone: "zone", UTCOffset: 60, RoundTrip: 40 * time.Millisecond}, 8, 12)
			c.works(id, c.days(17, 28, .8), home, 8, 9)
		}
	}},
	{name: "shared address of a carrier", most: finding.LevelNone, make: func(c *crowd) {
		for n := range 40 {
			home := c.home(n, "ES", 60)
			home.RoundTrip += 300 * time.Millisecond
			c.works(c.laptop("mobile", n), c.days(1, 28, .8), via(home, fmt.Sprintf("carrier-%d", c.IntN(3)), device.NetworkMobile, 12430), 8, 9)
		}
	}},
	{name: "telephones", most: finding.LevelNone, make: func(c *crowd) {
		for n := range 20 {
			id, home := c.laptop("tethered", n), c.home(n, "PT", 0)
			c.works(id, c.days(1, 28, .8), home, 8, 9)
			for day := range 28 {
				phone := home
				phone.Gateway, phone.AccessPoint, phone.Address, phone.NetworkClass, phone.Network = fmt.Sprintf("phone-%d", n), fmt.Sprintf("phone-%d", n), fmt.Sprintf("m-%d-%d", n, day), device.NetworkMobile, 12353
				c.works(id, []int{day + 1}, phone, 12, 2)
			}
		}
	}},
	{name: "coworking", most: finding.LevelNone, make: func(c *crowd) {
		for n := range 6 {
			id := c.laptop("desk", n)
			c.works(id, c.days(1, 28, .7), device.Stay{Gateway: "space", AccessPoint: fmt.Sprintf("hall-%d", n%2), Address: "space", NetworkClass: device.NetworkResidential, Network: 3243, Country: "PT"}, 9, 7)
			home := c.home(n, "PT", 0)
			c.works(id, c.days(1, 28, 1), home, 18, 2)
		}
	}},
	{name: "private relay", most: finding.LevelNone, make: func(c *crowd) {
		for n := range 30 {
			id, home := c.laptop("mac", n), c.home(n, "PT", 0)
			for day := range 28 {
				for turn := range 4 {
					relay := via(home, fmt.Sprintf("relay-%d", c.IntN(1000)), device.NetworkRelay, 36183)
					relay.Country, relay.Listed = []string{"PT", "US", "NL"}[c.IntN(3)], "Exits"
					c.works(id, []int{day + 1}, relay, 7+3*turn, 1)
					c.works(id, []int{day + 1}, home, 8+3*turn, 1)
				}
			}
		}
	}},
	{name: "couples", most: finding.LevelNone, make: func(c *crowd) {
		for pair := range 30 {
			home := c.home(pair, "DE", 60)
			for n := range 2 {
				c.works(c.laptop("couple", 2*pair+n), c.days(1, 28, .9), home, 8, 10)
			}
		}
	}},
	{name: "shared flats of three", most: finding.LevelWatch, find: "location.shares_place", about: "as it looks on a shelf: watch, and no more", make: func(c *crowd) {
		for flat := range 4 {
			home := c.home(flat, "DE", 60)
			home.NetworkClass = device.NetworkResidential
			for n := range 3 {
				c.works(c.laptop("suspect", 3*flat+n), c.days(1, 28, .95), home, 8, 10)
			}
		}
	}},
	{name: "travel", most: finding.LevelWatch, about: "people who go abroad for some days; who was silent for long before may come to watch", make: func(c *crowd) {
		for n := range 40 {
			id, home := c.laptop("traveller", n), c.home(n, "DE", 60)
			leave, back := 5+c.IntN(8), 18+c.IntN(4)
			c.works(id, c.days(1, leave, .8), home, 8, 9)
			abroad := c.home(1000+n, []string{"FR", "ES", "AT"}[c.IntN(3)], 60)
			c.works(id, c.days(leave+1+c.IntN(6), back-1, .8), abroad, 9, 8)
			c.works(id, c.days(back, 28, .9), home, 8, 9)
		}
	}},
	{name: "farm of six", most: finding.LevelWatch, find: "location.shares_place", make: func(c *crowd) {
		for n := range 6 {
			house := device.Stay{Gateway: "house", Address: "house", NetworkClass: device.NetworkResidential, Network: 7922, Country: "US", TimeZone: "zone", UTCOffset: -300}
			c.works(c.laptop("suspect", n), c.days(1, 12, 1), house, 0, 23)
		}
		for n := range 100 {
			c.works(c.laptop("other", n), c.days(1, 28, .8), c.home(n, "US", -300), 8, 9)
		}
	}},
	{name: "relocation after silence", most: finding.LevelMedium, find: "location.relocated_after_silence", about: "its clock still shows the time of where it was", make: func(c *crowd) {
		for n := range 5 {
			id := c.laptop("suspect", n)
			c.works(id, c.days(1, 8, 1), c.home(n, "US", -300), 8, 4)
			there := c.home(500+n, "CN", -300)
			there.NetworkClass = device.NetworkResidential
			c.works(id, c.days(15, 18, 1), there, 8, 9)
		}
	}},
	{name: "two weeks away, then a VPN", most: finding.LevelWatch, about: "at home by the same router, or where they always have it; that a VPN is used for days may be worth a look", make: func(c *crowd) {
		for n := range 40 {
			id, home := c.laptop("back", n), c.home(n, "DE", 60)
			leave, back := 3+c.IntN(5), 15+c.IntN(5)
			c.works(id, c.days(1, leave, 1), home, 8, 9)
			there := home
			if n%4 == 0 {
				there = c.home(2000+n, "DE", 60)
				c.works(id, []int{2}, via(home, fmt.Sprintf("exit-%d", n), device.NetworkVPN, 39351), 18, 2)
			}
			c.works(id, c.days(back, 28, .8), via(there, fmt.Sprintf("exit-%d", n), device.NetworkVPN, 39351), 8, 9)
		}
	}},
	{name: "sent on behind a VPN", most: finding.LevelWatch, find: "location.hidden_after_silence", about: "without a word on the VPN: watch", make: func(c *crowd) {
		for n := range 5 {
			house := c.home(n, "US", -300)
			house.NetworkClass = device.NetworkResidential
			id := c.laptop("suspect", n)
			c.works(id, []int{1 + c.IntN(3)}, house, 14, 2)
			c.works(id, c.days(11+c.IntN(4), 17, 1), via(c.home(500+n, "AE", -300), fmt.Sprintf("exit-%d", n), device.NetworkVPN, 39351), 8, 9)
		}
	}},
	{name: "a VPN on the router", most: finding.LevelWatch, find: "network.egress_flips", make: func(c *crowd) {
		for n := range 5 {
			id, house := c.laptop("suspect", n), c.home(n, "US", -300)
			house.Flips = 2
			c.works(id, c.days(1, 6, 1), house, 0, 23)
			exit := via(house, fmt.Sprintf("exit-%d", n), device.NetworkVPN, 9009)
			c.works(id, c.days(1, 6, 1), exit, 3, 2)
		}
	}},
}

func TestCrowds(t *testing.T) {
	c := known(t)
	for _, test := range crowds {
		t.Run(test.name, func(t *testing.T) {
			for seed := range uint64(4) {
				made := &crowd{Rand: rand.New(rand.NewPCG(seed, 6))}
				test.make(made)
				fleet := NewFleet(Default(), &Place{Spot: Spot{45, 5}, reach: rounded})
				made.Shuffle(len(made.stays), func(i, j int) { made.stays[i], made.stays[j] = made.stays[j], made.stays[i] })
				for i := range made.stays {
					fleet.Add(&made.stays[i])
				}
				judgeCrowd(t, c, fleet.Survey(), made.devices, test.most, test.find, seed)
			}
		})
	}
}

func judgeCrowd(t *testing.T, c *catalogue.Catalogue, s *Survey, devices []device.Enrolled, most finding.Level, find string, seed uint64) {
	t.Helper()
	for _, d := range devices {
		v, _ := s.Judge(c, d)
		var spells []catalogue.Spell
		found := false
		for _, claim := range v.Claims {
			found = found || claim.Rule.ID == find
			spells = append(spells, catalogue.Spell{Finding: finding.Finding{UID: claim.Rule.ID, Rule: claim.Rule.ID}, From: claim.Since})
		}
		for _, a := range c.Assess(catalogue.History{At: v.Heard, Spells: spells}) {
			if a.Level.Rank() > most.Rank() {
				t.Fatalf("seed %d: %s comes to %s for %s, at most %s\n%v\n%s", seed, d.ID, a.Level, a.Conclusion, most, a.Ledger, written(v.Row.Columns))
			}
		}
		suspect := len(d.ID) > 7 && d.ID[:7] == "suspect"
		if find != "" && suspect != found {
			t.Fatalf("seed %d: %s on %s: %v\n%s", seed, find, d.ID, found, written(v.Row.Columns))
		}
	}
}

// TestOrderDoesNotMatter: the same stays in any order, added at once or day by day,
// give the same rows and claims.
func TestOrderDoesNotMatter(t *testing.T) {
	c := known(t)
	made := &crowd{Rand: rand.New(rand.NewPCG(1, 1))}
	for _, test := range crowds {
		test.make(made)
	}
	one, other := NewFleet(Default(), nil), NewFleet(Default(), nil)
	for i := range made.stays {
		one.Add(&made.stays[i])
	}
	one.Survey()
	today := one.Renew()
	for i := range made.stays {
		if made.stays[i].Day >= today {
			one.Add(&made.stays[i])
		}
	}
	made.Shuffle(len(made.stays), func(i, j int) { made.stays[i], made.stays[j] = made.stays[j], made.stays[i] })
	for i := range made.stays {
		other.Add(&made.stays[i])
	}
	a, b := one.Survey(), other.Survey()
	for _, d := range made.devices {
		x, _ := a.Judge(c, d)
		y, _ := b.Judge(c, d)
		if written(x.Row.Columns) != written(y.Row.Columns) || fmt.Sprint(claims(x)) != fmt.Sprint(claims(y)) || !x.Heard.Equal(y.Heard) {
			t.Fatalf("%s: %v\n%s\nand %v\n%s", d.ID, claims(x), written(x.Row.Columns), claims(y), written(y.Row.Columns))
		}
	}
}

func claims(v Verdict) (list []string) {
	for _, claim := range v.Claims {
		list = append(list, claim.Rule.ID+" since "+claim.Since.String())
	}
	return list
}
