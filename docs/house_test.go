// Package docs_test guards the habits of the house that no linter knows.
package docs_test

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

const root = ".."

// TestDecisions: every decision has a number of its own, a status and a date.
func TestDecisions(t *testing.T) {
	files, err := filepath.Glob("adr/[0-9]*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no decisions found: %v", err)
	}
	status := regexp.MustCompile(`(?m)^Status: (accepted|superseded by \d{4})$`)
	date := regexp.MustCompile(`(?m)^Date: \d{4}-\d{2}-\d{2}$`)
	for i, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		number := fmt.Sprintf("%04d", i+1)
		if !strings.HasPrefix(filepath.Base(file), number) || !strings.HasPrefix(string(text), "# "+number+" ") {
			t.Errorf("%s is not decision %s in name and heading", file, number)
		}
		if !status.Match(text) || !date.Match(text) {
			t.Errorf("%s has no status or no date", file)
		}
	}
}

// TestDependencies: each module we ask for ourselves says in its row why, and each row is of one.
func TestDependencies(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	reasons, err := os.ReadFile("adr/0017-dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	unexplained := map[string]bool{}
	for _, r := range mod.Require {
		unexplained[r.Mod.Path] = !r.Indirect
	}
	for _, row := range regexp.MustCompile(`(?m)^\| (\S+\.\S+(?:, \S+)*) \|`).FindAllSubmatch(reasons, -1) {
		for _, path := range strings.Split(string(row[1]), ", ") {
			if !unexplained[path] {
				t.Errorf("%s has a row and is not asked for in go.mod", path)
			}
			unexplained[path] = false
		}
	}
	for path, open := range unexplained {
		if open {
			t.Errorf("%s has no row in adr/0017-dependencies.md: why is it here, and what would it take to leave?", path)
		}
	}
}

// TestLinks: a link between the documents leads somewhere.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git" || entry.Name() == "var") {
			return cmp.Or(err, fs.SkipDir)
		}
		if !strings.HasSuffix(path, ".md") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		lines := bufio.NewScanner(bytes.NewReader(text))
		for n := 1; lines.Scan(); n++ {
			for _, found := range link.FindAllStringSubmatch(lines.Text(), -1) {
				if _, err := os.Stat(filepath.Join(filepath.Dir(path), found[1])); err != nil {
					t.Errorf("%s:%d links to %s, which is not there", path, n, found[1])
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
