//go:build unix

package host

import (
	"errors"
	"path/filepath"
	"testing"

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
