package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Backup writes a whole copy of the store to a path where nothing is yet, as of
// one moment. The collector goes on meanwhile.
func (s *SQLite) Backup(ctx context.Context, path string) error {
	// A file that only its owner can read, before SQLite makes one that everybody can.
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("back up to %s: there is a file already; name a new one", path)
	}
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if err := s.vacuumInto(ctx, path); err != nil {
		return errors.Join(fmt.Errorf("back up to %s: %w", path, explain(err)), os.Remove(path))
	}
	return nil
}

// vacuumInto copies over a connection of its own: the one that writes must not
// wait for it, and those that read may not write anything, a copy included.
func (s *SQLite) vacuumInto(ctx context.Context, path string) error {
	own, err := sql.Open("sqlite", dsn(s.path, false))
	if err != nil {
		return err
	}
	_, err = own.ExecContext(ctx, "VACUUM INTO ?", path)
	return errors.Join(err, own.Close(), settle(path))
}

// settle waits until the copy is on the disk: VACUUM INTO leaves that to the system.
func settle(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
