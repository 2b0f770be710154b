// Package docs_test guards the habits of the house that no linter knows.
package docs_test

import (
	"bufio"
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = ".."

// goFiles are the hand-written Go files of the repository, by path.
func goFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, top := range []string{"agent", "server", "proto"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && entry.Name() == "node_modules":
				return filepath.SkipDir
			case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".pb.go") && !strings.HasSuffix(path, ".connect.go"):
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// TestFileNames: a suffix such as _linux is a build constraint, and only the
// host package knows the platform.
func TestFileNames(t *testing.T) {
	constraint := regexp.MustCompile(`_(linux|windows|darwin|freebsd|unix|amd64|arm64|arm|386)(_test)?\.go$`)
	for _, file := range goFiles(t) {
		if constraint.MatchString(file) && !strings.Contains(file, "agent/internal/host/") {
			t.Errorf("%s is built on one platform only: the name's suffix is a build constraint, which only agent/internal/host may have", file)
		}
	}
}

// TestPackagesSayWhatTheyAre: one sentence, in one file of each package.
func TestPackagesSayWhatTheyAre(t *testing.T) {
	said := map[string]bool{}
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Dir(file)
		said[dir] = said[dir] || strings.HasPrefix(parsed.Doc.Text(), "Package ") || strings.HasPrefix(parsed.Doc.Text(), "Command ")
	}
	for dir, ok := range said {
		if !ok {
			t.Errorf("%s has no comment that begins with Package or Command and says what it is", dir)
		}
	}
}

// TestExportedNamesAreDocumented holds for every exported function, type, and method.
func TestExportedNamesAreDocumented(t *testing.T) {
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		files := token.NewFileSet()
		parsed, err := parser.ParseFile(files, file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range parsed.Decls {
			for _, name := range undocumented(declared) {
				t.Errorf("%s: %s has no doc comment", files.Position(declared.Pos()), name)
			}
		}
	}
}

func undocumented(declared ast.Decl) []string {
	var names []string
	switch d := declared.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && receiverExported(d) {
			names = append(names, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if s, ok := spec.(*ast.TypeSpec); ok && s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
				names = append(names, s.Name.Name)
			}
		}
	}
	return names
}

func receiverExported(f *ast.FuncDecl) bool {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return true
	}
	receiver := f.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	if generic, ok := receiver.(*ast.IndexExpr); ok {
		receiver = generic.X
	}
	name, ok := receiver.(*ast.Ident)
	return ok && name.IsExported()
}

// TestSize keeps files readable in one sitting.
func TestSize(t *testing.T) {
	const most = 400
	for _, file := range goFiles(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if lines := bytes.Count(text, []byte("\n")); lines > most && !strings.HasSuffix(file, "_test.go") {
			t.Errorf("%s has %d lines, more than %d: it probably holds two things", file, lines, most)
		}
	}
}

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

// TestLinks: a link between the documents leads somewhere.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git" || entry.Name() == "var") {
			return firstOf(err, fs.SkipDir)
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

func firstOf(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
