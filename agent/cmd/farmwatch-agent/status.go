package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/farmwatch/farmwatch/agent/internal/config"
	"github.com/farmwatch/farmwatch/agent/internal/engine"
	"github.com/farmwatch/farmwatch/agent/internal/presence"
	"github.com/farmwatch/farmwatch/agent/internal/uplink"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// agentStatus is what the running agent writes for `status` and `doctor`.
type agentStatus struct {
	At       time.Time                   `json:"at"`
	Version  string                      `json:"version"`
	Uplink   uplink.Status               `json:"uplink"`
	Coverage map[string]finding.Coverage `json:"coverage"`
	Asked    []presence.Record           `json:"asked,omitempty"` // presence checks that are open
}

const statusEvery = 10 * time.Second

// reportStatus writes the status file for as long as the agent runs.
func reportStatus(ctx context.Context, w world, c config.Config, e *engine.Engine, u *uplink.Uplink, b *presence.Book, log *slog.Logger) {
	tick := time.NewTicker(statusEvery)
	defer tick.Stop()
	for {
		s := agentStatus{At: w.now(), Version: version, Uplink: u.Status(), Coverage: e.Coverage(), Asked: b.Open()}
		if err := writeStatus(c, s); err != nil {
			log.Warn("status cannot be shown", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func statusPath(c config.Config) string { return filepath.Join(c.StateDir, "status.json") }

func writeStatus(c config.Config, s agentStatus) error {
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("write status: %w", err)
	}
	fresh := statusPath(c) + ".new"
	if err := os.WriteFile(fresh, text, 0o600); err != nil {
		return fmt.Errorf("write status: %w", err)
	}
	if err := os.Rename(fresh, statusPath(c)); err != nil {
		return fmt.Errorf("write status: %w", err)
	}
	return nil
}

// readStatus is what the agent last wrote; ok is false when none has run here.
func readStatus(c config.Config) (s agentStatus, ok bool, err error) {
	text, err := os.ReadFile(statusPath(c))
	if errors.Is(err, fs.ErrNotExist) {
		return s, false, nil
	}
	if err != nil {
		return s, false, fmt.Errorf("read status: %w", err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, false, fmt.Errorf("read status of %s: %w", statusPath(c), err)
	}
	return s, true, nil
}

func statusCommand(w world) *cobra.Command {
	c := &cobra.Command{
		Use: "status", Short: "Say whether the agent runs, is heard, and what it can see", Args: cobra.NoArgs,
		Long: "Say whether the agent runs, is heard, and what it can see.\n\nExit codes: 0 all is well, 7 it is not.",
	}
	s := settingsFlags(c)
	var enrolled bool
	c.Flags().BoolVar(&enrolled, "enrolled", false, "say nothing; end with 0 when this device is enrolled, else with 7")
	c.RunE = func(*cobra.Command, []string) error {
		conf, err := s.load(w)
		if err != nil {
			return err
		}
		if enrolled {
			if _, err := keeper(conf).Load(); err != nil {
				return failed{exitFailed, err}
			}
			return nil
		}
		status, ran, err := readStatus(conf)
		if err != nil {
			return err
		}
		text, good := describe(conf, status, ran, w.now())
		if _, err := fmt.Fprint(w.out, text); err != nil {
			return err
		}
		if !good {
			return failed{exitFailed, nil}
		}
		return nil
	}
	return c
}

// describe says in words how the agent is, and whether that is well.
func describe(c config.Config, s agentStatus, ran bool, now time.Time) (string, bool) {
	if !ran {
		return fmt.Sprintf("No agent has run here: there is no %s. Start it with \"farmwatch-agent service install\" and \"service start\", or say with --state where it keeps its state.\n",
			statusPath(c)), false
	}
	var b strings.Builder
	good := true
	if age := now.Sub(s.At).Round(time.Second); age > 3*statusEvery {
		fmt.Fprintf(&b, "The agent does not run; it was last seen %s ago. What follows is how it was then.\n", age)
		good = false
	} else {
		fmt.Fprintf(&b, "The agent runs, version %s.\n", s.Version)
	}
	u := s.Uplink
	switch {
	case u.NeedsEnrolment:
		fmt.Fprintf(&b, "The collector at %s does not accept this device any more: %s\n", u.Server, u.LastError)
		good = false
	case u.ConnectedSince.IsZero():
		fmt.Fprintf(&b, "It is not connected to the collector at %s: %s\n", u.Server, u.LastError)
		good = false
	default:
		fmt.Fprintf(&b, "It is connected to the collector at %s since %s.\n", u.Server, u.ConnectedSince.UTC().Format(time.DateTime+" MST"))
	}
	fmt.Fprintf(&b, "Device %s, certificate until %s, reports waiting: %d, dropped: %d.\n",
		u.DeviceID, u.CertificateUntil.UTC().Format(time.DateTime+" MST"), u.Waiting, u.Dropped)
	for _, r := range s.Asked {
		fmt.Fprintf(&b, "A presence check is open until %s; \"farmwatch-agent presence\" shows it.\n", r.DueAt.Local().Format("15:04 on 2 January"))
	}
	var coverage []finding.Coverage
	for _, class := range classes() {
		if c, looked := s.Coverage[class]; looked {
			coverage = append(coverage, c)
		}
	}
	writeCoverage(&b, coverage)
	return b.String(), good
}
