package server_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/farmwatch/farmwatch/"

// TestImports guards the direction of flow on the collector: what a package may
// import of ours. The reason is the message.
func TestImports(t *testing.T) {
	for _, rule := range []struct {
		pkg    string
		ours   []string
		reason string
	}{
		{"server/internal/device", []string{"proto/finding"}, "what is known of a laptop depends on nothing that happens to it"},
		{"server/internal/audit", nil, "the record of what people did must not depend on what it records"},
		{"server/internal/alert", []string{"proto/catalogue", "proto/finding"}, "the states of an alert are pure"},
		{"server/internal/assess", []string{"proto/catalogue", "proto/finding", "server/internal/alert", "server/internal/device"}, "assessment sees findings and context and nothing of how they came or where they are kept"},
		{"server/internal/report", []string{"proto/catalogue", "proto/finding", "server/internal/alert", "server/internal/audit", "server/internal/device"}, "a report shows what is stored, by its own small interface"},
		{"server/internal/enroll", []string{"proto/farmwatch/agent/v1", "server/internal/device"}, "enrolment knows devices and certificates only"},
		{"server/internal/ingest", []string{"proto/farmwatch/agent/v1", "proto/finding", "server/internal/device"}, "ingest stores and acknowledges; it concludes nothing"},
	} {
		t.Run(rule.pkg, func(t *testing.T) {
			for _, imported := range list(t, "-f", "{{join .Imports \"\\n\"}}", "./"+strings.TrimPrefix(rule.pkg, "server/")) {
				own, ok := strings.CutPrefix(imported, module)
				if ok && !slices.Contains(rule.ours, own) {
					t.Errorf("%s imports %s: %s", rule.pkg, own, rule.reason)
				}
			}
		})
	}
}

// TestRooms keeps the database in the store: no other package writes SQL.
func TestRooms(t *testing.T) {
	for _, line := range list(t, "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "./...") {
		fields := strings.Fields(line)
		pkg := strings.TrimPrefix(fields[0], module)
		if pkg == "server/internal/store" || strings.HasPrefix(pkg, "server/internal/store/") {
			continue
		}
		for _, imported := range fields[1:] {
			if imported == "database/sql" || strings.HasPrefix(imported, "modernc.org/sqlite") || strings.HasPrefix(imported, "github.com/pressly/goose") {
				t.Errorf("%s imports %s: only server/internal/store knows the database", pkg, imported)
			}
		}
	}
}

func list(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })
}
