//go:build !windows

package host

import (
	"fmt"
	"os"
	"syscall"
)

// Sealer is nil, nil here. On Linux and macOS the agent's state is a file that
// root alone reads, and whatever could seal it without a person present would
// keep its own key in another such file: the key of macOS's system keychain
// is /var/db/SystemKey. The disk's encryption is what guards a copy of it.
func Sealer() (seal, unseal func([]byte) ([]byte, error)) { return nil, nil }

// GuardFolder makes a folder for secrets, or looks at one that is there: nobody
// but its owner may write into it, and that is root or who runs this.
func GuardFolder(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("make the folder %s: %w", path, err)
	}
	about, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("look at the folder %s: %w", path, err)
	}
	if !about.IsDir() {
		return fmt.Errorf("%s is no folder of its own but leads elsewhere: %w: remove it", path, ErrExposed)
	}
	if told, ok := about.Sys().(*syscall.Stat_t); ok && told.Uid != 0 && int(told.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to account %d, so it may have been put there by somebody: %w: look into it, then remove it and start again", path, told.Uid, ErrExposed)
	}
	if about.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("others may write into %s (mode %04o): %w: look into it, then set its mode to 0700", path, about.Mode().Perm(), ErrExposed)
	}
	return nil
}
