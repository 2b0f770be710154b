//go:build unix

package host

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestOnlyRootMayReplaceTheProgram(t *testing.T) {
	for name, c := range map[string]struct {
		owner uint32
		mode  fs.FileMode
		safe  bool
	}{
		"a system's folder":   {0, 0o755 | fs.ModeDir, true},
		"root's alone":        {0, 0o700 | fs.ModeDir, true},
		"/tmp":                {0, 0o777 | fs.ModeDir | fs.ModeSticky, true},
		"Homebrew's":          {501, 0o755 | fs.ModeDir, false},
		"the administrators'": {0, 0o775 | fs.ModeDir, false},
		"everybody's":         {0, 0o777 | fs.ModeDir, false},
		"a person's program":  {501, 0o755, false},
	} {
		if err := onlyRoots("/x", c.owner, c.mode); (err == nil) != c.safe || err != nil && !errors.Is(err, ErrExposed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGuardProgramLooksAtWhereALinkLeads(t *testing.T) {
	folder := t.TempDir()
	program, link := filepath.Join(folder, "open", "program"), filepath.Join(folder, "link")
	if err := errors.Join(os.Mkdir(filepath.Dir(program), 0o700), os.WriteFile(program, nil, 0o700), os.Symlink(program, link), os.Chmod(filepath.Dir(program), 0o777)); err != nil {
		t.Fatal(err)
	}
	if err := GuardProgram(link); !errors.Is(err, ErrExposed) {
		t.Errorf("a program that anybody can replace: %v", err)
	}
	if err := GuardProgram(filepath.Join(folder, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a program that is not there: %v", err)
	}
}
