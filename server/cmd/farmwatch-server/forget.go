package main

import (
	"context"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/assess"
)

// forgetEvery is how often it is looked whether a day of raw reports is over.
const forgetEvery = time.Hour

// forget lets go of reports, as they came, and of where devices stood, once the
// configuration's days are over: at the start, and then a day's worth a day.
func (c *collector) forget(ctx context.Context) error {
	tick := time.NewTicker(forgetEvery)
	defer tick.Stop()
	for {
		c.forgetReports(ctx)
		c.forgetStays(ctx)
		c.forgetTraits(ctx)
		c.forgetContext(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (c *collector) forgetReports(ctx context.Context) {
	if c.config.KeepRawDays == 0 {
		return
	}
	now := c.now().UTC()
	before := now.Truncate(24*time.Hour).AddDate(0, 0, -c.config.KeepRawDays)
	n, err := c.store.ForgetEntries(ctx, before, now)
	if err != nil && ctx.Err() == nil {
		c.log.ErrorContext(ctx, "old reports stay until the next look", "error", err)
	}
	if n > 0 {
		c.log.InfoContext(ctx, "old reports are deleted; what they told stays", "count", n, "received.before", before)
	}
}

func (c *collector) forgetStays(ctx context.Context) {
	now := c.now().UTC()
	before := now.Truncate(24*time.Hour).AddDate(0, 0, -c.config.KeepStayDays)
	n, err := c.store.ForgetStays(ctx, before, now)
	if err != nil && ctx.Err() == nil {
		c.log.ErrorContext(ctx, "where devices stood long ago stays until the next look", "error", err)
	}
	if n > 0 {
		c.log.InfoContext(ctx, "where devices stood long ago is deleted", "count", n, "before", before)
	}
}

// forgetTraits lets go of what devices had on days that no judgement looks at any more.
func (c *collector) forgetTraits(ctx context.Context) {
	before := c.now().UTC().Truncate(24 * time.Hour).Add(-assess.Memory)
	n, err := c.store.ForgetTraits(ctx, before)
	if err != nil && ctx.Err() == nil {
		c.log.ErrorContext(ctx, "what devices had long ago stays until the next look", "error", err)
	}
	if n > 0 {
		c.log.InfoContext(ctx, "what devices had long ago is deleted", "count", n, "before", before)
	}
}

// forgetContext lets go of tickets, journeys, leave and laptops given back that were
// over before the oldest moment that a judgement looks at.
func (c *collector) forgetContext(ctx context.Context) {
	now := c.now().UTC()
	before := now.Truncate(24 * time.Hour).Add(-assess.Memory)
	n, err := c.store.ForgetRoster(ctx, before, now)
	if err != nil && ctx.Err() == nil {
		c.log.ErrorContext(ctx, "imported context that is over stays until the next look", "error", err)
	}
	if n > 0 {
		c.log.InfoContext(ctx, "imported context that is over is deleted", "count", n, "before", before)
	}
}
