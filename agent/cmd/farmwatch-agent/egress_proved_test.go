//go:build tools

package main_test

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// egressFile is the table that the run of what goes out writes.
const egressFile = "../../../docs/reference/egress.md"

// An egressTable gathers what was seen of each program that went out.
type egressTable struct {
	mu    sync.Mutex
	lines map[string]string // by what ran
}

func (rows *egressTable) add(what string, cells []string) {
	rows.mu.Lock()
	defer rows.mu.Unlock()
	rows.lines[what] = "| " + what + " | " + strings.Join(cells, " | ") + " |"
}

// compare writes the table when everything went out, and fails when it differs
// from the one that is committed.
func (rows *egressTable) compare(t *testing.T) {
	all := 0
	for _, group := range ventures() {
		all += len(group.ventures)
	}
	if len(rows.lines) != all {
		t.Logf("%d of %d went out: the table is left as it is", len(rows.lines), all)
		return
	}
	var lines []string
	for _, line := range rows.lines {
		lines = append(lines, line)
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	text := egressHead + strings.Join(lines, "\n") + "\n"
	if before, _ := os.ReadFile(egressFile); string(before) == text {
		return
	}
	if err := os.WriteFile(egressFile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Errorf("docs/reference/egress.md was not what this run saw; it is written anew: read it and commit")
}

const egressHead = `# Seen of what goes out

Written by ` + "`make tools`" + `, which lets each program go out for real from a laptop in a
namespace of its own, with a small internet behind the cable, and asks the built agent
what it saw. **Program** is the file by which the agent names it, **seen** the rows: names
(` + "`observed_names`" + `), how connections begin (` + "`network_handshakes`" + `) and ways in
(` + "`network_tunnels`" + `), each with that program; "all 64" means that 64 connections were made
and each was counted. **Found** is what is concluded of that program alone.

| what ran | program | seen | found |
|---|---|---|---|
`
