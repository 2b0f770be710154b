package population

import (
	"fmt"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// The lives of those who are elsewhere now and then.

var abroad = []zone{paris, madrid, london, warsaw, lisbon, newYork, toronto, kolkata, saoPaulo}

// traveller goes on trips of two to five days. The company's travel system knows four in five.
func traveller(f *Fleet, life string) int {
	p, at := f.commuter()
	for n := 1; n <= f.Days; n++ {
		if w := firstDay.AddDate(0, 0, n-1).Weekday(); w == 0 || w == 6 || !chance(f.random, share("trip of a traveller that begins on a working day")) {
			continue
		}
		to, until := pick(f.random, append(abroad, p.lives, p.lives, p.lives)...), n+1+f.random.IntN(4)
		p.trips = append(p.trips, absence{kind: "travel", from: n, to: until, zone: to, unknown: chance(f.random, share("trip that the travel system does not know"))})
		n = until
	}
	f.laptop(life, p, travels, inOffice(at, 0.4), atHome, meets, kept(carriedAbout))
	return 1
}

// travels is in a hotel and on a train on the days of trips.
func travels(l *laptop, d *day) {
	for _, trip := range l.person.trips {
		if trip.kind == "travel" && d.number >= trip.from && d.number <= trip.to {
			hotel := d.fleet.venue("hotel", (l.number+trip.from)%6, trip.zone)
			d.stands(hotel, 7, 1)
			d.stands(d.fleet.venue("train", l.number%9, trip.zone), 9, 6)
			d.stands(hotel, 18.5, 3)
		}
	}
}

// venue is a hotel or a train of a region, in which colleagues may meet.
func (f *Fleet) venue(kind string, n int, z zone) *place {
	key := fmt.Sprintf("%s-%s-%d", kind, z.region, n)
	if at, known := f.venues[key]; known {
		return at
	}
	class := device.NetworkBusiness
	if kind == "train" {
		class = device.NetworkMobile
	} else if n%2 == 0 {
		class = device.NetworkResidential
	}
	at := f.public(kind, n, z, class)
	f.venues[key] = at
	return at
}

// holiday is away for two weeks that the company knows of. A third work some days from there before they come back.
func holiday(f *Fleet, life string) int {
	p, at := f.commuter()
	from := 2 + f.random.IntN(12)
	p.trips = []absence{{kind: "leave", from: from, to: from + 13, zone: p.lives}}
	habits := []habit{}
	if chance(f.random, share("holiday after which somebody works some days from there, untold")) {
		there := f.home(pick(f.random, abroad[:5]...))
		p.trips = append(p.trips, absence{kind: "holiday work", from: from + 14, to: from + 18, zone: there.zone})
		habits = append(habits, func(l *laptop, d *day) {
			if d.number > from+13 && d.number <= from+18 && d.weekday() {
				d.stands(there, l.person.starts, 8)
			}
		})
	}
	f.laptop(life, p, append(habits, inOffice(at, 0.4), atHome, desk("home", f.desktop()...), meets, kept(carriedAbout), family)...)
	return 1
}

// holidayVPN is back at home after two weeks, and works behind a VPN for everybody from the first minute on.
func holidayVPN(f *Fleet, life string) int {
	return f.afterLeave(life, func(l *laptop, d *day) {
		d.stands(l.person.home, l.person.starts, 8.5, rented(l, "NL"))
		d.during(0, 8.4, program("NordVPN.exe"), program("nordvpn-service.exe"))
	})
}

// holidayHotel works from a hotel after two weeks, by the company's own VPN alone, before it is back at home.
func holidayHotel(f *Fleet, life string) int {
	to := pick(f.random, abroad...)
	days := 0
	return f.afterLeave(life, func(l *laptop, d *day) {
		if days++; days <= 4 {
			d.stands(f.venue("hotel", l.number%6, to), 8.5, 8, f.company.vpn[l.number%len(f.company.vpn)])
		}
	})
}

// afterLeave is away for two weeks that the company knows of, and begins its days of work in a way of its own from then on.
func (f *Fleet) afterLeave(life string, works habit) int {
	p := f.anybody()
	from := 2 + f.random.IntN(4)
	p.trips = []absence{{kind: "leave", from: from, to: from + 13, zone: p.lives}}
	f.laptop(life, p, func(l *laptop, d *day) {
		if d.number > from+13 && d.weekday() {
			works(l, d)
		}
	}, atHome, desk("home", f.desktop()...), meets, kept(carriedAbout), family)
	return 1
}

func parentalLeave(f *Fleet, life string) int {
	p := f.anybody()
	until := pick(f.random, f.Days, f.Days, 8+f.random.IntN(14))
	p.trips = []absence{{kind: "leave", from: -40, to: until, zone: p.lives}}
	f.laptop(life, p, atHome, desk("home", f.desktop()...), meets, kept(carriedAbout), family)
	return 1
}

// mover has another home from a day on; a few days of it are silent.
func mover(f *Fleet, life string) int {
	p := f.anybody()
	z := p.lives
	if chance(f.random, 0.3) {
		z.region = elsewhere[z.country]
	}
	return f.moves(life, p, f.home(z), 2+f.random.IntN(3))
}

// relocated moves to another country. The company knows where it will be from then on.
func relocated(f *Fleet, life string) int {
	p := f.anybody()
	z := pick(f.random, abroad[:5]...)
	for z.country == p.lives.country {
		z = pick(f.random, abroad[:5]...)
	}
	return f.moves(life, p, f.home(z), 7+f.random.IntN(5))
}

func (f *Fleet) moves(life string, p *person, to *place, silent int) int {
	leaves := 6 + f.random.IntN(10)
	p.trips = []absence{{kind: "leave", from: leaves, to: leaves + silent - 1, zone: p.lives}}
	p.moves, p.movesTo = leaves+silent, to.zone
	old := p.home
	f.laptop(life, p, func(l *laptop, d *day) {
		if l.person.home = old; d.number >= leaves+silent {
			l.person.home = to
		}
	}, atHome, desk("home", f.desktop()...), meets, kept(carriedAbout), family)
	return 1
}

func coworking(f *Fleet, life string) int {
	at := pick(f.random, f.company.coworks...)
	p := f.somebody(at.zone)
	f.laptop(life, p, func(l *laptop, d *day) {
		if d.weekday() && d.working() && chance(l.random, 0.7) {
			d.stands(at, p.starts+1, 7.5)
			d.stands(p.home, 19, 1)
		}
	}, atHome, meets, kept(carriedAbout), neighbourhood("public", map[string]string{"watched": "hours", "devices": "50", "laptops": "20", "corporate_schemes": "3"}))
	return 1
}

// elsewhere is another region of a country.
var elsewhere = map[string]string{"DE": "BY", "PT": "13", "PL": "02", "GB": "SCT", "US": "WA"}
