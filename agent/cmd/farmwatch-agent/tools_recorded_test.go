//go:build tools

package main_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// recordedStates are the columns of the table of recorded machines.
var recordedStates = []string{"installed", "unattended", "tenant", "opened", "running", "listening", "connected", "controlled", "entered", "visited"}

// onRecordings writes what the built agent says of each tool on recorded machines,
// for those that cannot be installed here.
func onRecordings(t *testing.T, ran map[string]bool) string {
	t.Helper()
	c, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]map[string]bool{} // by tool: states
	for _, folder := range []string{"tools", "session", "settings", "program", "conduct"} {
		files, _ := filepath.Glob(filepath.Join("../../../proto/catalogue/machines", folder, "*.txtar"))
		for _, file := range files {
			note(seen, replayed(t, file))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| tool | %s |\n%s|\n", strings.Join(recordedStates, " | "), strings.Repeat("|---", len(recordedStates)+1))
	for i := range c.Tools {
		tool := &c.Tools[i]
		if ran[tool.ID] || len(seen[tool.ID]) == 0 {
			continue
		}
		fmt.Fprintf(&b, "| %s `%s` ", tool.Name, tool.ID)
		for _, state := range recordedStates {
			b.WriteString(map[bool]string{true: "| yes ", false: "| "}[seen[tool.ID][state]])
		}
		b.WriteString("|\n")
	}
	return b.String()
}

// replayed is what the built agent finds on a recorded machine.
func replayed(t *testing.T, file string) look {
	t.Helper()
	out, err := exec.Command("../../../bin/farmwatch-agent", "scan", "--recording", file, "--output", "json").Output()
	if err != nil {
		t.Fatalf("scan --recording %s: %v", file, err)
	}
	var k look
	if err := json.Unmarshal(out, &k); err != nil {
		t.Fatalf("scan --recording %s: %v", file, err)
	}
	return k
}

// note adds the states of tools that a look shows.
func note(seen map[string]map[string]bool, k look) {
	for _, rule := range k.rules() {
		parts := strings.Split(rule, ".")
		if len(parts) != 3 || parts[0] != "tool" || !slices.Contains(recordedStates, parts[2]) {
			continue
		}
		if seen[parts[1]] == nil {
			seen[parts[1]] = map[string]bool{}
		}
		seen[parts[1]][parts[2]] = true
	}
}
