package sensor

import (
	"testing"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// A run of which the note is gone is told, and is no run that ended well.
func TestARunThatIsNotKnownIsNotCovered(t *testing.T) {
	for ended, want := range map[string]finding.CoverageState{RunNotKnown: finding.CoverageFailed, "first": finding.CoverageOK, "stopped": finding.CoverageOK} {
		s := AgentRuns(func() (AgentRun, bool) { return AgentRun{Ended: ended}, true })
		rows, c := Look(t.Context(), nil, s)
		if len(rows) != 1 || rows[0].Columns["ended"] != ended || c.State != want || (want == finding.CoverageFailed) != (c.Detail != "") {
			t.Errorf("%s: %v, %+v", ended, rows, c)
		}
	}
}
