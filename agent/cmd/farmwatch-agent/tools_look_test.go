//go:build tools

package main_test

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// embedded is the catalogue of this tree, loaded once.
var embedded = sync.OnceValues(catalogue.Embedded)

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
func (l *laptop) look(more ...string) look {
	l.t.Helper()
	var seen look
	text := l.run(append([]string{"/opt/farmwatch/farmwatch-agent", "scan", "--rows", "--output", "json"}, more...)...)
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

// about says in words what is known of programs that are called so.
func (k look) about(words string) string {
	var lines []string
	for _, r := range k.Rows {
		if c := r.Columns; strings.HasPrefix(c["file"], words) || strings.HasPrefix(c["script"], words) || strings.HasPrefix(c["name"], words) {
			line := r.Class
			for _, column := range []string{"package", "build_path", "beside", "banner", "port", "direction", "remote_scope", "injects", "captures", "connection", "lasting", "recent", "libraries"} {
				if c[column] != "" {
					line += " " + column + "=" + c[column]
				}
			}
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
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

// recognised are the columns by which a rule of that id fits the row. What never
// leaves the laptop is not among the row's columns: the command line.
func (r row) recognised(id string) []string {
	c, err := embedded()
	if err != nil {
		return []string{err.Error()}
	}
	for _, rule := range c.RulesOf(id) {
		if columns := rule.Recognised(finding.Observation{Class: r.Class, Columns: r.Columns}); len(columns) > 0 {
			return columns
		}
	}
	if r.Class == "processes" {
		return []string{"command line"}
	}
	return []string{r.Class}
}
