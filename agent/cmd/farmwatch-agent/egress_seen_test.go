//go:build e2e || tools

package main_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// egressSeen is what the agent says of what left a laptop.
type egressSeen struct {
	Level    string
	Findings []struct {
		Rule     string
		Evidence []egressRow
	}
	Rows     []egressRow
	Coverage []struct{ Class, State, Detail string }
}

type egressRow struct {
	Class   string
	Columns map[string]string
}

func readSeen(t *testing.T, text []byte) egressSeen {
	t.Helper()
	var seen egressSeen
	if err := json.Unmarshal(text, &seen); err != nil {
		t.Fatalf("the agent's words: %v\n%s", err, text)
	}
	return seen
}

// rows are those of a class that hold these columns, given as name, value, name, value.
func (s egressSeen) rows(class string, columns ...string) []map[string]string {
	var found []map[string]string
	for _, row := range s.Rows {
		if row.Class == class && fits(row.Columns, columns) {
			found = append(found, row.Columns)
		}
	}
	return found
}

func fits(row map[string]string, columns []string) bool {
	for i := 0; i+1 < len(columns); i += 2 {
		if row[columns[i]] != columns[i+1] {
			return false
		}
	}
	return true
}

// atLeast is how many connections or names the rows tell: the highest count,
// rounded down to a power of two, or the number of the processes that began them. A
// process that has ended keeps its own row until a later look gathers all such in one.
func atLeast(rows []map[string]string) int {
	highest, processes := 0, map[string]bool{}
	for _, row := range rows {
		n, _ := strconv.Atoi(row["count"])
		highest = max(highest, n)
		if pid := row["pid"]; pid != "" && pid != "0" {
			processes[pid] = true
		}
	}
	return max(highest, len(processes))
}

// finders are the file names by which a rule found something, sorted.
func (s egressSeen) finders(rule string) []string {
	var files []string
	for _, f := range s.Findings {
		if f.Rule == rule {
			for _, row := range f.Evidence {
				files = append(files, row.Columns["file"])
			}
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// findings are the rules that name a program, sorted.
func (s egressSeen) findings(file string) []string {
	var rules []string
	for _, f := range s.Findings {
		for _, row := range f.Evidence {
			if row.Columns["file"] == file {
				rules = append(rules, f.Rule)
			}
		}
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

// covered says how a class could be looked at, and why not.
func (s egressSeen) covered(class string) (state, detail string) {
	for _, c := range s.Coverage {
		if c.Class == class {
			return c.State, c.Detail
		}
	}
	return "", ""
}

// brief says in words what rows hold, without what is long.
func brief(rows []map[string]string) string {
	var lines []string
	for _, row := range rows {
		var words []string
		for _, column := range []string{"file", "kind", "direction", "remote_scope", "remote_port", "local_port", "named", "ech", "alpn", "version", "ja4", "software", "exposes", "exposes_port", "told_by", "count"} {
			if row[column] != "" {
				words = append(words, column+"="+row[column])
			}
		}
		lines = append(lines, strings.Join(words, " "))
	}
	slices.Sort(lines)
	return "\n\t" + strings.Join(lines, "\n\t")
}
