package alert

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A Condition narrows a sanction to evidence that has one value in one column,
// e.g. vendor_id 0624: the dongles that the company bought and no others.
type Condition struct {
	Column string `json:"column"`
	Value  string `json:"value"` // compared without regard to case, as rules do
}

// String writes a condition as people do, in quotes where its value could be
// read as more than one.
func (c Condition) String() string {
	if strings.ContainsFunc(c.Value, func(r rune) bool { return unicode.IsSpace(r) || r == '"' }) {
		return c.Column + "=" + strconv.Quote(c.Value)
	}
	return c.Column + "=" + c.Value
}

// Bounds of a sanction's conditions.
const (
	mostConditions = 10
	longestValue   = 200 // characters
)

// MostRows is as many rows of evidence as an agent sends with one finding:
// where there are so many, there may be more.
const MostRows = 16

// permits says whether evidence is what the conditions describe: each row meets
// all of them. One row that does not is something else than was permitted, and
// where there may be more rows than a finding carries, one of those may not.
func (s Sanction) permits(evidence []finding.Observation) bool {
	if len(s.Where) == 0 {
		return true
	}
	strange := func(row finding.Observation) bool { return !s.describes(row) }
	return len(evidence) > 0 && len(evidence) < MostRows && !slices.ContainsFunc(evidence, strange)
}

func (s Sanction) describes(row finding.Observation) bool {
	return !slices.ContainsFunc(s.Where, func(c Condition) bool { return !strings.EqualFold(row.Columns[c.Column], c.Value) })
}

// validateWhere refuses conditions that nothing could meet, since they would
// permit nothing while looking as if they did.
func (s Sanction) validateWhere(c *catalogue.Catalogue) error {
	if len(s.Where) == 0 {
		return nil
	}
	if len(s.Tools) != 1 {
		return refuse(ErrInvalid, "conditions are for what one rule finds, e.g. kvm.enterprise_kvm: make one sanction for each")
	}
	rule := s.Tools[0]
	if !knownRule(c, rule) {
		return refuse(ErrInvalid, "conditions are for what one rule finds, e.g. kvm.enterprise_kvm; %q is a tool", rule)
	}
	if len(s.Where) > mostConditions {
		return refuse(ErrInvalid, "a sanction has at most %d conditions, not %d", mostConditions, len(s.Where))
	}
	seen := map[string]bool{}
	for _, w := range s.Where {
		switch {
		case w.Column == "" || strings.TrimSpace(w.Value) == "":
			return refuse(ErrInvalid, "a condition is a column and its value, e.g. vendor_id=0624, not %q", w)
		case utf8.RuneCountInString(w.Value) > longestValue:
			return refuse(ErrInvalid, "the value of %s is longer than %d characters", w.Column, longestValue)
		case strings.Contains(w.Value, "*"):
			return refuse(ErrInvalid, "a condition names one value; %q would permit many at once", w)
		case seen[w.Column]:
			return refuse(ErrInvalid, "%s stands twice, and no row has two values: make one sanction for each", w.Column)
		case !leaves(c, rule, w.Column):
			return refuse(ErrInvalid, "what %s finds has no column %q that reaches the collector; look at the evidence of one of its findings", rule, w.Column)
		}
		seen[w.Column] = true
	}
	return nil
}

// leaves says whether the evidence of a rule brings a column. A tool's rules of
// one state share an id and differ in class.
func leaves(c *catalogue.Catalogue, rule, column string) bool {
	return slices.ContainsFunc(c.RulesOf(rule), func(r *catalogue.Rule) bool { return c.Leaves(r.Class, column) })
}

func knownTool(c *catalogue.Catalogue, id string) bool {
	return slices.ContainsFunc(c.Tools, func(t catalogue.Tool) bool { return t.ID == id })
}

func knownRule(c *catalogue.Catalogue, id string) bool {
	return len(c.RulesOf(id)) > 0
}
