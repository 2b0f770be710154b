package population

import (
	"fmt"
	"math/rand/v2"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// carrier gives a home one of so many addresses that its carrier has in the country,
// another one now and then.
func carrier(at *place, class string, addresses int) func(r *rand.Rand, number int) line {
	return func(r *rand.Rand, _ int) line {
		return line{
			address: fmt.Sprintf("shared-%s-%s-%d", class, at.zone.country, r.IntN(addresses)), network: 64570, operator: "carrier", class: class,
			country: at.zone.country, reach: at.zone.reach + 45 + r.IntN(30),
		}
	}
}

// relay is a way out that hides addresses for everybody and keeps the country, mostly.
func relay(l *laptop, z zone) line {
	country := z.country
	if chance(l.random, 0.05) {
		country = "US"
	}
	return line{address: fmt.Sprintf("relay-%d", l.random.IntN(900)), network: 64571, operator: "relay", class: device.NetworkRelay, country: country, reach: z.reach + 20}
}

// rented is an address of a VPN for everybody, or of a server for rent.
func rented(l *laptop, country string) line {
	class := device.NetworkVPN
	if chance(l.random, 0.3) {
		class = device.NetworkHosting // the data about networks do not know each VPN
	}
	return line{address: fmt.Sprintf("exit-%s-%d", country, l.random.IntN(300)), network: 64572, operator: "exits", class: class, country: country, reach: 60}
}
