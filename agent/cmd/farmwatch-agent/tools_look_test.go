//go:build tools

package main_test

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// look is what the agent says of a laptop at one moment.
type look struct {
	Level    string
	Findings []struct {
		Rule     string
		Evidence []row
	}
	Rows []row
}

type row struct {
	Class   string
	Columns map[string]string
}

// look lets the built agent, which runs within the laptop, look once.
func (l *laptop) look() look {
	l.t.Helper()
	var seen look
	text := l.run("/opt/farmwatch/farmwatch-agent", "scan", "--rows", "--output", "json")
	if err := json.Unmarshal([]byte(text), &seen); err != nil {
		l.t.Fatalf("the agent's words: %v", err)
	}
	return seen
}

// rules are what was found, sorted.
func (k look) rules() []string {
	var rules []string
	for _, f := range k.Findings {
		rules = append(rules, f.Rule)
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

// state says by which columns a tool was seen to be in a state; empty when it
// was not seen.
func (k look) state(tool, state string) string {
	return k.by("tool." + tool + "." + state)
}

// by says by which columns a rule's rows were recognised, empty when it did not fire.
func (k look) by(rule string) string {
	var columns []string
	for _, f := range k.Findings {
		if f.Rule != rule {
			continue
		}
		for _, evidence := range f.Evidence {
			columns = append(columns, evidence.recognised(rule)...)
		}
	}
	slices.Sort(columns)
	return strings.Join(slices.Compact(columns), ", ")
}

// recognised are the columns by which a rule of that id fits the row.
func (r row) recognised(id string) []string {
	c, err := catalogue.Embedded()
	if err != nil {
		return []string{err.Error()}
	}
	var columns []string
	for i := range c.Rules {
		if rule := &c.Rules[i]; rule.ID == id && rule.Class == r.Class {
			columns = append(columns, fitting(rule.Match, r.Columns)...)
		}
	}
	if len(columns) == 0 {
		return []string{r.Class} // by what never leaves the laptop, such as the command line
	}
	return columns
}

func fitting(m catalogue.Match, columns map[string]string) []string {
	var fit []string
	for _, test := range m.Tests {
		if slices.ContainsFunc(test.Values, func(v string) bool { return strings.EqualFold(v, columns[test.Column]) }) {
			fit = append(fit, test.Column)
		}
	}
	for _, inner := range m.Any {
		fit = append(fit, fitting(inner, columns)...)
	}
	return fit
}
