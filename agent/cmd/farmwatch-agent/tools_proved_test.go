//go:build tools

package main_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// provedFile is the table that the run of the tools writes.
const provedFile = "../../../docs/reference/proved.md"

// A table gathers what was seen of each specimen.
type table struct {
	mu    sync.Mutex
	lines map[string]string // by what ran
	real  map[string]bool   // the tools that ran
}

// newTable makes a table that is compared with the committed one once all have run.
func newTable(t *testing.T) *table {
	rows := &table{lines: map[string]string{}, real: map[string]bool{}}
	t.Cleanup(func() { rows.compare(t) })
	return rows
}

func (rows *table) add(sp specimen, seen map[string]string) {
	cells := []string{sp.what, "`" + sp.tool + "`"}
	for _, state := range states {
		switch {
		case seen[state] != "":
			cells = append(cells, seen[state])
		case sp.lacks[state] != "":
			cells = append(cells, "— "+sp.lacks[state])
		case state == "settings":
			cells = append(cells, "")
		default:
			cells = append(cells, "**not seen**")
		}
	}
	rows.mu.Lock()
	defer rows.mu.Unlock()
	rows.real[sp.tool] = true
	rows.lines[sp.what] = "| " + strings.Join(cells, " | ") + " |"
}

// compare writes the table when every specimen ran, and fails when it differs
// from the one that is committed.
func (rows *table) compare(t *testing.T) {
	if len(rows.lines) != len(specimens()) {
		t.Logf("%d of %d specimens ran: the table is left as it is", len(rows.lines), len(specimens()))
		return
	}
	text := rows.text() + recordedHead + onRecordings(t, rows.real)
	before, _ := os.ReadFile(provedFile)
	if string(before) == text {
		return
	}
	if err := os.WriteFile(provedFile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Errorf("docs/reference/proved.md was not what this run saw; it is written anew: read it and commit")
}

func (rows *table) text() string {
	var b strings.Builder
	b.WriteString(provedHead)
	fmt.Fprintf(&b, "| what ran | tool | %s |\n", strings.Join(states, " | "))
	b.WriteString(strings.Repeat("|---", len(states)+2) + "|\n")
	var lines []string
	for _, line := range rows.lines {
		lines = append(lines, line)
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	b.WriteString(strings.Join(lines, "\n") + "\n")
	return b.String()
}

const provedHead = `# Seen on real software

Written by ` + "`make tools`" + `, which runs each program for real in namespaces of its own, lets
somebody in from a second machine, and asks the built agent at each step. A cell says by
which columns the program was recognised, or in which class it was seen; a dash, why there
is nothing to see. **Settings** are what those of the tool show: whether somebody can come in
without anybody agreeing, and whose account or server it answers to.
**Renamed** is a copy in another folder under another name while somebody is in, with the
tool's package installed; **carried in** is such a copy where no package ever was.

`

const recordedHead = `
# Seen on recorded machines

What the agent says of software that cannot be installed where this is run, on the
recorded machines below ` + "`proto/catalogue/machines`" + `. Empty: no recorded machine shows it.

`
