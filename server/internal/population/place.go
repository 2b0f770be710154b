package population

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A zone is a country, one of its regions and their clock.
type zone struct {
	country, region string
	name            string // IANA
	offset          int    // minutes east of UTC
	reach           int    // milliseconds that an answer from there takes at least, seen from the collector in central Europe
}

var (
	berlin   = zone{"DE", "BE", "Europe/Berlin", 60, 12}
	lisbon   = zone{"PT", "11", "Europe/Lisbon", 0, 38}
	warsaw   = zone{"PL", "14", "Europe/Warsaw", 60, 22}
	london   = zone{"GB", "LND", "Europe/London", 0, 22}
	newYork  = zone{"US", "NY", "America/New_York", -300, 90}
	arizona  = zone{"US", "AZ", "America/Phoenix", -420, 145}
	tenn     = zone{"US", "TN", "America/Chicago", -360, 112}
	georgia  = zone{"US", "GA", "America/New_York", -300, 105}
	kolkata  = zone{"IN", "KA", "Asia/Kolkata", 330, 120}
	madrid   = zone{"ES", "MD", "Europe/Madrid", 60, 32}
	paris    = zone{"FR", "IDF", "Europe/Paris", 60, 18}
	toronto  = zone{"CA", "ON", "America/Toronto", -300, 98}
	saoPaulo = zone{"BR", "SP", "America/Sao_Paulo", -180, 190}
)

// A line is how a place reaches the internet: what the collector sees of it.
type line struct {
	address   string
	network   uint32
	operator  string
	class     string // of device's network classes
	country   string
	corporate string // label of the company's imported list, where it stands in it
	reach     int    // milliseconds
}

// A place is where a laptop can stand: a router with access points, and a line.
type place struct {
	name    string
	kind    string // home, company, staging, room, public: the truth, for the import
	zone    zone
	gateway string
	access  []string // none where everybody is wired
	line    line
	domain  string // that its DHCP server tells
	day     func(r *rand.Rand, number int) line
}

// providers are autonomous systems of homes, by country: numbers of documentation, so that nobody's is meant.
var providers = map[string][]uint32{"DE": {64496, 64497, 64498}, "PT": {64499, 64500}, "PL": {64501, 64502}, "GB": {64503, 64504}, "US": {64505, 64506, 64507, 64508}, "IN": {64509, 64510}, "FR": {64511}, "ES": {64512}, "CA": {64513}, "BR": {64514}}

// home makes a home with a router of its own.
func (f *Fleet) home(z zone) *place {
	f.homes++
	name := fmt.Sprintf("home-%05d", f.homes)
	p := &place{name: name, kind: "home", zone: z, gateway: "gw-" + name, access: []string{"gw-" + name}}
	if chance(f.random, share("mesh Wi-Fi at home")) {
		p.access = []string{"ap1-" + name, "ap2-" + name}
	}
	class := device.NetworkResidential
	if chance(f.random, share("line of a home registered as a company's")) {
		class = device.NetworkBusiness
	}
	p.line = line{address: "line-" + name, network: pick(f.random, providers[z.country]...), operator: "provider", class: class, country: z.country, reach: z.reach + 4 + f.random.IntN(30)}
	return p
}

// hotspot is a person's telephone: another address each day, of a carrier.
func (f *Fleet) hotspot(z zone) *place {
	f.homes++
	name := fmt.Sprintf("phone-%05d", f.homes)
	p := &place{name: name, kind: "public", zone: z, gateway: "gw-" + name, access: []string{"ap-" + name}}
	p.day = func(r *rand.Rand, _ int) line {
		return line{address: fmt.Sprintf("carrier-%s-%d", z.country, r.IntN(40)), network: 64520, operator: "mobile", class: device.NetworkMobile, country: z.country, reach: z.reach + 40 + r.IntN(40)}
	}
	return p
}

// public is a place that many visit: a hotel, a train, a coworking space.
func (f *Fleet) public(kind string, n int, z zone, class string) *place {
	name := fmt.Sprintf("%s-%s-%d", kind, z.region, n)
	p := &place{name: name, kind: "public", zone: z, gateway: "gw-" + name, domain: kind + ".example"}
	for i := range 4 {
		p.access = append(p.access, fmt.Sprintf("ap%d-%s", i, name))
	}
	p.line = line{address: "line-" + name, network: 64530, operator: "venue", class: class, country: z.country, reach: z.reach + 10}
	return p
}

// at is a place's line on a day.
func (p *place) at(r *rand.Rand, number int) line {
	if p.day != nil {
		return p.day(r, number)
	}
	return p.line
}

// stay is what the collector notes of a line at a heartbeat.
func (l line) stay(r *rand.Rand) device.Stay {
	return device.Stay{
		Address: pseudonym("address " + l.address), Network: l.network, NetworkName: l.operator, NetworkClass: l.class, Country: l.country, Corporate: l.corporate,
		RoundTrip: time.Duration(l.reach)*time.Millisecond + time.Duration(r.IntN(15_000))*time.Microsecond,
	}
}
