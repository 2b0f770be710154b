package engine

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// draft gathers what the next report will say. It is bounded by what there is
// on the machine: a newer word about the same thing replaces the older one.
type draft struct {
	byUID   map[string]finding.Finding
	byClass map[string]finding.Facts
	covered map[string]finding.Coverage
	sent    map[string]told // by class, what the collector has been told last
}

// told is the fingerprint of a class's facts, and when they were told.
type told struct {
	facts string
	at    time.Time
}

func newDraft() draft {
	return draft{
		byUID:   map[string]finding.Finding{},
		byClass: map[string]finding.Facts{},
		covered: map[string]finding.Coverage{},
		sent:    map[string]told{},
	}
}

func (d *draft) empty() bool {
	return len(d.byUID)+len(d.byClass)+len(d.covered) == 0
}

func (d *draft) findings(changed []finding.Finding) {
	for _, f := range changed {
		d.byUID[f.UID] = f
	}
}

// facts drafts a class's rows unless the collector was told just these, and not
// too long ago: one that was put back from a backup has forgotten them.
func (d *draft) facts(now time.Time, class string, rows []finding.Observation) {
	if last := d.sent[class]; last.facts == fingerprint(rows) && now.Sub(last.at) < tellAnew {
		delete(d.byClass, class)
		return
	}
	d.byClass[class] = finding.Facts{Class: class, Rows: rows}
}

func (d *draft) coverage(c finding.Coverage) {
	d.covered[c.Class] = c
}

// report is the draft in a fixed order: the same draft gives the same report.
func (d *draft) report(at time.Time) finding.Report {
	return finding.Report{
		At:       at,
		Findings: sorted(d.byUID),
		Facts:    sorted(d.byClass),
		Coverage: sorted(d.covered),
	}
}

// clear begins the next draft; what this one said was told now.
func (d *draft) clear(now time.Time) {
	for class, f := range d.byClass {
		d.sent[class] = told{fingerprint(f.Rows), now}
	}
	clear(d.byUID)
	clear(d.byClass)
	clear(d.covered)
}

func sorted[V any](m map[string]V) []V {
	out := make([]V, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[key])
	}
	return out
}

// fingerprint names a set of rows: the same rows in any order give the same name.
func fingerprint(rows []finding.Observation) string {
	lines := make([]string, 0, len(rows))
	for _, row := range rows {
		var line strings.Builder
		line.WriteString(row.UID)
		for _, column := range slices.Sorted(maps.Keys(row.Columns)) {
			line.WriteString("\x00" + column + "\x00" + row.Columns[column])
		}
		lines = append(lines, line.String())
	}
	slices.Sort(lines)
	return finding.UID(lines...)
}
