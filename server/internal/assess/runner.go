package assess

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	// Judge reads the past, judges, and writes the verdict in one transaction,
	// after which the device is not dirty but for what came meanwhile.
	Judge(ctx context.Context, deviceID string, judge func(Past) Verdict) (Verdict, error)
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
	var errs []error
	for _, d := range dirty {
		if ctx.Err() != nil {
			break
		}
		errs = append(errs, r.judge(ctx, d.DeviceID))
	}
	return errors.Join(errs...)
}

// Sweep judges the devices about which time may have changed the verdict.
func (r *Runner) Sweep(ctx context.Context) error {
	ids, err := r.store.RestlessDevices(ctx, r.catalogue.Revision, r.now().UTC())
	if err != nil {
		return fmt.Errorf("list the devices to assess again: %w", err)
	}
	var errs []error
	for _, id := range ids {
		if ctx.Err() != nil {
			break
		}
		// A sweep over a large fleet takes its time; news do not wait for it.
		select {
		case <-r.wake:
			errs = append(errs, r.Catch(ctx))
		default:
		}
		errs = append(errs, r.judge(ctx, id))
	}
	return errors.Join(errs...)
}

// judge assesses a device, in as many turns as its news take.
func (r *Runner) judge(ctx context.Context, id string) error {
	for more := true; more && ctx.Err() == nil; {
		v, err := r.store.Judge(ctx, id, func(p Past) Verdict {
			return Judge(r.catalogue, p, r.now().UTC(), r.newID)
		})
		if err != nil {
			return fmt.Errorf("assess device %s: %w", id, err)
		}
		more = v.More
		r.tell(v)
	}
	return nil
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
