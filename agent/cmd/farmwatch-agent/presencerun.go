package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/config"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/presence"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/agent/internal/uplink"
	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// openToAll is where everybody logged in finds what is asked, and the door
// through which they say the one word. An agent that keeps its state elsewhere
// keeps these there too, so that two agents do not speak for each other.
const openToAll = "/run/farmwatch-agent"

// unheard is how long a collector's first bundle is waited for after the start.
const unheard = time.Minute

func openFolder(state string) string {
	if state == "" || state == config.Default().StateDir {
		return openToAll
	}
	return state
}

func boardPath(state string) string { return filepath.Join(openFolder(state), "asked.json") }

func doorPath(state string) string { return filepath.Join(openFolder(state), "presence.sock") }

// asking is the presence checks of a running agent, between the bundle they come
// in and the facts that tell of them.
type asking struct {
	config  config.Config
	machine host.Host
	log     *slog.Logger
	book    *presence.Book
	notices host.Notices
	untold  error // why nobody can be told anything on this machine
	now     func() time.Time
	wake    chan struct{}
}

func newAsking(ctx context.Context, w world, c config.Config, machine host.Host, log *slog.Logger) (*asking, error) {
	a := &asking{config: c, machine: machine, log: log, now: w.now, wake: make(chan struct{}, 1)}
	records, err := presence.Load(a.path())
	if err != nil {
		return nil, err
	}
	a.book = presence.NewBook(records, a.keep)
	a.untold = fmt.Errorf("ask the people at this machine: %w", host.ErrUnsupported)
	if notifier, ok := machine.(host.Notifier); ok {
		a.notices, a.untold = notifier.Notices(ctx)
	}
	if folder := openFolder(c.StateDir); folder == openToAll && a.notices != nil {
		if err := makeOpen(folder); err != nil {
			log.Warn("what is asked cannot be looked up by others than the agent's own account", "error", err)
		}
	}
	a.keep(records)
	return a, nil
}

// makeOpen makes a folder that everybody may look into, whatever the umask.
func makeOpen(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // it holds what everybody is to read
		return err
	}
	return os.Chmod(folder, 0o755) //nolint:gosec // see above
}

func (a *asking) path() string { return filepath.Join(a.config.StateDir, "presence.json") }

func (a *asking) keep(records []presence.Record) {
	if err := presence.Save(a.path(), 0o600, records); err != nil {
		a.log.Error("presence checks would be forgotten by a restart", "error", err)
	}
	if a.notices == nil {
		return // nobody is asked, so there is nothing to look up
	}
	if err := (presence.Board{Records: records, Support: a.config.Support}).Post(boardPath(a.config.StateDir)); err != nil {
		a.log.Warn("what is asked cannot be looked up", "error", err)
	}
}

// bundles brings what the collector asks into the book.
func (a *asking) bundles() *uplink.Bundles {
	return &uplink.Bundles{Path: filepath.Join(a.config.StateDir, "bundle.json"), Take: func(b *agentv1.Bundle) {
		var questions []presence.Question
		for _, p := range b.GetPresenceChecks() {
			q := presence.Question{ID: p.GetId(), AskedAt: p.GetAskedAt().AsTime(), DueAt: p.GetDueAt().AsTime()}
			for _, m := range p.GetMeans() {
				q.Means = append(q.Means, finding.Means(m))
			}
			questions = append(questions, q)
		}
		if err := a.book.Take(a.now(), questions); err != nil {
			a.log.Warn("a presence check of the bundle is not asked", "bundle.version", b.GetVersion(), "error", err)
		}
		a.stir()
	}}
}

// stir says that the book changed; one who is told already need not be told twice.
func (a *asking) stir() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// by makes the collector's clock the one that judges: offset says how far ours is ahead.
func (a *asking) by(offset func() time.Duration) {
	own := a.now
	a.now = func() time.Time { return own().Add(-offset()) }
}

// run asks and listens until ctx ends.
func (a *asking) run(ctx context.Context) {
	var door sync.WaitGroup
	defer door.Wait() // closing it removes its file, which a next agent may have made anew
	if a.notices != nil {
		defer func() { _ = a.notices.Close() }() // what stands before people stays there
		door.Go(func() {
			if err := host.Door(ctx, doorPath(a.config.StateDir), presence.LongestWord, a.hear); err != nil {
				a.log.Warn("other ways can only be asked for by the button of the notice", "error", err)
			}
		})
	}
	// What was open before a restart is judged by the collector's clock, so it is
	// heard first; after a while without it, ours has to do.
	select {
	case <-a.wake:
		a.stir()
	case <-time.After(unheard):
	case <-ctx.Done():
	}
	watch := presence.Watch{
		Book: a.book, Host: a.machine, Notices: a.notices, Now: a.now, Zone: time.Local,
		Support: a.config.Support, Random: rand.Reader, Log: a.log, Wake: a.wake,
	}
	watch.Run(ctx)
}

// hear takes the one word an account of this machine can say.
func (a *asking) hear(said []byte, account int) string {
	id, ok := presence.ParseOtherWay(said)
	if !ok {
		return "not understood"
	}
	if !a.book.Other(a.now(), id) {
		return "no such presence check is open"
	}
	a.log.Info("another way was asked for", "presence.check", id, "account", account)
	return noted
}

const noted = "noted"

// rows are what the collector is told.
func (a *asking) rows() ([]sensor.AskedPresence, error) {
	var rows []sensor.AskedPresence
	for _, r := range a.book.Records() {
		if r.State == presence.Waiting {
			continue
		}
		row := sensor.AskedPresence{
			Check: r.ID, State: string(r.State), Means: presence.Words(r.Possible), AnsweredBy: string(r.AnsweredBy), AnsweredFrom: r.AnsweredFrom,
			AskedAt: r.AskedAt.UTC().Format(time.RFC3339), DueAt: r.DueAt.UTC().Format(time.RFC3339), Detail: r.Detail,
		}
		if r.State == presence.Answered {
			row.AnsweredAfterMS = strconv.FormatInt(r.AnsweredAfter.Milliseconds(), 10)
		}
		rows = append(rows, row)
	}
	return rows, a.untold
}
