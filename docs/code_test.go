package docs_test

import (
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

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
	for _, file := range goFiles(t) {
		if platformSuffix.MatchString(file) && !strings.Contains(file, "agent/internal/host/") {
			t.Errorf("%s is built on one platform only: the name's suffix is a build constraint, which only agent/internal/host may have", file)
		}
	}
}

var platformSuffix = regexp.MustCompile(`_(linux|windows|darwin|freebsd|unix|amd64|arm64|arm|386)(_test)?\.go$`)

// TestBuildTags: outside the host, a tag chooses which tests run and never for
// which platform something is built. The laboratory, which is no part of the
// agent, is made for Linux.
func TestBuildTags(t *testing.T) {
	slow := map[string]bool{"e2e": true, "tools": true, "wine": true}
	for _, file := range goFiles(t) {
		if strings.Contains(file, "agent/internal/host/") || strings.Contains(file, "agent/lab/") {
			continue
		}
		files, parsed := parse(t, file)
		for _, group := range parsed.Comments {
			for _, line := range group.List {
				asked, err := constraint.Parse(line.Text)
				if err != nil || line.Pos() > parsed.Package {
					continue
				}
				asked.Eval(func(tag string) bool {
					if !slow[tag] {
						t.Errorf("%s: built only where %s holds: only agent/internal/host may know the platform", files.Position(line.Pos()), tag)
					}
					return true
				})
			}
		}
	}
}

// TestFuzzTargetsRunHere: what reads hostile bytes of Windows and macOS is fuzzed
// on Linux with the rest, so it stands in no file that is built there only.
func TestFuzzTargetsRunHere(t *testing.T) {
	elsewhere := regexp.MustCompile(`_(windows|darwin)_test\.go$`)
	for _, file := range goFiles(t) {
		if !elsewhere.MatchString(file) {
			continue
		}
		_, parsed := parse(t, file)
		for _, declared := range parsed.Decls {
			if f, ok := declared.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Fuzz") {
				t.Errorf("%s: %s is fuzzed by nobody: decode bytes in a file for all systems", file, f.Name.Name)
			}
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
		_, parsed := parse(t, file)
		dir := filepath.Dir(file)
		said[dir] = said[dir] || strings.HasPrefix(parsed.Doc.Text(), "Package ") || strings.HasPrefix(parsed.Doc.Text(), "Command ")
	}
	for dir, ok := range said {
		if !ok {
			t.Errorf("%s has no comment that begins with Package or Command and says what it is", dir)
		}
	}
}

// TestExportedNamesAreDocumented holds for every exported function, type, method, constant and variable.
func TestExportedNamesAreDocumented(t *testing.T) {
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		files, parsed := parse(t, file)
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
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
					names = append(names, s.Name.Name)
				}
			case *ast.ValueSpec:
				if s.Names[0].IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
					names = append(names, s.Names[0].Name)
				}
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

// TestSize keeps a file readable in one sitting and a function in one look. A
// table of cases may be longer: it is read a row at a time.
func TestSize(t *testing.T) {
	const mostLines, mostOfTests, mostOfFunction = 300, 400, 60
	for _, file := range goFiles(t) {
		isTest := strings.HasSuffix(file, "_test.go")
		most := mostLines
		if isTest {
			most = mostOfTests
		}
		files, parsed := parse(t, file)
		if lines := files.Position(parsed.FileEnd).Line; lines > most {
			t.Errorf("%s has %d lines, more than %d: it probably holds two things", file, lines, most)
		}
		for _, declared := range parsed.Decls {
			f, ok := declared.(*ast.FuncDecl)
			if !ok || isTest {
				continue
			}
			if lines := files.Position(f.End()).Line - files.Position(f.Pos()).Line + 1; lines > mostOfFunction {
				t.Errorf("%s: %s has %d lines, more than %d: give a part of it a name", files.Position(f.Pos()), f.Name.Name, lines, mostOfFunction)
			}
		}
	}
}

// TestInterfaces: the consumer says what little it needs. Host alone is wide: it
// stands for the whole machine, and there are two machines, live and recorded.
func TestInterfaces(t *testing.T) {
	const most = 6
	for _, file := range goFiles(t) {
		files, parsed := parse(t, file)
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			wide, ok := spec.Type.(*ast.InterfaceType)
			if ok && len(wide.Methods.List) > most && spec.Name.Name != "Host" {
				t.Errorf("%s: %s asks for %d methods, more than %d: it is probably what somebody has, not what somebody needs",
					files.Position(spec.Pos()), spec.Name.Name, len(wide.Methods.List), most)
			}
			return true
		})
	}
}

// TestWords: a name says what a thing is. These words would fit any thing; where
// one stands in somebody else's interface, the method that answers it keeps it.
func TestWords(t *testing.T) {
	empty := regexp.MustCompile(`^(event|signal|metric|check|result|data|info|manager|helper|util|common|model)s?$|^types$`)
	words := regexp.MustCompile(`[A-Z]*[a-z0-9]+|[A-Z]+`)
	theirs := map[string]bool{
		"ReadPacketData":    true, // gopacket's
		"Info":              true, // of a fs.DirEntry
		"Check":             true, // a field of every rule: how a person looks by hand
		"FalsePositiveData": true, // a reason to close that is stored and spoken of as such
	}
	for _, file := range goFiles(t) {
		files, parsed := parse(t, file)
		names := []*ast.Ident{parsed.Name, {Name: strings.TrimSuffix(filepath.Base(file), ".go"), NamePos: parsed.Package}}
		for _, declared := range parsed.Decls {
			names = append(names, declaredNames(declared)...)
		}
		for _, name := range names {
			for _, word := range words.FindAllString(name.Name, -1) {
				if empty.MatchString(strings.ToLower(word)) && !theirs[name.Name] {
					t.Errorf("%s: %s says %q, which would fit any thing", files.Position(name.Pos()), name.Name, word)
				}
			}
		}
	}
}

// declaredNames are the names a package gives: functions, types, their fields and methods, values.
func declaredNames(declared ast.Decl) []*ast.Ident {
	if f, ok := declared.(*ast.FuncDecl); ok {
		return []*ast.Ident{f.Name}
	}
	var names []*ast.Ident
	ast.Inspect(declared, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeSpec:
			names = append(names, n.Name)
		case *ast.ValueSpec:
			names = append(names, n.Names...)
		case *ast.Field:
			names = append(names, n.Names...)
		}
		return true
	})
	return names
}

// TestNothingHappensOnImport: what a package does, somebody called it to do.
func TestNothingHappensOnImport(t *testing.T) {
	for _, file := range goFiles(t) {
		files, parsed := parse(t, file)
		for _, declared := range parsed.Decls {
			if f, ok := declared.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: init runs without being called", files.Position(f.Pos()))
			}
		}
	}
}

func parse(t *testing.T, file string) (*token.FileSet, *ast.File) {
	t.Helper()
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return files, parsed
}
