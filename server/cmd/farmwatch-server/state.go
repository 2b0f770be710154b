package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/farmwatch/farmwatch/server/internal/config"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// settings are the flags that every command has; they stand over the environment and the file.
type settings struct {
	file  string
	state string
}

// defaultFile is where the packages put the configuration.
const defaultFile = "/etc/farmwatch/server.yaml"

func (s *settings) flags(c *cobra.Command) {
	c.PersistentFlags().StringVar(&s.file, "config", "", "configuration file (default "+defaultFile+" where there is one)")
	c.PersistentFlags().StringVar(&s.state, "state", "", "folder of the CA, the store and the keys (state_dir of the configuration)")
}

// read reads the configuration. A file that was asked for must be there.
func (s *settings) read(w world) (config.Config, error) {
	name := s.file
	if name == "" {
		name = defaultFile
	}
	file, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && s.file == "" {
		file, err = nil, nil
	}
	if err != nil {
		return config.Config{}, fmt.Errorf("read the configuration: %w", err)
	}
	c, err := config.Read(name, file, w.environ)
	if s.state != "" {
		c.StateDir = s.state
	}
	return c, err
}

// state is what the collector keeps in its folder.
type state struct {
	config    config.Config
	store     *store.SQLite
	authority *enroll.Authority
}

// openState opens the folder and makes what is not there yet. The collector may
// be running: both see the same store.
func openState(ctx context.Context, w world, c config.Config) (*state, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("the configuration cannot work:\n%w", err)
	}
	authority, err := enroll.OpenAuthority(c.StateDir, w.now, w.random)
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, filepath.Join(c.StateDir, storeFile))
	if err != nil {
		return nil, err
	}
	return &state{config: c, store: s, authority: authority}, nil
}

func (s *state) Close() error { return s.store.Close() }

// with reads the configuration, opens the state, and closes it after do.
func (s *settings) with(ctx context.Context, w world, do func(*state) error) error {
	c, err := s.read(w)
	if err != nil {
		return err
	}
	opened, err := openState(ctx, w, c)
	if err != nil {
		return err
	}
	return errors.Join(do(opened), opened.Close())
}

// within is with for what only looks at a collector or copies it: a folder that
// was mistyped must not become an empty collector that is then found in order.
func (s *settings) within(ctx context.Context, w world, do func(*state) error) error {
	c, err := s.read(w)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(c.StateDir, storeFile)); errors.Is(err, fs.ErrNotExist) {
		return failed{exitNotFound, fmt.Errorf("there is no collector in %s: it holds no %s; --state says where one is", c.StateDir, storeFile)}
	}
	return s.with(ctx, w, do)
}

// logger writes to standard error, so that answers on standard output stay clean.
func logger(w world, c config.Config) *slog.Logger {
	level, err := c.Level()
	if err != nil { // Validate names it; until then everything is worth reading
		level = slog.LevelDebug
	}
	options := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w.err, options))
	}
	return slog.New(slog.NewTextHandler(w.err, options))
}

func migrateCommand(w world) *cobra.Command {
	var s settings
	c := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the store's tables up to date (serve does so as well)",
		Args:  arguments(0),
		RunE: func(c *cobra.Command, _ []string) error {
			return s.with(c.Context(), w, func(o *state) error {
				v, err := o.store.Version(c.Context())
				if err == nil {
					_, err = fmt.Fprintf(w.out, "the store's tables are at version %d\n", v)
				}
				return err
			})
		},
	}
	s.flags(c)
	return c
}
