//go:build unix

package host

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestAPipeIsNoRecording(t *testing.T) {
	for _, name := range []string{"m.txtar", "m.tar", "m.tar.gz"} {
		pipe := filepath.Join(t.TempDir(), name)
		if err := unix.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenRecording(pipe); !errors.Is(err, errSpecial) {
			t.Errorf("%s: %v, want %v", name, err, errSpecial)
		}
	}
}

// TestNothingThatWaitsIsOpened: a name that is a file now and a pipe then, as
// whoever owns the folder can make it, holds nobody.
func TestNothingThatWaitsIsOpened(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "log")
	stop, swapped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(swapped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			for _, put := range []func(string) error{
				func(n string) error { return os.WriteFile(n, []byte("line\n"), 0o600) },
				func(n string) error { return unix.Mkfifo(n, 0o600) },
			} {
				if put(name+".new") == nil {
					_ = os.Rename(name+".new", name)
				}
			}
		}
	}()
	files, ended := osFS{os.DirFS(dir).(FS), dir}, make(chan struct{})
	go func() {
		defer close(ended)
		for range 3000 {
			if f, err := files.Open("log"); err == nil {
				if stat, err := f.Stat(); err != nil || !stat.Mode().IsRegular() {
					t.Errorf("opened %v, %v", stat, err)
				}
				done(f)
			}
		}
	}()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("a pipe was waited for")
	}
	close(stop)
	<-swapped
}
