package simulate

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A Plan is what one seed makes of a scenario, for who plays it and judges.
type Plan struct {
	Scenario  string            `json:"scenario"`
	Title     string            `json:"title"`
	Seed      uint64            `json:"seed"`
	Zone      string            `json:"zone"`   // IANA name, in which its days are
	Begins    time.Time         `json:"begins"` // midnight of D0
	Starts    time.Time         `json:"starts"` // before the first thing that happens
	Ends      time.Time         `json:"ends"`
	Laptops   []PlanLaptop      `json:"laptops"`
	Collector string            `json:"collector,omitempty"`
	Addresses []PlanAddress     `json:"addresses"`
	Imports   []PlanImport      `json:"imports"`
	Sanctions string            `json:"sanctions"` // as sanctions files have them
	Concluded []PlanExpectation `json:"concluded"`
	Never     []PlanBan         `json:"never"`
	Forbidden []string          `json:"forbidden"`
	Identical bool              `json:"identical,omitempty"`
	Notices   []PlanNotice      `json:"notices,omitempty"`
	Alerts    *PlanAlerts       `json:"alerts,omitempty"`
}

// A PlanLaptop is one that will enrol.
type PlanLaptop struct {
	Name     string    `json:"name"` // in the scenario
	Host     string    `json:"host"` // as it enrols
	Person   string    `json:"person,omitempty"`
	OS       string    `json:"os"`
	Kind     string    `json:"kind"` // brand of laptop
	Group    string    `json:"group,omitempty"`
	Enrolled time.Time `json:"enrolled"`
}

// A PlanAddress is a public address behind which laptops will be.
type PlanAddress struct {
	Address   netip.Addr    `json:"address"`
	Place     string        `json:"place"`
	Network   string        `json:"network"`
	Country   string        `json:"country"`
	Egress    string        `json:"egress,omitempty"`     // kind of the list it stands in
	RoundTrip time.Duration `json:"round_trip,omitempty"` // of answers from there, in nanoseconds
}

// A PlanExpectation is what has to be concluded.
type PlanExpectation struct {
	Subject    string    `json:"subject,omitempty"`
	Site       []string  `json:"site,omitempty"`
	Conclusion string    `json:"conclusion"`
	Level      string    `json:"level"`
	By         time.Time `json:"by"`
	Because    []string  `json:"because"`
}

// A PlanBan is what must not be, in a stretch of time.
type PlanBan struct {
	Subject    string    `json:"subject"` // a laptop, or every
	Conclusion string    `json:"conclusion,omitempty"`
	Above      string    `json:"above"`
	From       time.Time `json:"from,omitzero"`
	Until      time.Time `json:"until"`
}

// A PlanNotice is one that has to be there at the end, with so many laptops.
type PlanNotice struct {
	Subject string `json:"subject"`
	AtLeast int    `json:"at_least"`
}

// PlanAlerts are how many may be open at the end, and about which laptops one has to be.
type PlanAlerts struct {
	AtMost int      `json:"at_most"`
	Open   []string `json:"open,omitempty"`
}

// Plan says what a seed makes of a scenario, without playing it. Its last day is
// that of today, where that is given.
func (s *Scenario) Plan(kits *Kits, seed uint64, today time.Time) (Plan, error) {
	p, err := s.cast(kits, seed, today)
	if err != nil {
		return Plan{}, err
	}
	return p.plan(nil)
}

// plan leaves the columns of imports out that drop names.
func (p *play) plan(drop []string) (Plan, error) {
	plan := Plan{Scenario: p.ID, Title: p.Title, Seed: uint64(p.draw), Zone: p.Zone, Begins: p.begin, Starts: p.starts(), Ends: p.end(), Forbidden: p.Forbidden, Identical: p.Identical,
		Collector: p.Collector, Addresses: p.planAddresses(), Imports: p.imports(drop), Sanctions: p.sanctions()}
	for _, c := range p.laptops {
		plan.Laptops = append(plan.Laptops, PlanLaptop{Name: c.name, Host: c.host, Person: c.person, OS: c.os, Kind: c.brand, Group: c.group, Enrolled: c.enrolled})
	}
	for _, e := range p.Concluded {
		by, err := p.due(e.By)
		if err != nil {
			return plan, err
		}
		plan.Concluded = append(plan.Concluded, PlanExpectation{Subject: e.Subject, Site: e.Site, Conclusion: e.Conclusion, Level: e.Level, By: by, Because: e.Because})
	}
	for _, n := range p.Notices {
		plan.Notices = append(plan.Notices, PlanNotice(n))
	}
	if p.Alerts != nil {
		plan.Alerts = &PlanAlerts{AtMost: p.Alerts.AtMost, Open: p.Alerts.Open}
	}
	for _, b := range p.Never {
		one, err := p.ban(b)
		if err != nil {
			return plan, err
		}
		plan.Never = append(plan.Never, one)
	}
	return plan, nil
}

func (p *play) ban(b Ban) (PlanBan, error) {
	one := PlanBan{Subject: b.Subject, Conclusion: b.Conclusion, Above: b.Above, Until: p.end()}
	var err error
	if b.From != "" {
		if one.From, err = p.due(b.From); err != nil {
			return one, err
		}
	}
	if b.Until != "" {
		one.Until, err = p.due(b.Until)
	}
	return one, err
}

// starts is an hour before the first laptop is enrolled.
func (p *play) starts() time.Time {
	earliest := slices.MinFunc(p.laptops, func(a, b cast) int { return a.enrolled.Compare(b.enrolled) })
	return earliest.enrolled.Add(-time.Hour)
}

// planAddresses lists every address from which a laptop may call.
func (p *play) planAddresses() []PlanAddress {
	var all []PlanAddress
	for _, key := range sortedKeys(p.public) {
		device, place, _ := strings.Cut(key, "\x00")
		at := p.Places[place]
		one := PlanAddress{Address: p.public[key], Place: place, Egress: at.Egress, RoundTrip: at.RoundTrip,
			Network: p.pick(at.Network, "network", p.addressName(device, place)), Country: p.pick(at.Country, "country", p.addressName(device, place))}
		if !slices.ContainsFunc(all, func(b PlanAddress) bool { return b.Address == one.Address }) {
			all = append(all, one)
		}
	}
	return all
}

// reach gives every laptop its public address at every place where it may be.
func (p *play) reach() {
	var names []string
	visits := map[string]string{}
	visit := func(device, place string) {
		name := p.addressName(device, place)
		visits[device+"\x00"+place] = name
		names = append(names, name)
	}
	for i, c := range p.laptops {
		visit(c.name, c.place)
		for _, e := range p.Timeline {
			if e.Place != "" && slices.Contains(p.whom(e), i) {
				visit(c.name, e.Place)
			}
		}
	}
	drawn := p.addresses(names)
	p.public = make(map[string]netip.Addr, len(visits))
	for key, name := range visits {
		p.public[key] = drawn[name]
	}
}

func (p *play) addressOf(device, place string) netip.Addr { return p.public[device+"\x00"+place] }
