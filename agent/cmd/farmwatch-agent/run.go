package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/farmwatch/farmwatch/agent/internal/config"
	"github.com/farmwatch/farmwatch/agent/internal/engine"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/privacy"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/agent/internal/spool"
	"github.com/farmwatch/farmwatch/agent/internal/uplink"
	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

func runCommand(w world) *cobra.Command {
	c := &cobra.Command{
		Use: "run", Short: "Watch this machine and report to the collector, until stopped", Args: cobra.NoArgs,
	}
	s := settingsFlags(c)
	c.Flags().StringVar(&s.server, "server", "", "the collector's agent port, host:port")
	c.Flags().StringVar(&s.token, "token-file", "", "a file that holds the enrolment token")
	var recording string
	c.Flags().StringVar(&recording, "recording", "", "watch this recorded machine instead of this one, to see what it would report")
	c.RunE = func(c *cobra.Command, _ []string) error {
		conf, err := s.load(w)
		if err != nil {
			return err
		}
		looked, err := machine(w, recording)
		if err != nil {
			return err
		}
		return run(c.Context(), w, conf, looked)
	}
	return c
}

// drain is how long an agent that ends waits for the collector to take its last words.
const drain = 3 * time.Second

// run is the agent: it enrols if it has to, then looks and sends until ctx ends.
func run(ctx context.Context, w world, c config.Config, machine host.Host) error {
	go stayLight(ctx)
	w, done, err := prepared(w, c)
	if err != nil {
		return err
	}
	defer done()
	log := logger(c, w.err)
	err = watchAs(ctx, w, c, machine, log)
	if err != nil && c.LogFile != "" { // nobody reads what a service returns
		log.Error("the agent ends", "error", err)
	}
	return err
}

// watchAs is run once there is a folder and a log.
func watchAs(ctx context.Context, w world, c config.Config, machine host.Host, log *slog.Logger) error {
	held, err := host.Lock(c.StateDir)
	if err != nil {
		return mendable(err)
	}
	defer func() { _ = held.Close() }() // the system lets go of it anyway
	identity, err := identify(ctx, w, c, machine.Platform(), log)
	if err != nil {
		return ended(ctx, err)
	}
	if c.Server != "" {
		identity.Server = c.Server // a collector may move; its authority, which the identity pins, does not
	}
	queue, err := openSpool(c, identity, log)
	if err != nil {
		return err
	}
	defer func() {
		if err := queue.Close(); err != nil {
			log.Warn("close the spool; what it promised is on the disk", "error", err)
		}
	}()
	asked, err := newAsking(ctx, w, c, machine, log)
	if err != nil {
		return err
	}
	runs := beginRun(w, c, machine.Platform(), log)
	defer runs.end()
	watcher, err := newEngine(w, c, machine, identity, queue, asked, runs, log)
	if err != nil {
		return err
	}
	link := uplink.New(identity, queue, uplink.Options{
		AgentVersion: version, BootID: machine.Platform().BootID, Now: w.now, Log: log,
		Save: keeper(c).Save, Bundles: asked.bundles(),
	})
	asked.by(func() time.Duration { return link.Status().ClockOffset })

	linkCtx, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	sent := make(chan error, 1)
	go func() { sent <- link.Run(linkCtx) }()
	go asked.run(ctx)
	go runs.keep(ctx)
	go reportStatus(ctx, w, c, watcher, link, asked.book, log)
	log.Info("watching", "device.id", identity.DeviceID, "server", identity.Server, "version", version)
	if err := watcher.Run(ctx); err != nil {
		return err
	}
	waitUntil(drain, func() bool { return queue.Stats().Depth == 0 })
	cut()
	return ended(linkCtx, <-sent)
}

// ended turns the end that was asked for into no error.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func waitUntil(patience time.Duration, done func() bool) {
	for end := time.After(patience); !done(); {
		select {
		case <-end:
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// identify loads the identity, or enrols. What is missing for that can be mended
// while the agent waits: it says once what, and looks again every few seconds.
func identify(ctx context.Context, w world, c config.Config, p host.Platform, log *slog.Logger) (uplink.Identity, error) {
	var said string
	for {
		identity, err := keeper(c).Load()
		if errors.Is(err, uplink.ErrNotEnrolled) {
			identity, err = enroll(ctx, w, c, p)
		}
		if err == nil || ctx.Err() != nil {
			return identity, errors.Join(err, ctx.Err())
		}
		if err.Error() != said {
			said = err.Error()
			log.Error("not enrolled, trying again until it is mended", "error", err)
		}
		select {
		case <-ctx.Done():
			return identity, ctx.Err()
		case <-time.After(10 * time.Second):
		}
	}
}

// openSpool opens what waits for this company. What waited for another one,
// before the laptop changed hands, is removed: it is none of the new one's business.
func openSpool(c config.Config, i uplink.Identity, log *slog.Logger) (*spool.Spool, error) {
	company := finding.UID("company", string(i.PseudonymKey))
	mark := filepath.Join(c.StateDir, "company")
	if last, err := os.ReadFile(mark); err == nil && string(last) != company {
		for _, kept := range []string{"spool", "sent", "open.json", "bundle.json", "presence.json", "runs.json"} {
			if err := os.RemoveAll(filepath.Join(c.StateDir, kept)); err != nil {
				return nil, fmt.Errorf("remove what was meant for another company: %w", err)
			}
		}
	}
	if err := os.WriteFile(mark, []byte(company), 0o600); err != nil {
		return nil, fmt.Errorf("note which company reports are for: %w", err)
	}
	folder, err := spool.Folder(filepath.Join(c.StateDir, "spool"))
	if err != nil {
		return nil, err
	}
	return spool.Open(folder, spool.Options{MaxBytes: int64(c.SpoolMiB) << 20, Log: log})
}

func newEngine(w world, c config.Config, machine host.Host, i uplink.Identity, queue engine.Spool, asked *asking, runs *runBook, log *slog.Logger) (*engine.Engine, error) {
	known, err := catalogue.Embedded()
	if err != nil {
		return nil, err
	}
	all := sensor.WithAgentRuns(sensor.WithPresence(sensor.All(), asked.rows), runs.row)
	gate, err := privacy.NewGate(all, i.PseudonymKey)
	if err != nil {
		return nil, err
	}
	return engine.New(engine.Options{
		Host: machine, Sensors: enabled(all, c.Disabled), Catalogue: known, Gate: gate, Now: w.now, Log: log,
		People: func(ctx context.Context) []string { return sensor.People(ctx, machine) },
		Memory: engine.File{Path: filepath.Join(c.StateDir, "open.json")},
		Spool: witness{
			Spool: queue, dir: filepath.Join(c.StateDir, "sent"),
			log: func(err error) { log.Warn("the worker cannot read this report", "error", err) },
		},
	}), nil
}

// enabled replaces the sensors that are switched off by ones that say so, so
// that the collector shows the class as not covered instead of as clean.
func enabled(all []sensor.Sensor, disabled []string) []sensor.Sensor {
	sensors := slices.Clone(all)
	for i, s := range sensors {
		if slices.Contains(disabled, s.Class) {
			sensors[i] = s.Off("switched off in the agent's configuration (disabled_sensors)")
		}
	}
	return sensors
}
