package engine

import (
	"reflect"
	"slices"

	"github.com/farmwatch/farmwatch/agent/internal/detect"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// judged are the rows of a look and the findings they support.
type judged struct {
	rows  []finding.Observation
	found []finding.Finding
}

// detect tries the rules on a class's rows, unless they are the very rows of
// the last look: most looks show nothing new, and rules know no time.
func (e *Engine) detect(class string, rows []finding.Observation) []finding.Finding {
	last, known := e.judged[class]
	if !known || !identical(last.rows, rows) {
		last.found = detect.Detect(e.Catalogue, rows)
		if e.Rules != nil {
			last.found = slices.DeleteFunc(last.found, func(f finding.Finding) bool { return !e.Rules(f.Rule) })
		}
	}
	last.rows = rows
	e.judged[class] = last
	return last.found
}

// identical says whether two looks gave the same observations, not merely equal
// ones: sensors hand out the old observation where nothing changed.
func identical(a, b []finding.Observation) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].UID != b[i].UID || reflect.ValueOf(a[i].Columns).Pointer() != reflect.ValueOf(b[i].Columns).Pointer() {
			return false
		}
	}
	return true
}
