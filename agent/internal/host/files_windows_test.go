package host

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLiveFiles(t *testing.T) {
	folder, err := os.MkdirTemp("", "files") //nolint:usetesting // Wine removes no folder in its way, for which it fails a test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) }) // where it can
	if err := os.WriteFile(filepath.Join(folder, "a.txt"), []byte("there"), 0o600); err != nil {
		t.Fatal(err)
	}
	files := liveFiles("")
	name := strings.ReplaceAll(folder, `\`, "/")
	inSystem := strings.TrimPrefix(name, filepath.VolumeName(folder)+"/")
	drive := "drives/" + strings.ToLower(folder[:1]) + "/" + inSystem
	for _, place := range []string{inSystem, drive} {
		if got, err := fs.ReadFile(files, place+"/a.txt"); err != nil || string(got) != "there" {
			t.Errorf("%s: %q, %v", place, got, err)
		}
		if entries, err := fs.ReadDir(files, place); err != nil || len(entries) != 1 {
			t.Errorf("%s: %v, %v", place, entries, err)
		}
		for _, refused := range []string{"/NUL", "/a.txt:hidden", "/com1", "/x/aux.txt"} {
			if _, err := files.Open(place + refused); !errors.Is(err, errReserved) {
				t.Errorf("%s%s: %v", place, refused, err)
			}
		}
		if _, err := fs.Stat(files, place+"/none"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", place, err)
		}
	}
	stat, err := fs.Stat(files, inSystem+"/a.txt")
	again, againErr := fs.Stat(files, drive+"/a.txt")
	if err != nil || againErr != nil {
		t.Fatal(err, againErr)
	}
	if same, told := SameFile(stat, again); !same || !told {
		t.Errorf("one file under two names: same %v, told %v", same, told)
	}
	for _, name := range []string{"drives/1/x", "../x", `Users\x`, "/x"} {
		if _, err := files.Open(name); err == nil {
			t.Errorf("%s was opened", name)
		}
	}
}
