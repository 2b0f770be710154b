package report

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// The kinds of subjects.
const (
	aDevice = "device"
	aSite   = "site"
)

// A Basis is what a verdict of the end of a period rests on.
type Basis string

// The bases. A pack never gives what was judged after a period as what was known in it.
const (
	Kept       Basis = "kept"        // it stands since then as it is here
	JudgedAnew Basis = "judged_anew" // it has changed since; judged for the end of the period when the pack was made
	LevelKept  Basis = "level_kept"  // it has changed since; only the level is known to be what it was
	NotKept    Basis = "not_kept"    // it has changed since, and what it was is not kept
)

// A Verdict is how a laptop or a site stood at the end of a period.
type Verdict struct {
	catalogue.Assessment
	Kind, ID, Name string // of the laptop or site
	Since          time.Time
	JudgedAt       time.Time
	Revision       string
	Basis          Basis // empty: kept
}

// unknown leaves of a verdict that has changed since a moment what is known of it then.
func (v Verdict) unknown(end time.Time) Verdict {
	past := Verdict{Kind: v.Kind, ID: v.ID, Name: v.Name, Basis: NotKept}
	past.Conclusion = v.Conclusion
	if before(v.Since, end) {
		past.Level, past.Since, past.Basis = v.Level, v.Since, LevelKept
	}
	return past
}

type verdictRow struct {
	Kind         string                  `json:"subject_kind"`
	ID           string                  `json:"subject_id"`
	Name         string                  `json:"subject"`
	Conclusion   string                  `json:"conclusion"`
	Basis        Basis                   `json:"basis"`
	Level        string                  `json:"level"`
	Score        *int                    `json:"score"`
	Confidence   string                  `json:"confidence"`
	Since        *time.Time              `json:"since"`
	JudgedAt     *time.Time              `json:"judged_at"`
	Revision     string                  `json:"catalogue_revision"`
	Title        string                  `json:"title"`
	Missing      []string                `json:"missing"`
	Unseen       []string                `json:"unseen"`
	Ledger       []catalogue.LedgerEntry `json:"ledger"`
	Alternatives string                  `json:"alternatives"`
	NextStep     string                  `json:"next_step"`
}

func assessmentsTable(s Snapshot) table {
	columns := []string{"subject_kind", "subject_id", "subject", "conclusion", "basis", "level", "score", "confidence", "since", "judged_at",
		"catalogue_revision", "title", "missing", "unseen", "ledger", "alternatives", "next_step"}
	// Sites come before laptops: one of them speaks of many.
	list := sortedBy(s.Verdicts, func(a, b Verdict) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.Kind, a.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Conclusion, b.Conclusion))
	})
	return tabulate("assessments", columns, list, func(v Verdict) ([]string, verdictRow) {
		r := verdictRow{v.Kind, v.ID, v.Name, string(v.Conclusion), cmp.Or(v.Basis, Kept), string(v.Level), nil, string(v.Confidence), when(v.Since), when(v.JudgedAt),
			v.Revision, v.Title, listed(v.Missing), listed(v.Unseen), listed(v.Ledger), v.Explain.Alternatives, v.NextStep}
		score := ""
		if r.Basis == Kept || r.Basis == JudgedAnew {
			r.Score, score = &v.Score, strconv.Itoa(v.Score)
		}
		return []string{r.Kind, r.ID, r.Name, r.Conclusion, string(r.Basis), r.Level, score, r.Confidence, clock(v.Since), clock(v.JudgedAt),
			r.Revision, r.Title, strings.Join(r.Missing, " | "), strings.Join(r.Unseen, " | "), ledgerText(r.Ledger), r.Alternatives, r.NextStep}, r
	})
}
