// Command hostbench measures what looking at a machine costs: the live host as the
// agent asks it, beside the obvious gopsutil loop for the same facts.
//
// It runs both by turns on the same machine, each in a process of its own, and
// prints the CPU time of one period of ten seconds: processes, USB and, five
// times, sockets for farmwatch; everything once for gopsutil. The machine is
// filled up to -processes with sleeping ones, holds connections, and gets new
// ones before every turn, so that owners of sockets have to be found.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"
)

type settings struct {
	pairs, processes, connections, fresh int
	worker                               string
	loop                                 bool
}

func main() {
	var s settings
	flag.IntVar(&s.pairs, "pairs", 11, "turns of each side, at least 5")
	flag.IntVar(&s.processes, "processes", 400, "how many processes the machine shall have")
	flag.IntVar(&s.connections, "connections", 60, "how many loopback connections stay open")
	flag.IntVar(&s.fresh, "fresh", 4, "how many connections are new in each turn")
	flag.StringVar(&s.worker, "worker", "", "internal: be one of the two sides")
	flag.BoolVar(&s.loop, "loop", false, "only be the gopsutil loop, every ten seconds until stopped, beside a whole agent")
	flag.Parse()
	run := measure
	if s.loop {
		run = func(settings) error { return loop() }
	}
	if s.worker != "" {
		run = func(s settings) error { return work(s.worker) }
	}
	if err := run(s); err != nil {
		fmt.Fprintln(os.Stderr, "hostbench:", err)
		os.Exit(1)
	}
}

// measure runs both sides by turns and prints the figures.
func measure(s settings) error {
	if s.pairs < 5 {
		return fmt.Errorf("%d pairs, want 5 or more", s.pairs)
	}
	ctx := context.Background()
	load, err := fill(ctx, s)
	if err != nil {
		return err
	}
	defer load.close()
	ours, err := startWorker(ctx, "farmwatch")
	if err != nil {
		return err
	}
	defer ours.close()
	theirs, err := startWorker(ctx, "gopsutil")
	if err != nil {
		return err
	}
	defer theirs.close()
	a, b := side{name: "farmwatch"}, side{name: "gopsutil loop"}
	for turn := range s.pairs + 1 { // the first turn fills caches on both sides
		if err := load.renew(ctx, s.fresh); err != nil {
			return err
		}
		first, err := ours.turn()
		if err != nil {
			return err
		}
		second, err := theirs.turn()
		if err != nil {
			return err
		}
		if turn > 0 {
			a.take(first)
			b.take(second)
		}
	}
	return report(a, b)
}

// An answer is one turn of one side.
type answer struct {
	CPU       time.Duration
	Processes int
	Sockets   int
	RSS       uint64
}

// A side collects the turns of one way to look.
type side struct {
	name  string
	turns []time.Duration
	last  answer
}

func (s *side) take(a answer) {
	s.turns = append(s.turns, a.CPU)
	s.last = a
}

// quartiles gives the lower quartile, the median and the upper quartile.
func (s *side) quartiles() (low, middle, high time.Duration) {
	sorted := slices.Sorted(slices.Values(s.turns))
	at := func(part float64) time.Duration { return sorted[int(part*float64(len(sorted)-1)+0.5)] }
	return at(0.25), at(0.5), at(0.75)
}

func (s *side) print() (median time.Duration, spread float64) {
	low, median, high := s.quartiles()
	spread = float64(high-low) / float64(median)
	fmt.Printf("%-14s  median %7.2f ms CPU per 10 s   IQR %.2f..%.2f ms (%.0f %%)   %d processes, %d sockets   RSS %.1f MB\n",
		s.name, ms(median), ms(low), ms(high), spread*100, s.last.Processes, s.last.Sockets, float64(s.last.RSS)/1e6)
	return median, spread
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// maxSpread is the spread above which the machine was too busy to tell.
const maxSpread = 0.25

func report(a, b side) error {
	fmt.Printf("%s/%s, %d CPUs, %d pairs by turns\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), len(a.turns))
	ours, spreadA := a.print()
	theirs, spreadB := b.print()
	if max(spreadA, spreadB) > maxSpread {
		return fmt.Errorf("the figures spread by more than %.0f %%: no ratio; try again when the machine is quiet", maxSpread*100)
	}
	fmt.Printf("ratio           %.3f (goal: at most 0.15)\n", float64(ours)/float64(theirs))
	return nil
}
