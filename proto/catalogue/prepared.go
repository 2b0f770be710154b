package catalogue

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// Prepared is a history made ready once, to be assessed at many moments. It is for one
// goroutine at a time.
type Prepared struct {
	catalogue *Catalogue
	view      *view
	places    []int // where each spell of the history stands in the view
	missing   []string
	ledger    *ledger // made once, and emptied for each conclusion
}

// Prepare makes a history ready: its spells are put in order, and who asks for each is
// found. The history's At is not read.
func (c *Catalogue) Prepare(h History) *Prepared {
	p := &Prepared{catalogue: c, view: c.view(h), missing: slices.Sorted(slices.Values(h.Missing))}
	p.missing = slices.Compact(p.missing)
	return p
}

// At gives what Assess gives of the same history at this time, byte for byte.
func (p *Prepared) At(t time.Time) []Assessment {
	p.view.move(t)
	list := make([]Assessment, 0, 2)
	for _, conclusion := range []finding.Conclusion{finding.RemotelyControlled, finding.InFarm} {
		list = append(list, p.close(p.account(conclusion, SubjectDevice), conclusion))
	}
	return list
}

// Permit sets what sanctions say of one spell, by its place in the history given: it
// may change with the moment judged while all else stays.
func (p *Prepared) Permit(spell int, sanctioned, lapsed, foreignTenant, unticketed bool) {
	if p.places == nil {
		p.places = make([]int, len(p.view.spells))
		for i := range p.view.spells {
			p.places[p.view.spells[i].given] = i
		}
	}
	s := &p.view.spells[p.places[spell]]
	s.sanctioned, s.lapsed, s.foreignTenant, s.unticketed = sanctioned, lapsed, foreignTenant, unticketed
}

// account makes the ledger of a conclusion, which is good until the next one.
func (p *Prepared) account(conclusion finding.Conclusion, subject Subject) *ledger {
	if p.ledger == nil {
		p.ledger = newLedger(p.view, p.catalogue.Scale)
	}
	l := p.ledger
	l.reset()
	strong := 1 // the tier whose findings are next
	for _, s := range p.view.plan.steps {
		for ; subject == SubjectDevice && strong <= 2 && s.Points < l.scale.Tier[strong]; strong++ {
			l.addTier(conclusion, strong)
		}
		if s.concludes(conclusion, subject) {
			l.addComposite(s)
		}
	}
	if subject == SubjectDevice {
		l.addFindings(conclusion)
	}
	return l
}

func (p *Prepared) close(l *ledger, conclusion finding.Conclusion) Assessment {
	a := l.assessment(conclusion)
	a.Missing = slices.Clone(p.missing)
	a.Confidence = l.confidence(len(p.missing) > 0)
	a.Unseen = p.catalogue.Unseen.of(conclusion)
	return a
}

// compareSpells orders spells by all that an assessment reads of them, so that the
// order in which a history is given cannot show. What sanctions say comes last: it may
// change afterwards, and no line of a ledger differs by the order of what else is the same.
func compareSpells(a, b *Spell) int {
	if n := strings.Compare(a.Finding.Rule, b.Finding.Rule); n != 0 {
		return n
	}
	if n := strings.Compare(a.Finding.UID, b.Finding.UID); n != 0 {
		return n
	}
	if n := a.From.Compare(b.From); n != 0 {
		return n
	}
	return cmp.Or(
		a.To.Compare(b.To),
		strings.Compare(a.Device, b.Device),
		strings.Compare(a.Person, b.Person),
		strings.Compare(a.Finding.Title, b.Finding.Title),
		compareBool(a.Sanctioned, b.Sanctioned),
		compareBool(a.Lapsed, b.Lapsed),
		compareBool(a.ForeignTenant, b.ForeignTenant),
		compareBool(a.Unticketed, b.Unticketed),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
