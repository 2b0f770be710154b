//go:build !windows

package host

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestGuardFolderRefusesWhatOthersMade(t *testing.T) {
	own := filepath.Join(t.TempDir(), "own", "agent")
	for range 2 {
		if err := GuardFolder(own); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(own, link); err != nil {
		t.Fatal(err)
	}
	if err := GuardFolder(link); !errors.Is(err, ErrExposed) {
		t.Errorf("a folder that leads elsewhere: %v", err)
	}
	open := filepath.Join(t.TempDir(), "open")
	if err := errors.Join(os.Mkdir(open, 0o700), os.Chmod(open, 0o777)); err != nil {
		t.Fatal(err)
	}
	if err := GuardFolder(open); !errors.Is(err, ErrExposed) {
		t.Errorf("a folder that everybody may write into: %v", err)
	}
	if os.Geteuid() != 0 {
		lacking(t, "only root can give a folder away")
	}
	theirs := filepath.Join(t.TempDir(), "theirs")
	if err := errors.Join(os.Mkdir(theirs, 0o700), os.Chown(theirs, 12345, 12345)); err != nil {
		t.Fatal(err)
	}
	if err := GuardFolder(theirs); !errors.Is(err, ErrExposed) {
		t.Errorf("a folder of somebody else: %v", err)
	}
}
