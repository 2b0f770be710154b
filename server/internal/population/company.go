package population

import (
	"fmt"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A company is the places that are its own.
type company struct {
	offices []*place // from the largest to the smallest
	rooms   []string // units of the rooms' displays
	bench   *place   // where new laptops are set up
	depot   *place   // where they are repaired
	agency  *place
	coworks []*place
	vpn     []line // its own way out
	service []line // the security service's
}

// A person is somebody to whom a laptop belongs. There are no names, and nothing of
// where somebody comes from: what the collector knows is an opaque id.
type person struct {
	id        string
	household string
	group     string
	worker    string // employee, contractor or agency
	home      *place
	starts    float64
	since     time.Time // start date
	lives     zone      // declared
	shippedTo *place    // nil where nothing was shipped
	claims    *place    // the home they told of, where that is another than the one they were shipped to
	trips     []absence // travel and leave that the company knows of
	moves     int       // from which day on they live elsewhere; 0 never
	movesTo   zone      // where
}

// An absence is a stretch of days, both included, mostly known to the company's systems.
type absence struct {
	kind     string // travel, leave, or work where the holiday was
	from, to int
	zone     zone
	unknown  bool // to the company's systems
}

// found makes the company's places.
func (f *Fleet) found() {
	c := &f.company
	sizes := []int{900, 300, 120, 40, 12, 6, 3}
	zones := []zone{berlin, newYork, lisbon, warsaw, london, georgia, madrid}
	for i, size := range sizes {
		c.offices = append(c.offices, f.office(i, size, zones[i]))
	}
	for i := range 24 {
		c.rooms = append(c.rooms, fmt.Sprintf("room-%d", i))
	}
	c.bench = &place{name: "bench", kind: "staging", zone: berlin, gateway: "gw-bench", access: nil, line: c.offices[0].line, domain: "corp.example"}
	c.depot = &place{name: "depot", kind: "repair", zone: berlin, gateway: "gw-depot", access: nil, line: line{address: "line-depot", network: 64540, operator: "repairs", class: device.NetworkBusiness, country: "DE", reach: 20}, domain: "repair.example"}
	c.agency = f.public("agency", 1, warsaw, device.NetworkBusiness)
	for i, z := range []zone{berlin, berlin, lisbon, newYork, london} {
		c.coworks = append(c.coworks, f.public("coworking", i, z, pick(f.random, device.NetworkBusiness, device.NetworkResidential)))
	}
	for i := range 2 {
		c.vpn = append(c.vpn, line{address: fmt.Sprintf("vpn-%d", i), network: 64550, operator: "hosting", class: device.NetworkHosting, country: "DE", corporate: "Company VPN", reach: 25})
		c.service = append(c.service, line{address: fmt.Sprintf("service-%d", i), network: 64551, operator: "security service", class: device.NetworkSASE, country: pick(f.random, "DE", "US"), reach: 30})
	}
}

// office makes one. The larger ones have a line of their own, the smallest a line as
// homes have it. Two of them have the same virtual router, as routers that stand in
// for each other have: its address says nothing.
func (f *Fleet) office(n, size int, z zone) *place {
	name := fmt.Sprintf("office-%d", n)
	p := &place{name: name, kind: "company", zone: z, gateway: "gw-" + name, domain: "corp.example"}
	if n == 1 || n == 3 {
		p.gateway = "00:00:5e:00:01:01"
	}
	for i := range max(1, size/25) {
		p.access = append(p.access, fmt.Sprintf("ap%d-%s", i, name))
	}
	p.line = line{address: "line-" + name, network: uint32(64560 + n), operator: "business line", class: device.NetworkBusiness, country: z.country, reach: z.reach + 3}
	if size <= 12 {
		p.line.class = device.NetworkResidential
	}
	return p
}

// officeFor draws an office, by how many people it has room for.
func (f *Fleet) officeFor() *place {
	weights := []Rate{{"0", 0.62, own}, {"1", 0.21, own}, {"2", 0.09, own}, {"3", 0.045, own}, {"4", 0.018, own}, {"5", 0.011, own}, {"6", 0.006, own}}
	return f.company.offices[pickShare(f.random, weights)[0]-'0']
}

// somebody makes a person with a home in a zone.
func (f *Fleet) somebody(z zone) *person {
	n := len(f.people) + 1
	p := &person{id: fmt.Sprintf("person-%05d", n), household: fmt.Sprintf("household-%05d", n), group: fmt.Sprintf("team-%02d", n%40), worker: "employee",
		starts: 7.5 + 2*f.random.Float64(), lives: z, home: f.home(z)}
	if chance(f.random, 0.12) {
		p.worker = "contractor"
	}
	p.since = firstDay.AddDate(0, 0, -60-f.random.IntN(2000))
	f.people = append(f.people, p)
	return p
}

// anybody makes a person somewhere.
func (f *Fleet) anybody() *person {
	return f.somebody(pick(f.random, berlin, berlin, berlin, lisbon, warsaw, london, newYork, newYork, georgia))
}

// commuter makes a person who lives where an office is, and the office.
func (f *Fleet) commuter() (*person, *place) {
	at := f.officeFor()
	return f.somebody(at.zone), at
}
