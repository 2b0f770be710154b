package roster

import (
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A Verdict is what is said of one device.
type Verdict struct {
	Row    finding.Observation
	Claims []Claim // in order of the rules' ids
}

// A Claim is a rule that holds for a row.
type Claim struct {
	Rule  *catalogue.Rule
	Since time.Time // when the first of the days began on which it held without a break, or when it was in service
}

// Judge says what the catalogue's rules find of a device at a moment. Since when a
// claim holds is judged day by day by what is known now: an import that comes late
// leads to the same as one that came in time.
func (r *Roster) Judge(c *catalogue.Catalogue, about Known, stood []Stood, at time.Time) Verdict {
	v := Verdict{Row: r.Row(about, stood, at)}
	began := r.view(about, stood, at).since
	for _, rule := range c.Matching(v.Row) {
		v.Claims = append(v.Claims, Claim{Rule: rule, Since: later(at.Truncate(day), began, at)})
	}
	held := slices.Clone(v.Claims)
	for back := 1; back < Memory && len(held) > 0; back++ {
		began := at.UTC().Truncate(day).AddDate(0, 0, -back)
		if !began.Add(day).After(about.First) {
			break
		}
		row := r.Row(about, stood, began.Add(day-time.Microsecond))
		held = slices.DeleteFunc(held, func(claim Claim) bool { return !claim.Rule.Matches(row) })
		for _, still := range held {
			i := slices.IndexFunc(v.Claims, func(claim Claim) bool { return claim.Rule == still.Rule })
			v.Claims[i].Since = later(began, about.First, at)
		}
	}
	return v
}

// later is the later of two moments, and never after now.
func later(a, b, now time.Time) time.Time {
	if b.After(a) {
		a = b
	}
	if a.After(now) {
		return now
	}
	return a
}
