//go:build unix

package host

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// GuardProgram looks whether nobody but root can put another program in the place
// of this one, which root is about to start again and again. Homebrew gives the
// folders of its programs, /usr/local/bin of Intel Macs among them, to a person.
func GuardProgram(program string) error {
	program, err := filepath.EvalSymlinks(program)
	if err != nil {
		return fmt.Errorf("look where the program is: %w", err)
	}
	for place := program; ; place = filepath.Dir(place) {
		about, err := os.Lstat(place)
		if err != nil {
			return fmt.Errorf("look where the program is: %w", err)
		}
		owner := uint32(0)
		if system, ok := about.Sys().(*syscall.Stat_t); ok {
			owner = system.Uid
		}
		if err := onlyRoots(place, owner, about.Mode()); err != nil {
			return err
		}
		if place == filepath.Dir(place) {
			return nil
		}
	}
}

// onlyRoots judges one folder, or the program: where everybody may put files but
// none may take another's, as in /tmp, what is root's stays.
func onlyRoots(place string, owner uint32, mode fs.FileMode) error {
	if owner == 0 && (mode.Perm()&0o022 == 0 || mode&fs.ModeSticky != 0) {
		return nil
	}
	better := "/usr/local/bin"
	if runtime.GOOS == "darwin" {
		better = "/Library/farmwatch"
	}
	return fmt.Errorf("others than root can change %s (owner %d, mode %04o), and with it what the service runs: %w: put the program into a folder that is root's alone, such as %s", place, owner, mode.Perm(), ErrExposed, better)
}
