// Command budget lets a fleet of ordinary laptops with three farms in it live in front
// of the collector, prints what it said of whom, and ends with 7 when that misses the
// budget of false positives.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/population"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// missed is the exit code where the budget is missed, as of every check that fails.
const missed = 7

type options struct {
	population.Options
	roster, profile, write string
}

func main() {
	var o options
	flag.Uint64Var(&o.Seed, "seed", 1, "the same seed gives the same fleet")
	flag.IntVar(&o.Laptops, "laptops", 5000, "ordinary laptops; 25 of farms come to them")
	flag.IntVar(&o.Days, "days", 30, "how many days they live")
	flag.StringVar(&o.roster, "roster", "with", "with the company's imports, without, or both one after the other")
	flag.StringVar(&o.profile, "profile", "", "write where processor time goes to this file (pprof)")
	flag.StringVar(&o.write, "write", "", "write the tables to this file as well (docs/reference/budget.md)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code, err := run(ctx, o, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "budget:", err)
		code = 1
	}
	os.Exit(code)
}

func run(ctx context.Context, o options, out io.Writer) (code int, err error) {
	if o.profile != "" {
		file, err := os.Create(o.profile)
		if err != nil {
			return 0, err
		}
		defer func() { _ = file.Close() }()
		if err := pprof.StartCPUProfile(file); err != nil {
			return 0, err
		}
		defer pprof.StopCPUProfile()
	}
	runs, known := map[string][]bool{"with": {true}, "without": {false}, "both": {true, false}}[o.roster]
	if !known {
		return 0, fmt.Errorf("-roster %s, want with, without or both", o.roster)
	}
	var text strings.Builder
	text.WriteString(population.Head)
	var misses []string
	for _, o.Roster = range runs {
		outcome, err := live(ctx, o.Options, out)
		if err != nil {
			return 0, err
		}
		if err := outcome.Write(io.MultiWriter(out, &text)); err != nil {
			return 0, err
		}
		misses = append(misses, outcome.Misses()...)
	}
	if err := population.WriteRates(&text); err != nil {
		return 0, err
	}
	if o.write != "" {
		if err := os.WriteFile(o.write, []byte(text.String()), 0o644); err != nil { //nolint:gosec // documentation is for everybody
			return 0, err
		}
	}
	if len(misses) > 0 {
		_, err = fmt.Fprintln(out, "The budget is missed:\n*", strings.Join(misses, "\n* "))
		return missed, err
	}
	_, err = fmt.Fprintln(out, "The budget is kept.")
	return 0, err
}

// live makes a fleet and a store in a folder of its own, and lets it live.
func live(ctx context.Context, o population.Options, out io.Writer) (outcome population.Outcome, err error) {
	folder, err := os.MkdirTemp("", "farmwatch-budget-")
	if err != nil {
		return outcome, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	c, err := catalogue.Embedded()
	if err != nil {
		return outcome, fmt.Errorf("load the catalogue: %w", err)
	}
	kept, err := store.Open(ctx, filepath.Join(folder, "farmwatch.db"))
	if err != nil {
		return outcome, err
	}
	defer func() { _ = kept.Close() }()
	fleet, err := population.New(o, c)
	if err != nil {
		return outcome, err
	}
	began := time.Now()
	r := population.NewReplay(fleet, kept, time.Now)
	err = r.Run(ctx, func(day int) {
		_, _ = fmt.Fprintf(out, "day %2d of %d, %s\n", day, o.Days, time.Since(began).Round(time.Second)) // a pipe that is closed ends the process anyway
	})
	if err != nil {
		return outcome, err
	}
	_, _ = fmt.Fprintf(out, "%d deliveries, %d reports and %d judgements in %s: %s\n\n", r.Counts.Deliveries, r.Counts.Reports, r.Counts.Judgements, time.Since(began).Round(time.Second), spent(r.Spent))
	return r.Outcome(ctx)
}

// spent is where the time went.
func spent(by map[string]time.Duration) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(by)) {
		list = append(list, fmt.Sprintf("%s %s", name, by[name].Round(100*time.Millisecond)))
	}
	return strings.Join(list, ", ")
}
