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

// Run judges until the context ends. A device with more news than a turn takes has its
// next one after the news of others, and after what is due: it may never come to an end.
func (r *Runner) Run(ctx context.Context) error {
	sweep := time.NewTicker(SweepEvery)
	defer sweep.Stop()
	for {
		more, err := r.turn(ctx, nil)
		if err != nil && ctx.Err() == nil {
			r.log.Error("devices stay unassessed until the next look", "error", err)
		}
		if more {
			r.Notify("")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-sweep.C: // before what is there already
			r.sweepOrSay(ctx)
			continue
		default:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-r.wake:
		case <-sweep.C:
			r.sweepOrSay(ctx)
		}
	}
}

func (r *Runner) sweepOrSay(ctx context.Context) {
	if _, err := r.sweep(ctx); err != nil && ctx.Err() == nil {
		r.log.Error("the sweep is taken up again at the next one", "error", err)
	}
}

// Catch judges every dirty device, and to its end. One that cannot be judged does not
// stop the others.
func (r *Runner) Catch(ctx context.Context) error {
	var errs []error
	failed := map[string]bool{}
	for more := true; more && ctx.Err() == nil; {
		var err error
		more, err = r.turn(ctx, failed)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// turn gives every dirty device that did not fail before one judgement, and says whether
// one of them needs more.
func (r *Runner) turn(ctx context.Context, failed map[string]bool) (more bool, err error) {
	dirty, err := r.store.DirtyDevices(ctx)
	if err != nil {
		return false, fmt.Errorf("list the devices to assess: %w", err)
	}
	ids := make([]string, 0, len(dirty))
	for _, d := range dirty {
		if !failed[d.DeviceID] {
			ids = append(ids, d.DeviceID)
		}
	}
	return r.judge(ctx, ids, failed)
}

// Sweep judges the devices about which time may have changed the verdict, and to the end.
func (r *Runner) Sweep(ctx context.Context) error {
	more, err := r.sweep(ctx)
	if more {
		err = errors.Join(err, r.Catch(ctx))
	}
	return err
}

// sweep gives these devices one judgement. One that needs more is dirty then.
func (r *Runner) sweep(ctx context.Context) (more bool, err error) {
	ids, err := r.store.RestlessDevices(ctx, r.catalogue.Revision, r.now().UTC())
	if err != nil {
		return false, fmt.Errorf("list the devices to assess again: %w", err)
	}
	var errs failures
	for some := range slices.Chunk(ids, mostTogether) {
		if ctx.Err() != nil {
			break
		}
		// A sweep over a large fleet takes its time; news do not wait for it.
		select {
		case <-r.wake:
			again, err := r.turn(ctx, nil)
			more = more || again
			errs.add(err)
		default:
		}
		again, err := r.judge(ctx, some, nil)
		more = more || again
		errs.add(err)
	}
	if more {
		r.Notify("")
	}
	return more, errs.err()
}

// Devices are judged many in one transaction, since the disk takes as long to keep one
// verdict as to keep many; what agents send waits for no more than holdFor and one device.
const (
	mostTogether = 64
	holdFor      = 50 * time.Millisecond
)

// judge gives each device one judgement, and says whether one needs more. One that
// cannot be judged stops none of the others, and is noted where somebody asks.
func (r *Runner) judge(ctx context.Context, ids []string, failed map[string]bool) (more bool, err error) {
	var errs failures
	for alone := 0; len(ids) > 0 && ctx.Err() == nil; {
		some := ids[:min(len(ids), mostTogether)]
		if alone > 0 {
			some = ids[:1]
			alone--
		}
		until := r.now().Add(holdFor)
		verdicts, err := r.store.Judge(ctx, some, func(p Past) (Verdict, bool) {
			v := Judge(r.catalogue, p, r.now().UTC(), r.newID)
			return v, r.now().After(until)
		})
		switch {
		case err != nil && len(some) > 1: // nothing of it was kept: each of these by itself
			alone = len(some)
			continue
		case err != nil:
			errs.add(err)
			if failed != nil {
				failed[ids[0]] = true
			}
			ids = ids[1:]
			continue
		}
		ids = ids[len(verdicts):]
		for _, v := range verdicts {
			more = more || v.More
			r.tell(v)
		}
	}
	return more, errs.err()
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
