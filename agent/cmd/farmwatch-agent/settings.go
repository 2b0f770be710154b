package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/farmwatch/farmwatch/agent/internal/config"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/agent/internal/uplink"
)

// settings are the flags that every command about the running agent has.
type settings struct {
	command       *cobra.Command
	file, state   string
	server, token string
}

func settingsFlags(c *cobra.Command) *settings {
	s := &settings{command: c}
	c.Flags().StringVar(&s.file, "config", config.Path(), "the configuration file")
	c.Flags().StringVar(&s.state, "state", "", "where identity and spool are kept, instead of what the configuration says")
	return s
}

// load reads the configuration. Its default place may be empty; a place that
// was named may not.
func (s *settings) load(w world) (config.Config, error) {
	text, err := os.ReadFile(s.file)
	if errors.Is(err, fs.ErrNotExist) && !s.command.Flags().Changed("config") {
		err = nil
	}
	if err != nil {
		return config.Config{}, fmt.Errorf("read the configuration: %w", err)
	}
	c, err := config.Read(s.file, text, w.environ)
	if err != nil {
		return c, err
	}
	c.StateDir, c.Server, c.TokenFile = cmp.Or(s.state, c.StateDir), cmp.Or(s.server, c.Server), cmp.Or(s.token, c.TokenFile)
	return c, c.Validate(classes())
}

func classes() []string {
	var names []string
	for _, s := range sensor.All() {
		names = append(names, s.Class)
	}
	return names
}

// keeper keeps the identity as this system can: sealed on Windows.
func keeper(c config.Config) uplink.Keeper {
	seal, unseal := host.Sealer()
	return uplink.Keeper{Folder: c.StateDir, Seal: seal, Unseal: unseal}
}

// logger writes as the configuration says.
func logger(c config.Config, out io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // validated: one of the four
	options := &slog.HandlerOptions{Level: level}
	if c.LogJSON {
		return slog.New(slog.NewJSONHandler(out, options))
	}
	return slog.New(slog.NewTextHandler(out, options))
}
