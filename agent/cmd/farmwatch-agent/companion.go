package main

import (
	_ "embed"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/farmwatch/farmwatch/agent/internal/config"
	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// companionAgain is how long a companion waits to look for its agent again. What
// starts it may start it sooner; where that is the agent, it does not come to this.
const companionAgain = 30 * time.Second

// companionPlist is what launchd starts in every person's session of macOS. On
// Windows the agent itself starts companions, and on Linux it needs none.
//
//go:embed io.farmwatch.companion.plist
var companionPlist string

const (
	companionProgram = "/usr/local/bin/farmwatch-agent" // in the plist
	launchAgents     = "/Library/LaunchAgents"
	companionFile    = "io.farmwatch.companion.plist"
)

// installCompanion has launchd start companions when people log in.
func installCompanion(system, folder, program string) error {
	if system != "darwin" {
		return nil
	}
	text := strings.Replace(companionPlist, companionProgram, html.EscapeString(program), 1)
	file := filepath.Join(folder, companionFile)
	err := os.WriteFile(file, []byte(text), 0o644) //nolint:gosec // launchd reads it as every person
	if err == nil {
		err = os.Chmod(file, 0o644) //nolint:gosec // as above, whatever mask the installing shell has
	}
	if err != nil {
		return fmt.Errorf("have launchd start the companion in people's sessions: %w", err)
	}
	return nil
}

// removeCompanion has launchd start none any more; those that run find no agent.
func removeCompanion(system, folder string) error {
	if system != "darwin" {
		return nil
	}
	if err := os.Remove(filepath.Join(folder, companionFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("have launchd start no companion any more: %w", err)
	}
	return nil
}

// companionCommand is what the agent, or launchd, starts in a person's session.
// It is hidden: a person has no use for it.
func companionCommand(w world) *cobra.Command {
	c := &cobra.Command{
		Use: "companion", Short: "Tell the agent how input arrives in this session", Args: cobra.NoArgs, Hidden: true,
		Long: "Tell the agent how input arrives in this session, where the system shows that only to programs of the session. " +
			"It tells that keys and pointers moved, on which device, when, and whether a program made it; it never tells which key, and takes no orders. " +
			"The agent starts it, and it ends with the session or with the agent.",
	}
	var pipe string
	c.Flags().StringVar(&pipe, "pipe", "", "where the agent listens; it says so itself to the companion it starts")
	c.RunE = func(c *cobra.Command, _ []string) error {
		go stayLight(c.Context())
		able, err := host.Can[host.CompanionHost](host.Live(w.now), "how input arrives in this session")
		if err != nil {
			return err
		}
		if pipe != "" { // its agent starts another if it wants
			return able.Companion(c.Context(), pipe)
		}
		log := logger(config.Default(), w.err)
		return companionStays(c, able, log)
	}
	return c
}

// companionStays looks for the agent again and again, until the session ends: an
// agent may be started, stopped and replaced meanwhile.
func companionStays(c *cobra.Command, able host.CompanionHost, log *slog.Logger) error {
	var said string
	for c.Context().Err() == nil {
		if err := able.Companion(c.Context(), ""); err != nil && err.Error() != said {
			said = err.Error()
			log.Warn("the agent is not told how input arrives in this session", "error", err)
		}
		select {
		case <-c.Context().Done():
		case <-time.After(companionAgain):
		}
	}
	return nil
}
