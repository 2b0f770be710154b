package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// The files a state folder holds. Together they are the collector.
const (
	storeFile = "farmwatch.db"
	caFile    = "ca.pem"
	keyFile   = "pseudonym.key"
	placeFile = "address.key"
	signFile  = "signing.pem"
)

// byServing says that a file is made by serving: a collector that never did has none.
func byServing(name string) bool {
	return name == keyFile || name == placeFile || name == signFile
}

func backupCommand(w world) *cobra.Command {
	var s settings
	c := &cobra.Command{
		Use:   "backup FOLDER",
		Short: "Copy the store, the CA and the keys into a new folder; the collector may be running",
		Long: "Copy the store, the CA and the keys into a new folder; the collector may be running.\n\n" +
			"Who has the copy can pose as the collector and read what devices told: keep it as you keep the collector.",
		Example: "  farmwatch-server backup /srv/backup/farmwatch-2026-11-25",
		Args:    arguments(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.within(c.Context(), w, func(o *state) error {
				if err := backup(c.Context(), o, args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(w.out, "the collector of %s is copied to %s\n", o.config.StateDir, args[0])
				return err
			})
		},
	}
	s.flags(c)
	return c
}

// backup copies the keys first: a store without them is worthless. They do not
// change but for the one that signs, and in its place a new one does as well.
func backup(ctx context.Context, o *state, folder string) error {
	if err := os.Mkdir(folder, 0o700); err != nil {
		return fmt.Errorf("a backup needs a folder that is not there yet: %w", err)
	}
	for _, name := range []string{caFile, keyFile, placeFile, signFile} {
		err := copyFile(filepath.Join(o.config.StateDir, name), filepath.Join(folder, name))
		if errors.Is(err, fs.ErrNotExist) && byServing(name) {
			continue
		}
		if err != nil {
			return err
		}
	}
	return o.store.Backup(ctx, filepath.Join(folder, storeFile))
}

func restoreCommand(w world) *cobra.Command {
	var s settings
	c := &cobra.Command{
		Use:     "restore FOLDER",
		Short:   "Put a backup into an empty state folder; agents send again what the backup does not have",
		Example: "  farmwatch-server restore /srv/backup/farmwatch-2026-11-25 --state /var/lib/farmwatch-server",
		Args:    arguments(1),
		RunE: func(c *cobra.Command, args []string) error {
			configured, err := s.read(w)
			if err != nil {
				return err
			}
			if err := restore(args[0], configured.StateDir); err != nil {
				return err
			}
			return s.with(c.Context(), w, func(o *state) error { // opening it proves that it is whole
				_, err := fmt.Fprintf(w.out, "the backup of %s is in %s\n", args[0], o.config.StateDir)
				return err
			})
		},
	}
	s.flags(c)
	return c
}

func restore(folder, stateDir string) error {
	if _, err := os.Stat(filepath.Join(folder, storeFile)); err != nil {
		return fmt.Errorf("%s is no backup: %w", folder, err)
	}
	if err := os.MkdirAll(stateDir, 0o700); err != nil {
		return fmt.Errorf("make the state folder: %w", err)
	}
	// A log left beside a store that was moved away would be played into the one restored.
	for _, name := range []string{caFile, keyFile, placeFile, signFile, storeFile, storeFile + "-wal", storeFile + "-shm"} {
		if _, err := os.Stat(filepath.Join(stateDir, name)); err == nil {
			return fmt.Errorf("the state folder %s already holds %s: move it away first, nothing was restored", stateDir, name)
		}
	}
	for _, name := range []string{caFile, keyFile, placeFile, signFile, storeFile} {
		err := copyFile(filepath.Join(folder, name), filepath.Join(stateDir, name))
		if errors.Is(err, fs.ErrNotExist) && byServing(name) {
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// copyFile copies to a new file that only its owner can read, down to the disk.
func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	defer func() { _ = source.Close() }() // it was only read
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	_, err = io.Copy(target, source)
	if err = errors.Join(err, target.Sync(), target.Close()); err != nil {
		return fmt.Errorf("copy %s to %s: %w", from, to, err)
	}
	return nil
}
