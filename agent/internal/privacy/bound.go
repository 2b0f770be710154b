package privacy

import (
	"cmp"
	"slices"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// shrink leaves out part of a report that is too large, and says whether there
// was anything to leave out. Facts go first, since the next report brings them
// again; then evidence beyond the first row; then the least severe findings.
func (g *Gate) shrink(r *finding.Report) bool {
	return g.shrinkFacts(r) || g.shrinkEvidence(r) || g.shrinkFindings(r)
}

func (g *Gate) shrinkFacts(r *finding.Report) bool {
	if len(r.Facts) == 0 {
		return false
	}
	largest := 0
	for i := range r.Facts {
		if weight(r.Facts[i].Rows) > weight(r.Facts[largest].Rows) {
			largest = i
		}
	}
	facts := &r.Facts[largest]
	if len(facts.Rows) == 0 {
		return false
	}
	half := len(facts.Rows) / 2
	g.drop(dropKey{class: facts.Class, reason: TooMany}, len(facts.Rows)-half)
	facts.Rows = facts.Rows[:half]
	return true
}

func (g *Gate) shrinkEvidence(r *finding.Report) bool {
	shrunk := false
	for i := range r.Findings {
		f := &r.Findings[i]
		if half := (len(f.Evidence) + 1) / 2; half < len(f.Evidence) {
			g.drop(dropKey{reason: TooMany}, len(f.Evidence)-half)
			f.Evidence, shrunk = f.Evidence[:half], true
		}
	}
	return shrunk
}

func (g *Gate) shrinkFindings(r *finding.Report) bool {
	half := len(r.Findings) / 2
	if len(r.Findings) == half {
		return false
	}
	slices.SortStableFunc(r.Findings, func(a, b finding.Finding) int {
		return cmp.Compare(b.Severity.Rank(), a.Severity.Rank())
	})
	g.drop(dropKey{reason: TooMany}, len(r.Findings)-half)
	r.Findings = r.Findings[:half]
	return true
}

func weight(rows []finding.Observation) int {
	n := 0
	for _, o := range rows {
		n += len(o.UID)
		for name, value := range o.Columns {
			n += len(name) + len(value)
		}
	}
	return n
}
