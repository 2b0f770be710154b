// Package engine is the clock: it says when to look, and it is the pipe from
// look to spool.
package engine

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/detect"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/privacy"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// The engine's own times.
const (
	settle   = 250 * time.Millisecond // how long a report waits for what comes with it
	deadline = 20 * time.Second       // the most one look may take
	retry    = 10 * time.Second       // after the spool refused a report
	parting  = 3 * time.Second        // for sensors that are looking when the agent ends
	renewal  = 10 * time.Minute       // how often an open finding is told again
	tellAnew = 6 * time.Hour          // how often facts that do not change are told again
	wholeDay = 24 * time.Hour         // of which a finding about what hands do is told
)

// Options are what an engine is made of. All but Memory, People, Log and Rules are required; of a
// simulated laptop the host is told by its sensors, and there is none.
type Options struct {
	Host      host.Host
	Sensors   []sensor.Sensor
	Catalogue *catalogue.Catalogue
	Gate      *privacy.Gate
	Spool     Spool
	Memory    Memory                         // remembers open findings over a restart; nil forgets
	People    func(context.Context) []string // names that the gate hides; nil is none
	Now       func() time.Time
	Log       *slog.Logger
	Rules     func(id string) bool // which rules count, where it is not all
}

// Spool is where cleared reports go. Append returns once they are on the disk.
type Spool interface {
	Append(privacy.Cleared) (uint64, error)
}

// Engine looks, detects, clears and spools, for as long as Run runs.
type Engine struct {
	Options
	trackers map[string]*detect.Tracker // by class: rules read one row of one class, so classes never wait for each other
	judged   map[string]judged          // by class, the last rows and what was found in them
	forgot   bool                       // what is open changed and is not saved yet
	pending  draft
	started  time.Time
	budget   *budget
	names    <-chan []string // of people, that were asked for and not told yet
	hid      bool            // the gate was told names at least once

	mu       sync.Mutex
	asked    map[string]<-chan look      // by class, sensors that are looking: each is looked with by one at a time
	coverage map[string]finding.Coverage // as last seen, for Coverage
}

// look is one sensor's answer on its way to the engine's own goroutine.
type look struct {
	sensor   sensor.Sensor
	rows     []finding.Observation
	coverage finding.Coverage
}

// New makes an engine.
func New(o Options) *Engine {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Engine{
		Options:  o,
		trackers: map[string]*detect.Tracker{},
		judged:   map[string]judged{},
		pending:  newDraft(),
		budget:   newBudget(o.Host),
		asked:    map[string]<-chan look{},
		coverage: map[string]finding.Coverage{},
	}
}

// Run looks until ctx ends, then spools what it still has to say. The only
// error is one of its start; while it runs, what breaks becomes coverage or is logged.
func (e *Engine) Run(ctx context.Context) error {
	if err := e.remember(); err != nil {
		return err
	}
	e.started = e.Now()
	looks := make(chan look)
	var sensors sync.WaitGroup
	woken, err := wakes(ctx, e.Host, e.Sensors)
	if err != nil {
		e.Log.Info("no early wakes, sensors look at their own pace", "error", err)
	}
	for _, s := range e.Sensors {
		sensors.Go(func() { e.follow(ctx, s, woken[s.Class], looks) })
		if s.Watch != nil {
			sensors.Go(func() { e.gather(ctx, s) })
		}
	}
	e.collect(ctx, looks)
	e.part(&sensors)
	return nil
}

// part waits for the sensors to end, but not for one that hangs in the system: a
// home folder on a dead network must not keep the agent from stopping.
func (e *Engine) part(sensors *sync.WaitGroup) {
	ended := make(chan struct{})
	go func() { sensors.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(parting):
		e.Log.Warn("a sensor hangs and is left behind", "after", parting.String())
	}
}

// collect takes looks one at a time and spools a report once things have settled.
func (e *Engine) collect(ctx context.Context, looks <-chan look) {
	var due <-chan time.Time
	for {
		select {
		case l := <-looks:
			e.take(l)
			if due == nil && !e.pending.empty() {
				due = time.After(settle)
			}
		case <-due:
			due = nil
			if err := e.flush(); err != nil {
				e.Log.Error("trying again", "error", err, "after", retry.String())
				due = time.After(retry)
			}
		case <-ctx.Done():
			if err := e.flush(); err != nil {
				e.Log.Error("not all was kept at the end; it is looked at anew at the next start", "error", err)
			}
			return
		}
	}
}

// take compares one look with the last one and drafts what is new.
func (e *Engine) take(l look) {
	now := e.Now()
	class := l.sensor.Class
	e.cover(now, l.coverage)
	blind := detect.Blind([]finding.Coverage{l.coverage}, l.rows)
	if l.sensor.Facts && !blind[class] {
		e.pending.facts(now, class, l.rows)
	}
	found := e.detect(class, l.rows)
	changed := e.tracker(class).Update(now, found, blind)
	for _, f := range changed {
		e.Log.Info("finding", "finding.rule", f.Rule, "finding.status", f.Status, "finding.title", f.Title)
	}
	e.pending.findings(changed)
}

func (e *Engine) tracker(class string) *detect.Tracker {
	t, ok := e.trackers[class]
	if !ok {
		t = detect.NewTracker(renewal)
		if slices.ContainsFunc(e.Sensors, func(s sensor.Sensor) bool { return s.Class == class && s.Steady }) {
			t.Steady(wholeDay)
		}
		e.trackers[class] = t
	}
	return t
}

// cover drafts a class's coverage when it changed, and keeps since when it has been so.
func (e *Engine) cover(now time.Time, c finding.Coverage) {
	e.mu.Lock()
	defer e.mu.Unlock()
	last, known := e.coverage[c.Class]
	c.Since = now
	if known && last.State == c.State {
		c.Since = last.Since
	}
	e.coverage[c.Class] = c
	if !known || last.State != c.State || last.Detail != c.Detail {
		e.pending.coverage(c)
	}
}

// Coverage is how each class's last look went, by class. Safe to call from anywhere.
func (e *Engine) Coverage() map[string]finding.Coverage {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make(map[string]finding.Coverage, len(e.coverage))
	for class, c := range e.coverage {
		out[class] = c
	}
	return out
}

// flush sends the draft through the gate into the spool. On an error the draft
// stays as it is, so that nothing is lost and the next flush tries again.
func (e *Engine) flush() error {
	if e.pending.empty() {
		return e.memorize() // what the last flush could not save
	}
	if err := e.hide(); err != nil {
		return err
	}
	cleared, err := e.Gate.Clear(e.pending.report(e.Now()))
	if err != nil {
		return fmt.Errorf("clear report: %w", err)
	}
	if _, err := e.Spool.Append(cleared); err != nil {
		return fmt.Errorf("spool report: %w", err)
	}
	e.pending.clear(e.Now())
	e.forgot = true
	return e.memorize()
}
