package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/config"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

// TestEndedRun: what one run left behind, and what came after it.
func TestEndedRun(t *testing.T) {
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	ran := func(boot, version string, ago time.Duration, stopped bool) aRun {
		return aRun{Boot: boot, Version: version, Seen: at.Add(-ago), Stopped: stopped}
	}
	for name, test := range map[string]struct {
		before aRun
		want   sensor.AgentRun
	}{
		"the first":                  {aRun{}, sensor.AgentRun{Ended: "first"}},
		"stopped for hours":          {ran("a", "1", 5*time.Hour, true), sensor.AgentRun{Ended: "stopped", Away: "hours", Went: true, Version: "1"}},
		"killed, back after days":    {ran("a", "1", 49*time.Hour, false), sensor.AgentRun{Ended: "ended_hard", Away: "days", Went: true, Version: "1"}},
		"restarted":                  {ran("a", "1", 20*time.Second, true), sensor.AgentRun{Ended: "stopped", Away: "minutes", Went: true, Version: "1"}},
		"an upgrade":                 {ran("a", "0", 3*time.Hour, true), sensor.AgentRun{Ended: "upgrade", Away: "hours", Went: true, Version: "0"}},
		"the machine started anew":   {ran("b", "1", 3*time.Hour, true), sensor.AgentRun{Ended: "reboot", Away: "hours", Version: "1"}},
		"and the agent was upgraded": {ran("b", "0", 3*time.Hour, false), sensor.AgentRun{Ended: "reboot", Away: "hours", Version: "0"}},
		"nobody knows the boot":      {ran("", "1", 3*time.Hour, false), sensor.AgentRun{Ended: "reboot", Away: "hours", Version: "1"}},
		"a clock that was set back":  {ran("a", "1", -time.Hour, true), sensor.AgentRun{Ended: "stopped", Went: true, Version: "1"}},
	} {
		if got := endedRun(test.before, aRun{Boot: "a", Version: "1"}, at); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

// runsOf is a folder in which agents run one after another.
type runsOf struct {
	t   *testing.T
	c   config.Config
	out bytes.Buffer
}

func (r *runsOf) begin(boot string) *runBook {
	return beginRun(world{now: time.Now}, r.c, host.Platform{BootID: boot}, slog.New(slog.NewTextHandler(&r.out, nil)))
}

func (r *runsOf) want(b *runBook, ended, away string) {
	r.t.Helper()
	if row, told := b.row(); !told || row.Ended != ended || row.Away != away {
		r.t.Errorf("%+v (told: %v), want %s after %s", row, told, ended, away)
	}
}

// TestRunsFollowEachOther keeps real files, at a clock that is not the world's.
func TestRunsFollowEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &runsOf{t: t, c: config.Config{StateDir: t.TempDir()}}
		first := r.begin("boot")
		r.want(first, "first", "")
		ctx, cancel := context.WithCancel(t.Context())
		go first.keep(ctx)
		time.Sleep(30 * time.Hour)
		if _, told := first.row(); told {
			t.Error("still told after a day")
		}
		cancel() // killed: nothing is noted any more
		synctest.Wait()

		time.Sleep(20 * time.Minute)
		second := r.begin("boot")
		r.want(second, "ended_hard", "minutes") // though it began 30 hours ago
		second.end()
		time.Sleep(4 * time.Hour)
		third := r.begin("boot")
		r.want(third, "stopped", "hours")
		third.end()
		time.Sleep(50 * time.Hour)
		r.want(r.begin("another"), "reboot", "days")
		if r.out.Len() > 0 {
			t.Errorf("log: %s", r.out.String())
		}
	})
}

// TestRunsSleepWithTheMachine: timers stand still while a laptop sleeps and its clock goes
// on, so an agent that ends hard soon after is not to be told as away since the evening.
func TestRunsSleepWithTheMachine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &runsOf{t: t, c: config.Config{StateDir: t.TempDir()}}
		asleep := time.Duration(0)
		now := func() time.Time { return time.Now().Add(asleep) }
		begin := func() *runBook {
			return beginRun(world{now: now}, r.c, host.Platform{BootID: "boot"}, slog.New(slog.NewTextHandler(&r.out, nil)))
		}
		first := begin()
		ctx, cancel := context.WithCancel(t.Context())
		go first.keep(ctx)
		time.Sleep(20 * time.Minute)
		asleep = 14 * time.Hour
		time.Sleep(2 * time.Minute) // awake again
		cancel()                    // and killed
		synctest.Wait()
		time.Sleep(time.Minute)
		r.want(begin(), "ended_hard", "minutes")
	})
}

// TestRunsRememberALongAbsence: who stopped the agent for hours cannot have it forgotten
// by starting it once more, or by letting it crash.
func TestRunsRememberALongAbsence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &runsOf{t: t, c: config.Config{StateDir: t.TempDir()}}
		r.begin("boot").end()
		time.Sleep(5 * time.Hour)
		r.want(r.begin("boot"), "stopped", "hours")
		time.Sleep(time.Second)
		again := r.begin("boot")
		r.want(again, "stopped", "hours")
		again.end()
		time.Sleep(10 * time.Second)
		r.want(r.begin("boot"), "stopped", "hours")
		r.want(r.begin("another"), "stopped", "hours") // a start of the machine hides it no better
		time.Sleep(20 * time.Hour)
		last := r.begin("boot")
		r.want(last, "stopped", "hours")
		time.Sleep(5 * time.Hour)
		if row, told := last.row(); told {
			t.Errorf("still told after a day: %+v", row)
		}
		r.want(r.begin("boot"), "ended_hard", "hours")
		time.Sleep(25 * time.Hour)
		next := r.begin("boot")
		next.end()
		r.want(r.begin("boot"), "ended_hard", "days")
	})
}

// A file that is no such file, or cannot be written, keeps no agent from looking.
func TestRunsWithoutAFile(t *testing.T) {
	r := &runsOf{t: t, c: config.Config{StateDir: t.TempDir()}}
	if err := os.WriteFile(filepath.Join(r.c.StateDir, "runs.json"), []byte("{torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.want(r.begin("boot"), sensor.RunNotKnown, "")
	if !strings.Contains(r.out.String(), "read the last run") {
		t.Errorf("log: %s", r.out.String())
	}
	r.want(r.begin("boot"), "ended_hard", "minutes") // the file was written anew
	for _, name := range []string{"open.json", "sent"} {
		for _, remove := range []string{"runs.json", name} {
			if remove == name {
				r.want(r.begin("boot"), sensor.RunNotKnown, "") // who removes the note leaves what else was kept
			}
			if err := os.RemoveAll(filepath.Join(r.c.StateDir, remove)); err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Join(r.c.StateDir, name), 0o700); remove == "runs.json" && err != nil {
				t.Fatal(err)
			}
		}
	}
	r.c.StateDir = filepath.Join(r.c.StateDir, "gone")
	r.want(r.begin("boot"), "first", "")
	if !strings.Contains(r.out.String(), "note that the agent runs") {
		t.Errorf("log: %s", r.out.String())
	}
}
