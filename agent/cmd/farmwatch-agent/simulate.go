package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/agent/internal/simulate"
)

// simulated is what the flags of simulate say.
type simulated struct {
	server, token, tokenFile, scenario, kits, state string
	imports                                         string
	devices                                         int
	lasting                                         time.Duration
	seed                                            uint64
	only, plan, lockstep, proxied                   bool
}

func simulateCommand(w world) *cobra.Command {
	var o simulated
	c := &cobra.Command{
		Use: "simulate", Short: "Play laptops that do not exist to a collector, to see what it concludes", Args: cobra.NoArgs,
		Long: "Plays laptops that do not exist: their agents are real, from detection to the wire, and only what their sensors see is made up.\n\n" +
			"A scenario's last day is today. What happened before is told at once, as by laptops that were offline, and concluded as of when it happened. " +
			"What a collector sees itself cannot be of the past: public addresses and where laptops stand, how long they were silent, groups, and since when they are enrolled. " +
			"Imports are not made over this connection; --imports FOLDER writes them, for farmwatchctl context import.\n\n" +
			"With --devices, so many laptops live ordinary lives in real time, which is for load.",
		Example: "  farmwatch-agent simulate --scenario pm3-pikvm-shelf.yaml --check\n" +
			"  farmwatch-agent simulate --server localhost:7443 --token fwt1-… --scenario pm3-pikvm-shelf.yaml\n" +
			"  farmwatch-agent simulate --server localhost:7443 --token fwt1-… --devices 200 --for 10m",
		RunE: func(c *cobra.Command, _ []string) error { return runSimulation(c.Context(), w, o) },
	}
	f := c.Flags()
	f.StringVar(&o.server, "server", "", "the collector's agent port, host:port")
	f.StringVar(&o.token, "token", "", "an enrolment token for at least as many laptops")
	f.StringVar(&o.tokenFile, "token-file", "", "a file that holds the token")
	f.StringVar(&o.scenario, "scenario", "", "the scenario's file")
	f.StringVar(&o.kits, "kits", "", "the folder of kits (default the folder kits beside the scenario)")
	f.StringVar(&o.state, "state", "", "where the laptops' spools are kept (default a folder that is removed at the end)")
	f.StringVar(&o.imports, "imports", "", "write the scenario's imports into this folder, and stop")
	f.IntVar(&o.devices, "devices", 0, "so many laptops with ordinary lives")
	f.DurationVar(&o.lasting, "for", time.Minute, "how long they live")
	f.Uint64Var(&o.seed, "seed", 1, "what names, addresses, brands and times are drawn from")
	f.BoolVar(&o.only, "check", false, "only say what is wrong with the scenario")
	f.BoolVar(&o.plan, "plan", false, "only print what the seed makes of the scenario, as JSON")
	f.BoolVar(&o.proxied, "proxied", false, "begin connections with a PROXY header that names the laptop's public address; the collector's proxies have to name this machine")
	f.BoolVar(&o.lockstep, "lockstep", false, "play in step with orders on standard input")
	_ = f.MarkHidden("lockstep") // it is there
	return c
}

func runSimulation(ctx context.Context, w world, o simulated) error {
	if o.lockstep {
		kits, err := simulate.ReadKits(o.kits, sensor.All())
		if err != nil {
			return err
		}
		return simulate.Lockstep(ctx, kits, version, os.Stdin, w.out)
	}
	if (o.scenario == "") == (o.devices == 0) {
		return failed{exitUsage, errors.New("say --scenario FILE.yaml or --devices N")}
	}
	if o.kits == "" {
		if o.scenario == "" {
			return failed{exitUsage, errors.New("--devices needs --kits FOLDER, proto/catalogue/scenarios/kits of farmwatch's sources")}
		}
		o.kits = filepath.Join(filepath.Dir(o.scenario), "kits")
	}
	kits, err := simulate.ReadKits(o.kits, sensor.All())
	if err != nil {
		return err
	}
	if o.devices > 0 {
		return o.played(ctx, w, func(ctx context.Context, to simulate.Options) (simulate.Summary, error) {
			return simulate.Load(ctx, kits, o.devices, o.lasting, o.seed, to)
		})
	}
	s, err := simulate.Read(o.scenario, kits)
	if err != nil || o.only {
		return err
	}
	if o.plan || o.imports != "" {
		return o.planned(w, s, kits)
	}
	return o.played(ctx, w, func(ctx context.Context, to simulate.Options) (simulate.Summary, error) {
		return simulate.Live(ctx, s, kits, o.seed, to, w.out)
	})
}

// planned prints a plan, or writes its imports.
func (o simulated) planned(w world, s *simulate.Scenario, kits *simulate.Kits) error {
	today := time.Time{}
	if o.imports != "" {
		today = w.now()
	}
	plan, err := s.Plan(kits, o.seed, today)
	if err != nil {
		return err
	}
	if o.imports == "" {
		e := json.NewEncoder(w.out)
		e.SetIndent("", "  ")
		return e.Encode(plan)
	}
	for _, i := range plan.Imports { // later ones of a kind replace earlier ones
		file := filepath.Join(o.imports, i.Kind+".csv")
		if err := os.WriteFile(file, []byte(i.CSV), 0o600); err != nil {
			return fmt.Errorf("write an import: %w", err)
		}
	}
	file := filepath.Join(o.imports, "sanctions.yaml")
	if err := os.WriteFile(file, []byte(plan.Sanctions), 0o600); err != nil {
		return fmt.Errorf("write the sanctions: %w", err)
	}
	return nil
}

// played plays to a collector and says what was sent.
func (o simulated) played(ctx context.Context, w world, play func(context.Context, simulate.Options) (simulate.Summary, error)) error {
	if o.tokenFile != "" {
		text, err := os.ReadFile(o.tokenFile)
		if err != nil {
			return fmt.Errorf("read the enrolment token: %w", err)
		}
		o.token = string(text)
	}
	if o.server == "" || o.token == "" {
		return failed{exitUsage, errors.New("say to which collector: --server HOST:PORT --token TOKEN; --check and --plan need none")}
	}
	if o.state == "" {
		folder, err := os.MkdirTemp("", "farmwatch-simulated-")
		if err != nil {
			return fmt.Errorf("make a folder for the laptops: %w", err)
		}
		defer func() { _ = os.RemoveAll(folder) }() // what the collector has not taken is said below
		o.state = folder
	}
	began := w.now()
	sum, err := play(ctx, simulate.Options{Server: o.server, Token: o.token, State: o.state, Version: version, Proxied: o.proxied, Now: w.now})
	_, wrote := fmt.Fprintf(w.out, "%d laptops made %d reports of %d kB in %s; %d wait to be sent\n",
		sum.Laptops, sum.Reports, (sum.Bytes+999)/1000, w.now().Sub(began).Round(time.Millisecond), sum.Waiting)
	return errors.Join(err, wrote)
}
