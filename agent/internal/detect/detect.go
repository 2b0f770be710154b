// Package detect turns observations into findings by the rules of the catalogue
// and remembers which of them are open.
package detect

import (
	"cmp"
	"slices"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// Detect gives every finding that the rows support, sorted by rule and UID. It
// says what is, not since when: times are zero and every finding is open. The
// same rows in any order give the same findings.
func Detect(c *catalogue.Catalogue, rows []finding.Observation) []finding.Finding {
	found := map[string]*finding.Finding{}
	for _, row := range rows {
		for _, rule := range c.Matching(row) {
			uid := identity(rule, row)
			f := found[uid]
			if f == nil {
				f = &finding.Finding{
					UID: uid, Rule: rule.ID, Title: rule.Title, Status: finding.Open,
					Severity: rule.Severity,
				}
				found[uid] = f
			}
			if sure := rule.ConfidenceOf(row); sure.Rank() > f.Confidence.Rank() {
				f.Confidence = sure // one row that shows it well is enough
			}
			f.Evidence = append(f.Evidence, row)
		}
	}
	findings := make([]finding.Finding, 0, len(found))
	for _, f := range found {
		f.Evidence = bounded(f.Evidence)
		findings = append(findings, *f)
	}
	slices.SortFunc(findings, byRule)
	return findings
}

// identity names a finding by what stays the same while it is true. For a row of
// a running program that is the program, not its number, which changes with
// every restart; and a program with many sockets is one finding. Every other row
// is named by itself, except names that were looked up: a tool has any number of
// relays and a page can ask for thousands, so a tool's names are one finding.
func identity(rule *catalogue.Rule, row finding.Observation) string {
	switch rule.State {
	case catalogue.StateContacted:
		return finding.UID(rule.ID, row.Class)
	case catalogue.StateReached: // by each program once
		return finding.UID(rule.ID, row.Class, cmp.Or(row.Columns["script"], row.Columns["file"]))
	}
	if name := program(row); name != "" {
		return finding.UID(rule.ID, row.Class, name)
	}
	return finding.UID(rule.ID, row.UID)
}

// program is what a row with a process number calls its program: the script
// rather than its interpreter, the file rather than a name that a process may
// choose. It is empty for rows of other things.
func program(row finding.Observation) string {
	if row.Columns["pid"] == "" {
		return ""
	}
	return cmp.Or(row.Columns["script"], row.Columns["file"], row.Columns["name"])
}

// bounded sorts evidence, drops repeated rows and keeps the first finding.EvidenceLimit.
func bounded(rows []finding.Observation) []finding.Observation {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, byRow)
	rows = slices.CompactFunc(rows, func(a, b finding.Observation) bool { return a.Class == b.Class && a.UID == b.UID })
	return slices.Clip(rows[:min(len(rows), finding.EvidenceLimit)])
}

func byRule(a, b finding.Finding) int {
	return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.UID, b.UID))
}

// byRow orders rows; of two that claim to be the same thing the columns decide,
// so that it does not matter which came first.
func byRow(a, b finding.Observation) int {
	return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(a.UID, b.UID), cmp.Compare(content(a), content(b)))
}
