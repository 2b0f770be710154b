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
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/config"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

const (
	// noteRun is how often a run notes that it goes on: rarely, since a disk is woken
	// by it, and often enough to tell an hour away from minutes.
	noteRun = 15 * time.Minute
	// lookAtClock is how often it is seen whether that time is over: timers stand still
	// while a laptop sleeps, and its clock goes on.
	lookAtClock = time.Minute
	// tellRun is for how long after its start the agent tells how its last run ended.
	tellRun = 24 * time.Hour
)

// aRun is what runs.json keeps of a run.
type aRun struct {
	Boot    string    `json:"boot"`
	Version string    `json:"version"`
	Seen    time.Time `json:"seen"`              // when it last noted that it goes on, or when it ended
	Stopped bool      `json:"stopped,omitempty"` // it was asked to end, and did
	Told    *toldRun  `json:"told,omitempty"`    // what it told of the one before, where that was long away
}

// toldRun is how a run ended after which the agent was away for long, told since a moment.
type toldRun struct {
	Run   sensor.AgentRun `json:"run"`
	Since time.Time       `json:"since"`
}

// runBook knows how the last run ended, and notes how this one goes.
type runBook struct {
	path  string
	now   func() time.Time
	log   *slog.Logger
	run   aRun
	began time.Time
	last  sensor.AgentRun
}

// leftBehind is what a run leaves beside its note of itself, in its state folder.
var leftBehind = []string{"open.json", "sent"}

// beginRun reads how the last run ended and begins to note this one. A file that
// cannot be read as such keeps no agent from looking; nor does one that is gone, but
// where other things show that a run was here it is not taken for the first.
func beginRun(w world, c config.Config, p host.Platform, log *slog.Logger) *runBook {
	b := &runBook{path: filepath.Join(c.StateDir, "runs.json"), now: w.now, log: log, began: w.now().Round(0)} // by the clock, which goes on in sleep
	b.run = aRun{Boot: p.BootID, Version: version}
	before, err := b.read()
	if err != nil {
		log.Warn("how the last run ended is not known", "error", err)
	}
	b.last = endedRun(before, b.run, b.began)
	if b.last.Ended == "first" && (err != nil || b.ranBefore()) {
		log.Warn("the note of the last run is gone, though the agent ran before")
		b.last.Ended = sensor.RunNotKnown
	}
	b.goOnTelling(before.Told)
	b.note(false)
	return b
}

// ranBefore says whether what a run leaves behind is there.
func (b *runBook) ranBefore() bool {
	for _, name := range leftBehind {
		if _, err := os.Lstat(filepath.Join(filepath.Dir(b.path), name)); err == nil {
			return true
		}
	}
	return false
}

// goOnTelling keeps a long absence told for its day: who caused it cannot have it
// forgotten by another start, nor does a crash.
func (b *runBook) goOnTelling(told *toldRun) {
	switch {
	case b.last.Went && b.last.Ended != "upgrade" && (b.last.Away == "hours" || b.last.Away == "days"):
		b.run.Told = &toldRun{b.last, b.began}
	case told != nil && !told.Since.After(b.began) && b.began.Sub(told.Since) < tellRun:
		b.run.Told, b.last, b.began = told, told.Run, told.Since
	}
}

// endedRun says how a run ended, from what it left behind and what came after it.
func endedRun(before, now aRun, at time.Time) sensor.AgentRun {
	if before.Seen.IsZero() {
		return sensor.AgentRun{Ended: "first"}
	}
	last := sensor.AgentRun{Away: sensor.Away(at.Sub(before.Seen)), Version: before.Version, Went: before.Boot != "" && before.Boot == now.Boot}
	switch {
	case !last.Went:
		last.Ended = "reboot"
	case before.Version != now.Version:
		last.Ended = "upgrade"
	case before.Stopped:
		last.Ended = "stopped"
	default:
		last.Ended = "ended_hard"
	}
	return last
}

// row is how the last run ended, for a day.
func (b *runBook) row() (sensor.AgentRun, bool) {
	return b.last, b.now().Sub(b.began) < tellRun
}

// keep notes now and then that the agent runs, until ctx ends. After a sleep it does so
// within a minute: who was asleep was not away.
func (b *runBook) keep(ctx context.Context) {
	noted := b.began
	for {
		select {
		case <-time.After(lookAtClock):
		case <-ctx.Done():
			return
		}
		if since := b.now().Sub(noted); ctx.Err() == nil && (since < 0 || since >= noteRun) {
			b.note(false)
			noted = b.now().Round(0)
		}
	}
}

// end notes that the run ends since it was asked to.
func (b *runBook) end() { b.note(true) }

func (b *runBook) read() (aRun, error) {
	var before aRun
	text, err := os.ReadFile(b.path)
	if errors.Is(err, fs.ErrNotExist) {
		return before, nil
	}
	if err != nil {
		return before, fmt.Errorf("read the last run: %w", err)
	}
	if err := json.Unmarshal(text, &before); err != nil {
		return aRun{}, fmt.Errorf("read the last run: %w", err)
	}
	return before, nil
}

// note writes in one step: a reader sees the old file or the new one.
func (b *runBook) note(stopped bool) {
	run := b.run
	run.Seen, run.Stopped = b.now(), stopped
	text, err := json.Marshal(run)
	if err == nil {
		fresh := b.path + ".new"
		if err = os.WriteFile(fresh, text, 0o600); err == nil {
			err = os.Rename(fresh, b.path)
		}
	}
	if err != nil {
		b.log.Warn("note that the agent runs", "error", err)
	}
}
