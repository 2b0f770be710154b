package assess

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/wave"
)

// wavesOf is how far back it is looked for what appeared on many laptops at once.
const wavesOf = 30 * 24 * time.Hour

// A NoticeStore keeps notices.
type NoticeStore interface {
	// Beginnings lists what was first found on each device since a moment, and how many devices are enrolled.
	Beginnings(ctx context.Context, since time.Time) (starts []wave.Start, fleet int, err error)
	Notices(ctx context.Context) ([]alert.Notice, error)
	// KeepNotice keeps a notice, whose new devices are dirty afterwards.
	KeepNotice(ctx context.Context, n alert.Notice, members []wave.Member) error
}

// A WaveRunner keeps a notice of each thing that appears on many laptops at once.
type WaveRunner struct {
	store     NoticeStore
	catalogue *catalogue.Catalogue
	numbers   wave.Numbers
	now       func() time.Time
	kept      func() // told after something is on the disk; must not block
	log       *slog.Logger

	members map[string][]wave.Member // by notice: those of its waves when they were kept last
}

// NewWaveRunner makes a WaveRunner.
func NewWaveRunner(store NoticeStore, c *catalogue.Catalogue, n wave.Numbers, now func() time.Time, kept func(), log *slog.Logger) *WaveRunner {
	return &WaveRunner{store: store, catalogue: c, numbers: n, now: now, kept: kept, log: log}
}

// Run looks until the context ends.
func (r *WaveRunner) Run(ctx context.Context) error {
	return lookOn(ctx, r.Look, r.now, func(err error) { r.log.Error("notices stay as they were", "error", err) })
}

// Look finds what appeared on many laptops at once and keeps a notice of it. A wave
// that goes on belongs to the notice that is there.
func (r *WaveRunner) Look(ctx context.Context) error {
	starts, fleet, err := r.store.Beginnings(ctx, r.now().Add(-wavesOf))
	if err != nil {
		return fmt.Errorf("list what was first found on each device: %w", err)
	}
	known, err := r.store.Notices(ctx)
	if err != nil {
		return fmt.Errorf("list the notices: %w", err)
	}
	var errs failures
	kept, members := false, map[string][]wave.Member{}
	for _, w := range wave.Find(starts, fleet, r.numbers) {
		if !counts(r.catalogue, w.Subject) {
			continue
		}
		n := r.notice(known, w)
		members[n.ID] = append(members[n.ID], w.Devices...)
		news := beyond(w.Devices, r.members[n.ID])
		if n.Devices < len(w.Devices) { // also where one was removed and enrolled again
			news = w.Devices
		}
		if len(news) > 0 {
			if err := r.store.KeepNotice(ctx, n, news); err != nil {
				errs.add(fmt.Errorf("keep the notice about %s: %w", w.Subject, err))
				delete(members, n.ID) // all of them anew
				continue
			}
			kept = true
			r.log.Info("one notice in the place of many alerts", "notice.id", n.ID, "notice.subject", n.Subject, "notice.devices", len(w.Devices))
		}
	}
	r.members = members
	if kept {
		r.kept()
	}
	return errs.err()
}

// beyond gives the laptops that are not among those before, or began at another time. How
// many there are tells nothing: one that was away joins while the first of all are not
// looked at any more.
func beyond(now, before []wave.Member) (news []wave.Member) {
	there := map[string]time.Time{}
	for _, m := range before {
		there[m.Device] = m.At
	}
	for _, m := range now {
		if at, known := there[m.Device]; !known || !at.Equal(m.At) {
			news = append(news, m)
		}
	}
	return news
}

// counts says whether what appeared could make an alert at all: a tool that is
// scored, or a rule that more than context rests on.
func counts(c *catalogue.Catalogue, subject string) bool {
	if rule, ok := c.Rule(subject); ok {
		return rule.Tier <= 3
	}
	rule, ok := c.Rule("tool." + subject + "." + catalogue.StateRunning)
	return !ok || rule.Tier <= 3
}

// notice is the one that a wave belongs to.
func (r *WaveRunner) notice(known []alert.Notice, w wave.Wave) alert.Notice {
	for _, n := range known {
		if n.Subject == w.Subject && n.Tenant == w.Tenant && !n.From.After(w.To().Add(r.numbers.Span)) && !n.To.Add(r.numbers.Span).Before(w.From()) {
			n.From, n.To = earlier(n.From, w.From()), later(n.To, w.To())
			return n
		}
	}
	return alert.Notice{
		ID:      "notice-" + finding.UID("notice", w.Subject, w.Tenant, w.From().UTC().Format(time.DateOnly)),
		Subject: w.Subject, Tenant: w.Tenant, From: w.From(), To: w.To(), CreatedAt: r.now().UTC(),
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
