package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// mostCPU is what one look of one sensor may cost, on a machine of 400 processes.
const mostCPU = 250 * time.Millisecond

// Times of a self-check: how long what listens may listen, and the most that
// one look may take.
const (
	listens  = 2 * time.Second
	patience = 20 * time.Second
)

func selfcheckCommand(w world) *cobra.Command {
	c := &cobra.Command{
		Use:   "selfcheck",
		Short: "Try every sensor on this machine, say what each saw and cost, and write a recording to send back",
		Long: "Try every sensor on this machine, say what each saw, what it could not see and why, and what it cost; then write\n" +
			"a scrubbed recording of this machine that can be sent back. Nothing is changed and nothing is sent.\n\n" +
			"Exit codes: 0 all is well, also where a system does not let itself be looked at; 7 a sensor broke or cost too much.",
		Example: "  farmwatch-agent selfcheck --live\n  farmwatch-agent selfcheck --live --output laptop.txtar",
		Args:    cobra.NoArgs,
	}
	var live bool
	var output string
	c.Flags().BoolVar(&live, "live", false, "yes, look at this very machine; a recorded one costs nothing and is looked at with scan --recording")
	c.Flags().StringVar(&output, "output", "farmwatch-selfcheck.txtar", "the file to write the recording to")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if !live {
			return failed{exitUsage, errors.New("selfcheck tries this very machine: say --live; a recorded one is looked at with scan --recording FILE")}
		}
		return selfcheck(c.Context(), w, output)
	}
	return c
}

// trial is how two looks of one sensor went: the first, which also learns what
// is only learnt once, and one more, as the agent makes them all day.
type trial struct {
	sensor       sensor.Sensor
	rows         []finding.Observation
	coverage     finding.Coverage
	first, again spent
	tools        int // programs that were run for both
}

// spent is what one look took.
type spent struct{ wall, cpu time.Duration }

func (t trial) broke() bool  { return t.coverage.State == finding.CoverageFailed }
func (t trial) costly() bool { return t.again.cpu > mostCPU }

func selfcheck(ctx context.Context, w world, output string) error {
	// Before anything is looked at: a minute later nobody wants to hear it.
	file, err := os.OpenFile(output, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("the recording could not be written afterwards: %w; name another place with --output", err)
	}
	defer func() { _ = file.Close() }() // what matters is written by recorded below
	fmt.Fprintf(w.out, "farmwatch-agent %s tries its sensors on this machine, which takes about half a minute.\nNothing is changed, nothing is sent.\n\n", version)
	machine, start := host.Live(w.now), w.now()
	trials := tryAll(ctx, machine, w.now)
	var b strings.Builder
	writeTrials(&b, machine.Platform(), trials)
	total, err := machine.Cost(ctx)
	if err != nil {
		return fmt.Errorf("ask what this cost: %w", err)
	}
	writeTotals(&b, trials, spent{w.now().Sub(start), total.CPU}, total.RSS)
	if _, err := fmt.Fprint(w.out, b.String()); err != nil {
		return err
	}
	text, err := recorded(ctx, w, remark(trials))
	if err != nil {
		return err
	}
	if err := os.WriteFile(output, text, 0o600); err != nil {
		return fmt.Errorf("write the recording: %w", err)
	}
	fmt.Fprintf(w.out, "\nWrote %s (%d kB): this machine as the sensors saw it; names of people, addresses and serial numbers are hashed.\n"+
		"Read it, it is plain text; then send it to whoever asked you for it, or attach it to a bug report.\n", output, (len(text)+999)/1000)
	if slices.ContainsFunc(trials, func(t trial) bool { return t.broke() || t.costly() }) {
		return failed{exitFailed, nil}
	}
	return nil
}

// tryAll tries one sensor after the other, so that what is spent is spent by one.
func tryAll(ctx context.Context, h *host.LiveHost, now func() time.Time) []trial {
	window, done := context.WithTimeout(ctx, listens)
	defer done()
	var trials []trial
	for _, s := range sensor.All() {
		if s.Watch != nil {
			go func() { _ = s.Watch(window, h) }() // how it went is the coverage of the looks
		}
		trials = append(trials, trial{sensor: s})
	}
	<-window.Done()
	for i := range trials {
		trials[i].look(ctx, h, now, &trials[i].first)
	}
	for i := range trials {
		trials[i].look(ctx, h, now, &trials[i].again)
	}
	return trials
}

func (t *trial) look(ctx context.Context, h *host.LiveHost, now func() time.Time, into *spent) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	before, _ := h.Cost(ctx) // what it costs is one sensor's own row; where that fails it says so
	tools, start := host.Spawned(), now()
	t.rows, t.coverage = sensor.Look(ctx, h, t.sensor)
	after, _ := h.Cost(ctx)
	*into = spent{now().Sub(start), after.CPU - before.CPU}
	t.tools += host.Spawned() - tools
}

// remark is what a recording says of the trials: numbers and states alone, since
// words of the system may name people.
func remark(trials []trial) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Written by farmwatch-agent selfcheck, version %s. By class: state, rows, wall and CPU time of the first look and of another, tools run.\n", version)
	for _, t := range trials {
		fmt.Fprintf(&b, "%s: %s, %d rows, %s %s, %s %s, %d\n", t.sensor.Class, cmp.Or(string(t.coverage.State), "ok"), len(t.rows),
			rough(t.first.wall), rough(t.first.cpu), rough(t.again.wall), rough(t.again.cpu), t.tools)
	}
	return b.String()
}

// rough is a time as people read it.
func rough(d time.Duration) string {
	if d >= time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}
