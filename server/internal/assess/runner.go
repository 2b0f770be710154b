package assess

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// SweepEvery is how often devices are judged again though nothing came from
// them: time alone can change a verdict, as when a sanction ends.
const SweepEvery = time.Minute

// Ballast is how many bytes a collector that judges should keep allocated and never
// touch. They take no memory, and let Go collect garbage once for some hundred reports:
// beside a heap of a few megabytes it would for every tenth, which cost a third of all
// that judging does (measured by BenchmarkAssessOneReport).
const Ballast = 64 << 20

// A Store keeps what is judged and what was concluded.
type Store interface {
	DirtyDevices(ctx context.Context) ([]device.Dirty, error)
	// RestlessDevices lists the devices about which time alone has come to change
	// the verdict by now, or a catalogue of this revision can.
	RestlessDevices(ctx context.Context, revision string, now time.Time) ([]string, error)
	// Judge reads pasts, judges, and writes the verdicts of the first devices in one
	// transaction, until judge has enough. These are not dirty then but for what came
	// meanwhile. After an error nothing was written.
	Judge(ctx context.Context, deviceIDs []string, judge func(Past) (v Verdict, enough bool)) ([]Verdict, error)
}

// A Runner keeps every device's conclusions current.
type Runner struct {
	store     Store
	catalogue *catalogue.Catalogue
	now       func() time.Time
	newID     func() string
	changed   func([]alert.Alert)
	log       *slog.Logger
	wake      chan struct{}
}

// NewRunner makes a Runner. changed is told of every alert that changed, after
// the change is on the disk; it must not block.
func NewRunner(store Store, c *catalogue.Catalogue, now func() time.Time, newID func() string, changed func([]alert.Alert), log *slog.Logger) *Runner {
	return &Runner{store: store, catalogue: c, now: now, newID: newID, changed: changed, log: log, wake: make(chan struct{}, 1)}
}

// Notify says that a device told something. It never blocks, and nothing is
// lost if it is not called: what is dirty stands in the store.
func (r *Runner) Notify(string) {
	select {
	case r.wake <- struct{}{}:
	default: // a look is due already, and it looks at every dirty device
	}
}

// Run judges until the context ends.
func (r *Runner) Run(ctx context.Context) error {
	sweep := time.NewTicker(SweepEvery)
	defer sweep.Stop()
	for {
		if err := r.Catch(ctx); err != nil && ctx.Err() == nil {
			r.log.Error("devices stay unassessed until the next look", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-r.wake:
		case <-sweep.C:
			if err := r.Sweep(ctx); err != nil && ctx.Err() == nil {
				r.log.Error("the sweep is taken up again at the next one", "error", err)
			}
		}
	}
}

// Catch judges every dirty device. One that cannot be judged does not stop the others.
func (r *Runner) Catch(ctx context.Context) error {
	dirty, err := r.store.DirtyDevices(ctx)
	if err != nil {
		return fmt.Errorf("list the devices to assess: %w", err)
	}
	ids := make([]string, 0, len(dirty))
	for _, d := range dirty {
		ids = append(ids, d.DeviceID)
	}
	return r.judge(ctx, ids)
}

// Sweep judges the devices about which time may have changed the verdict.
func (r *Runner) Sweep(ctx context.Context) error {
	ids, err := r.store.RestlessDevices(ctx, r.catalogue.Revision, r.now().UTC())
	if err != nil {
		return fmt.Errorf("list the devices to assess again: %w", err)
	}
	var errs []error
	for some := range slices.Chunk(ids, mostTogether) {
		if ctx.Err() != nil {
			break
		}
		// A sweep over a large fleet takes its time; news do not wait for it.
		select {
		case <-r.wake:
			errs = append(errs, r.Catch(ctx))
		default:
		}
		errs = append(errs, r.judge(ctx, some))
	}
	return errors.Join(errs...)
}

// Devices are judged many in one transaction, since the disk takes as long to keep one
// verdict as to keep many; what agents send waits for no more than holdFor and one device.
const (
	mostTogether = 64
	holdFor      = 50 * time.Millisecond
)

// judge assesses devices. One that cannot be judged does not stop the others, and one
// with more news than a turn takes has its next ones behind the others.
func (r *Runner) judge(ctx context.Context, ids []string) error {
	var errs []error
	ids = slices.Clone(ids)
	for together := mostTogether; len(ids) > 0 && ctx.Err() == nil; {
		some := ids[:min(len(ids), together)]
		until := r.now().Add(holdFor)
		verdicts, err := r.store.Judge(ctx, some, func(p Past) (Verdict, bool) {
			v := Judge(r.catalogue, p, r.now().UTC(), r.newID)
			return v, r.now().After(until)
		})
		switch {
		case err != nil && len(some) > 1: // nothing of it was kept: each by itself from now on
			together = 1
			continue
		case err != nil:
			errs = append(errs, err)
			ids = ids[1:]
			continue
		}
		ids = ids[len(verdicts):]
		for i, v := range verdicts {
			if v.More {
				ids = append(ids, some[i])
			}
			r.tell(v)
		}
	}
	return errors.Join(errs...)
}

// tell says which alerts changed.
func (r *Runner) tell(v Verdict) {
	if len(v.Alerts) == 0 {
		return
	}
	var moved []alert.Alert
	for _, c := range v.Alerts {
		moved = append(moved, c.Alert)
	}
	r.changed(moved)
}
