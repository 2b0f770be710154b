package catalogue

import (
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// Prepared is a history made ready once, to be assessed at many moments.
type Prepared struct {
	catalogue *Catalogue
	history   History
}

// Prepare makes a history ready. The caller must not change its spells afterwards.
func (c *Catalogue) Prepare(h History) *Prepared { return &Prepared{c, h} }

// At gives what Assess gives of the same history at this time, byte for byte.
func (p *Prepared) At(t time.Time) []Assessment {
	p.history.At = t
	return p.catalogue.Assess(p.history)
}

// AssessSite judges whether a site is a farm, from the findings of all its laptops:
// by the composites whose subject is a site, and by nothing else.
func (c *Catalogue) AssessSite(h History) Assessment {
	l := &ledger{view: c.view(h), scale: c.Scale, used: map[int]bool{}, spent: map[string]int{}, tiers: map[int]int{}}
	for _, composite := range c.byStrength(finding.InFarm) {
		if composite.Subject == SubjectSite {
			l.addComposite(composite)
		}
	}
	return l.assessment(finding.InFarm)
}
