package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// oneSeed plays a single seed, as failures say.
var oneSeed = flag.Uint64("seed", 0, "the only seed with which TestScenarios plays")

// usualSeeds is how many seeds each scenario is played with, unless FARMWATCH_SEEDS says; make scenarios and make test play twenty.
const usualSeeds = 2

// seedsWithout is with how many of them, the first, a scenario is played once more
// without what its verdict must not rest on.
const seedsWithout = 10

// scenarios is where they lie, with their kits.
var scenarios = flag.String("scenarios", "../../../proto/catalogue/scenarios", "the folder whose scenarios TestScenarios plays")

// TestScenarios plays every scenario with many seeds: real agents, in a process of
// their own, over TLS to a real collector whose clock is the scenario's, and
// wants concluded what the scenario says and nothing that it forbids.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(*scenarios, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no scenarios in %s: %v", *scenarios, err)
	}
	cast := sync.OnceValue(func() *troupe { return &troupe{t: t, program: buildAgent(t)} })
	shown := &scoreboard{}
	debug.SetGCPercent(garbage)
	t.Run("play", func(t *testing.T) {
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".yaml")
			t.Run(name, func(t *testing.T) {
				t.Parallel() // or each scenario would wait for the last seed of the one before
				for _, seed := range seeds(t, name) {
					t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) {
						t.Parallel()
						playSeed(t, cast(), file, seed, shown)
					})
				}
			})
		}
	})
	cast().disband()
	t.Log(shown)
	if failed := shown.failed(); failed != "" {
		t.Log(failed) // last, since of what failed people often see the end alone
	}
}

// garbage is the percentage (GOGC) by which the heap may grow here and in the agents
// before it is collected: both are small, and would be at it for a tenth of the time.
const garbage = 400

// wholeFleet is a story of our own about so many laptops that each seed of it costs as much
// as five of the others: it is played with a quarter of the seeds.
const wholeFleet = "g1-provider-moves"

// seeds are those with which a scenario is played.
func seeds(t *testing.T, scenario string) []uint64 {
	if *oneSeed > 0 {
		return []uint64{*oneSeed}
	}
	n := usualSeeds
	if said := os.Getenv("FARMWATCH_SEEDS"); said != "" {
		var err error
		if n, err = strconv.Atoi(said); err != nil || n < 1 {
			t.Fatalf("FARMWATCH_SEEDS is %q, want a number", said)
		}
	}
	if scenario == wholeFleet {
		n = max(n/4, min(n, usualSeeds))
	}
	var all []uint64
	for i := range n {
		all = append(all, uint64(i+1))
	}
	return all
}

// buildAgent builds the agent that plays.
func buildAgent(t *testing.T) string {
	to := filepath.Join(os.TempDir(), fmt.Sprintf("farmwatch-agent-%d", os.Getpid()))
	if runtime.GOOS == "windows" {
		to += ".exe"
	}
	out, err := exec.Command("go", "build", "-tags", "grpcnotrace", "-ldflags", "-s -w", "-o", to, "github.com/farmwatch/farmwatch/agent/cmd/farmwatch-agent").CombinedOutput()
	if err != nil {
		t.Fatalf("build the agent: %v\n%s", err, out)
	}
	t.Cleanup(func() { _ = os.Remove(to) })
	return to
}

// scratch is a folder for a play, in memory where there is room: what is written
// is written all the same, and what a disk may lose is other tests' affair.
func scratch(t *testing.T) string {
	t.Helper()
	if !roomInMemory() {
		return t.TempDir()
	}
	folder, err := os.MkdirTemp(memory, "farmwatch-scenario-") //nolint:usetesting // a test's own folder is on the disk
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

// memory is a file system in memory, where there is one.
const memory = "/dev/shm"

// roomInMemory says whether there is half a gigabyte of it.
var roomInMemory = sync.OnceValue(func() bool {
	out, err := exec.Command("df", "-Pk", memory).Output()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	fields := strings.Fields(lines[len(lines)-1])
	if err != nil || len(fields) < 4 {
		return false
	}
	kilobytes, err := strconv.Atoi(fields[3])
	return err == nil && kilobytes > 512<<10
})

// playSeed plays one seed and, where the scenario forbids that its verdict rests
// on something, once more without it.
func playSeed(t *testing.T, cast *troupe, file string, seed uint64, shown *scoreboard) {
	plan, seen := play(t, cast, file, seed, nil)
	judge(t, plan, seen, "", shown)
	judgeEnd(t, plan, seen, "", shown)
	if len(plan.Forbidden) > 0 && (seed <= seedsWithout || *oneSeed > 0) {
		other, without := play(t, cast, file, seed, plan.Forbidden)
		judge(t, other, without, " without what is forbidden", shown)
		judgeEnd(t, other, without, " without what is forbidden", shown)
		if plan.Identical {
			identical(t, plan, seen, without, shown)
		}
	}
	if t.Failed() {
		t.Log(again(plan.Scenario, seed))
	}
}

// again is how to play a seed once more.
func again(scenario string, seed uint64) string {
	return fmt.Sprintf("again: go test ./server/cmd/farmwatch-server -run '^TestScenarios$/^play$/^%s$' -seed %d -v", scenario, seed)
}
