package ingest

import (
	"context"
	"errors"
	"log/slog"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// How much goes into one transaction at most. Waiting for more is never worth
// it: what has arrived while the last commit ran is the next batch.
const (
	batchDeliveries = 512
	batchBytes      = 8 << 20
)

// A parcel is a delivery with whom to tell what became of it.
type parcel struct {
	device.Delivery
	done func(device.Receipt, error)
}

func (p parcel) size() int {
	if p.Entry == nil {
		return 0
	}
	return len(p.Entry.Wire)
}

// A committer gathers what all streams deliver into one transaction after
// another, so that many entries share one wait for the disk.
type committer struct {
	store  Store
	queue  chan parcel
	notify func(deviceID string)
	log    *slog.Logger
}

func newCommitter(o Options) *committer {
	return &committer{store: o.Store, queue: make(chan parcel, batchDeliveries), notify: o.Notify, log: o.Log}
}

// send hands over a parcel, waiting while the disk is behind.
func (c *committer) send(ctx context.Context, p parcel) error {
	select {
	case c.queue <- p:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run commits until ctx ends; what is not committed then is not acknowledged and comes again.
func (c *committer) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case p := <-c.queue:
			c.commit(ctx, c.gather(p))
		}
	}
}

// gather takes what else is waiting.
func (c *committer) gather(p parcel) []parcel {
	batch, size := []parcel{p}, p.size()
	for len(batch) < batchDeliveries && size < batchBytes {
		select {
		case p := <-c.queue:
			batch, size = append(batch, p), size+p.size()
		default:
			return batch
		}
	}
	return batch
}

// commit stores a batch. When it breaks, each delivery is tried for itself, so
// that one that cannot be stored does not take the others with it; a full disk
// is full for all.
func (c *committer) commit(ctx context.Context, batch []parcel) {
	err := c.try(ctx, batch)
	if err == nil || ctx.Err() != nil {
		return
	}
	c.log.ErrorContext(ctx, "store deliveries", "count", len(batch), "error", err)
	if len(batch) == 1 || errors.Is(err, device.ErrFull) {
		for _, p := range batch {
			p.done(device.Receipt{}, err)
		}
		return
	}
	for _, p := range batch {
		if err := c.try(ctx, []parcel{p}); err != nil {
			c.log.ErrorContext(ctx, "store delivery", "device.id", p.DeviceID, "error", err)
			p.done(device.Receipt{}, err)
		}
	}
}

// try stores a batch and tells everybody when it is on the disk.
func (c *committer) try(ctx context.Context, batch []parcel) error {
	deliveries := make([]device.Delivery, len(batch))
	for i, p := range batch {
		deliveries[i] = p.Delivery
	}
	receipts, err := c.store.Record(ctx, deliveries)
	if err != nil {
		return err
	}
	woken := make(map[string]bool)
	for i, p := range batch {
		p.done(receipts[i], nil)
		news := receipts[i].Outcome == device.Stored || receipts[i].Outcome == device.Forked
		if news && p.Heard == nil && !woken[p.DeviceID] {
			woken[p.DeviceID] = true
			c.notify(p.DeviceID)
		}
	}
	return nil
}
