package egress

import (
	"cmp"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A Verdict is what is said of one device.
type Verdict struct {
	Row    finding.Observation
	Heard  time.Time // when the device was noted last
	Claims []Claim   // in order of the rules' ids
}

// A Claim is a rule that holds for a row.
type Claim struct {
	Rule  *catalogue.Rule
	Since time.Time // when the first of the days began on which it held without a break
}

// Judge says what the catalogue's rules find of a device. There is nothing to say of
// one without stays. Since when a claim holds is judged by the stays, day by day, so
// that a collector that slept comes to the same as one that did not.
func (s *Survey) Judge(c *catalogue.Catalogue, about device.Enrolled) (Verdict, bool) {
	v, ok := s.view(about, 0)
	if !ok {
		return Verdict{}, false
	}
	verdict := Verdict{Row: v.row(), Heard: at(v.latest().last)}
	for _, rule := range c.Matching(verdict.Row) {
		verdict.Claims = append(verdict.Claims, Claim{Rule: rule, Since: at(v.past[len(v.past)-1].first)})
	}
	held := slices.Clone(verdict.Claims)
	for i := len(v.past) - 1; i >= 0 && len(held) > 0; i-- {
		if i > 0 && v.past[i-1].day == v.past[i].day {
			continue
		}
		day := v.past[i] // the first stay of its day
		before, _ := s.view(about, day.day)
		row := before.row()
		held = slices.DeleteFunc(held, func(claim Claim) bool { return !claim.Rule.Matches(row) })
		for _, still := range held {
			j := slices.IndexFunc(verdict.Claims, func(claim Claim) bool { return claim.Rule == still.Rule })
			verdict.Claims[j].Since = at(day.first)
		}
	}
	return verdict, true
}

// A Learned address is one that is taken for the company's own though nobody said so.
type Learned struct {
	Address     string // keyed hash
	Class       string // of its network
	NetworkName string
	Devices     int // that used it in the time looked at
	Gateways    int // that they stood behind
	From, Until string
	Office      bool // told by laptops that are carried home, not by those that share nothing else
}

// Learned lists the learned addresses, those with most devices first.
func (s *Survey) Learned() []Learned {
	var list []Learned
	for address, x := range s.exits {
		if !x.learned {
			continue
		}
		class := s.fleet.text(x.class)
		list = append(list, Learned{Address: s.fleet.text(address), Class: class, NetworkName: s.fleet.text(x.name), Devices: len(x.devices), Gateways: len(x.gateways),
			From: date(x.from), Until: date(x.until), Office: kindOf(class) == plain})
	}
	slices.SortFunc(list, func(a, b Learned) int {
		return cmp.Or(cmp.Compare(b.Devices, a.Devices), cmp.Compare(a.Address, b.Address))
	})
	return list
}

func date(day int32) string { return time.Unix(int64(day)*86400, 0).UTC().Format(time.DateOnly) }
