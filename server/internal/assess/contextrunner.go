package assess

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/roster"
)

// A ContextStore keeps what was imported, and where devices stood.
type ContextStore interface {
	ConclusionStore
	// RosterState changes whenever imports, the devices they name or their groups do.
	RosterState(ctx context.Context) (string, error)
	Roster(ctx context.Context) (*roster.Roster, error)
	RosterDevices(ctx context.Context) ([]roster.Known, error)
	// CountriesStood hands out by device and day, from a day on, where devices stood.
	CountriesStood(ctx context.Context, since string, take func(deviceID string, stood roster.Stood)) error
}

// A ContextRunner judges what was imported of each device and who holds it, and keeps
// what rules find of it as findings of the devices.
type ContextRunner struct {
	store     ContextStore
	catalogue *catalogue.Catalogue
	now       func() time.Time
	keep      *Concluder
	log       *slog.Logger

	state string // of the roster when it was read
	day   string // of which the days before are read
	r     *roster.Roster
	known []roster.Known
	past  map[string][]roster.Stood // by device, the days that are over
}

// NewContextRunner makes a ContextRunner. concluded is told of each device of which
// something new is kept; it must not block.
func NewContextRunner(store ContextStore, c *catalogue.Catalogue, now func() time.Time, concluded func(deviceID string), log *slog.Logger) *ContextRunner {
	return &ContextRunner{store: store, catalogue: c, now: now, keep: NewConcluder(store, device.ContextClass, now, concluded), log: log}
}

// Run judges until the context ends.
func (r *ContextRunner) Run(ctx context.Context) error {
	return lookOn(ctx, r.Look, r.now, func(err error) { r.log.Error("what was imported of devices stays as it was judged", "error", err) })
}

// Look judges all devices. Imports are read again when they or what they name
// changed, days that are over once a day.
func (r *ContextRunner) Look(ctx context.Context) error {
	now := r.now().UTC()
	if err := r.read(ctx, now); err != nil {
		r.r = nil
		return fmt.Errorf("read what was imported: %w", err)
	}
	coverage := finding.Coverage{Class: device.ContextClass, State: finding.CoverageOK}
	if r.r.Empty() {
		coverage.State, coverage.Detail = finding.CoverageAbsent, "Nothing was imported: who holds which laptop, tickets, travel, asset groups and company docks are not known (farmwatchctl context import)."
		return r.keep.Keep(ctx, r.silent(), coverage)
	}
	today := map[string]roster.Stood{}
	if err := r.store.CountriesStood(ctx, now.Format(time.DateOnly), func(id string, s roster.Stood) {
		if s.Day == r.day {
			today[id] = s
		}
	}); err != nil {
		return fmt.Errorf("read where devices stand: %w", err)
	}
	var said []Said
	for _, k := range r.known {
		stood := r.past[k.ID]
		if s, ok := today[k.ID]; ok {
			stood = append(stood[:len(stood):len(stood)], s)
		}
		said = append(said, r.say(k, r.r.Judge(r.catalogue, k, stood, now)))
	}
	return r.keep.Keep(ctx, said, coverage)
}

// silent says of every device that nothing is known of it.
func (r *ContextRunner) silent() []Said {
	var said []Said
	for _, k := range r.known {
		said = append(said, Said{DeviceID: k.ID, Row: finding.Observation{Class: device.ContextClass, UID: finding.UID(device.ContextClass, k.ID)}, Heard: heard(k)})
	}
	return said
}

// say puts a verdict into words. What is found rests on the import and holds as long
// as that does; it is told of the time at which the laptop was heard last, so that
// what a laptop tells late is still news.
func (r *ContextRunner) say(k roster.Known, v roster.Verdict) Said {
	s := Said{DeviceID: k.ID, Row: v.Row, Heard: heard(k)}
	for _, claim := range v.Claims {
		if claim.Since.After(s.Heard) {
			claim.Since = s.Heard
		}
		s.Claims = append(s.Claims, Claim(claim))
	}
	return s
}

// heard is when a device was heard last, or enrolled.
func heard(k roster.Known) time.Time {
	if k.Heard.Before(k.Last) {
		return k.Last
	}
	return k.Heard
}

func (r *ContextRunner) read(ctx context.Context, now time.Time) error {
	state, err := r.store.RosterState(ctx)
	if err != nil {
		return err
	}
	if r.r == nil || state != r.state {
		if r.r, err = r.store.Roster(ctx); err != nil {
			return err
		}
		r.state = state
	}
	// When each was heard last changes all the time, and the list is short.
	if r.known, err = r.store.RosterDevices(ctx); err != nil || r.r.Empty() {
		return err
	}
	today := now.Format(time.DateOnly)
	if r.past != nil && r.day == today {
		return nil
	}
	past := map[string][]roster.Stood{}
	if err := r.store.CountriesStood(ctx, now.AddDate(0, 0, -roster.Memory).Format(time.DateOnly), func(id string, s roster.Stood) {
		if s.Day < today {
			past[id] = append(past[id], s)
		}
	}); err != nil {
		return err
	}
	r.past, r.day = past, today
	return nil
}
