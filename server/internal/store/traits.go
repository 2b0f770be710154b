package store

import (
	"context"
	"errors"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

type traitQueries struct {
	GetTraitDay, SaveTraitDay          query
	GetTrait, CountTraits, SaveTrait   query
	ListTraits, ListTraitsNoted        query
	ForgetTraits, ForgetTraitsOfDevice query
	ForgetTraitDayOfDevice             query
	ListBuilt, GetHeardDay             query
}

// mostTraits is how many traits of one kind are kept of one device and day; as many
// again of what findings rest on, so that a heap of invented serial numbers hides no KVM.
// A laptop at a desk has about ten; one that invents them must not fill the disk.
const mostTraits = 64

// stretchAfter is by how much a trait has to be there earlier or later than was
// noted, so that it is noted anew: nothing is written for the minutes between.
const stretchAfter = time.Hour

// traits keeps what a report tells of traits: by its facts, by what its findings rest
// on, and by what the device still has on the day of which it tells.
func (t *Tx) traits(ctx context.Context, d device.Delivery) error {
	if d.Epoch == device.CollectorEpoch { // it was not the device that said so
		return nil
	}
	at := d.Corrected(d.Entry.Report.At)
	for _, f := range d.Entry.Report.Facts {
		if err := t.noteTraits(ctx, d.DeviceID, f.Class, f.Rows, at, d.ReceivedAt, mostTraits); err != nil {
			return err
		}
	}
	for _, f := range d.Entry.Report.Findings {
		for _, row := range f.Evidence {
			if err := t.noteTraits(ctx, d.DeviceID, row.Class, []finding.Observation{row}, d.Corrected(f.LastSeen), d.ReceivedAt, 2*mostTraits); err != nil {
				return err
			}
		}
	}
	return t.beginDay(ctx, d.DeviceID, at, d.ReceivedAt)
}

// settled is how long after the first word of a day a device has told where it woke
// up: what it had the day before is not put down for today any sooner.
const settled = 10 * time.Minute

// settleDay does for a device that only lives what its reports do.
func (t *Tx) settleDay(ctx context.Context, d device.Delivery) error {
	var day string
	if err := t.one(ctx, t.q.GetTraitDay, []any{d.DeviceID}, []any{&day}); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if day >= dayOf(d.ReceivedAt) {
		return nil
	}
	var first time.Time
	err := t.one(ctx, t.q.GetHeardDay, []any{d.DeviceID, dayOf(d.ReceivedAt)}, []any{moment{&first}})
	if errors.Is(err, ErrNotFound) || err == nil && d.ReceivedAt.Sub(first) < settled {
		return nil
	}
	if err != nil {
		return err
	}
	return t.beginDay(ctx, d.DeviceID, d.ReceivedAt, d.ReceivedAt)
}

// noteTraits keeps what rows of a class tell of traits at a moment, of each kind up to so many a day.
func (t *Tx) noteTraits(ctx context.Context, deviceID, class string, rows []finding.Observation, at, received time.Time, most int) error {
	for _, trait := range device.TraitsOf(class, rows) {
		trait.DeviceID, trait.Day, trait.First, trait.Last = deviceID, dayOf(at), at, at
		if err := t.noteTrait(ctx, trait, received, most); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) noteTrait(ctx context.Context, trait device.Trait, received time.Time, most int) error {
	var first, last time.Time
	var weak bool
	err := t.one(ctx, t.q.GetTrait, []any{trait.DeviceID, trait.Day, trait.Kind, trait.Value}, []any{moment{&first}, moment{&last}, &weak})
	switch {
	case errors.Is(err, ErrNotFound):
		var kept int
		if err := t.one(ctx, t.q.CountTraits, []any{trait.DeviceID, trait.Day, trait.Kind}, []any{&kept}); err != nil || kept >= most {
			return err
		}
	case err != nil:
		return err
	case first.Sub(trait.First) < stretchAfter && trait.Last.Sub(last) < stretchAfter && (trait.Weak || !weak):
		return nil
	}
	_, err = t.exec(ctx, t.q.SaveTrait, trait.DeviceID, trait.Day, trait.Kind, trait.Value, micros(trait.First), micros(trait.Last), trait.Weak, micros(received))
	return err
}

// beginDay writes down, with the first word of a device on a day, what it still has:
// facts are told when they change, and what stays for a month is told once.
func (t *Tx) beginDay(ctx context.Context, deviceID string, at, received time.Time) error {
	var day string
	if err := t.one(ctx, t.q.GetTraitDay, []any{deviceID}, []any{&day}); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if today := dayOf(at); day >= today {
		return nil
	} else if _, err := t.exec(ctx, t.q.SaveTraitDay, deviceID, today); err != nil {
		return err
	}
	for _, class := range device.TraitClasses() {
		rows, err := t.latestRows(ctx, deviceID, class)
		if err != nil {
			return err
		}
		if err := t.noteTraits(ctx, deviceID, class, rows, at, received, mostTraits); err != nil {
			return err
		}
	}
	return nil
}

// Traits hands out the traits of all devices from a day on (UTC), by device and day.
func (s *SQLite) Traits(ctx context.Context, since string, take func(device.Trait)) error {
	return s.eachTrait(ctx, s.q.ListTraits, take, since)
}

// TraitsNoted hands out the traits that were noted or changed since a moment of the
// collector's clock, itself included.
func (s *SQLite) TraitsNoted(ctx context.Context, since time.Time, take func(device.Trait)) error {
	return s.eachTrait(ctx, s.q.ListTraitsNoted, take, since.UnixMicro())
}

func (s *SQLite) eachTrait(ctx context.Context, q query, take func(device.Trait), since any) error {
	return s.Read(ctx, func(t *Tx) error {
		_, err := all(ctx, t, q, func(row scanner) (none struct{}, err error) {
			var one device.Trait
			if err = row.Scan(&one.DeviceID, &one.Kind, &one.Value, &one.Day, moment{&one.First}, moment{&one.Last}, &one.Weak); err == nil {
				take(one)
			}
			return none, err
		}, since)
		return err
	})
}

// EvidenceOf gives the rows that findings of some rules rested on, of all devices,
// where the evidence was there at a moment or later.
func (s *SQLite) EvidenceOf(ctx context.Context, rules []string, since time.Time, take func(rule string, row finding.Observation)) error {
	return s.Read(ctx, func(t *Tx) error {
		_, err := all(ctx, t, t.q.ListBuilt, func(row scanner) (none struct{}, err error) {
			var rule string
			var text []byte
			if err = row.Scan(&rule, &text); err != nil {
				return none, err
			}
			rows, err := decodeRows(text)
			for _, one := range rows {
				take(rule, one)
			}
			return none, err
		}, list(rules), since.UnixMicro())
		return err
	})
}

// ForgetTraits deletes what devices had before a day (UTC), and says how many rows.
func (s *SQLite) ForgetTraits(ctx context.Context, before time.Time) (total int64, err error) {
	err = s.Tx(ctx, func(t *Tx) error {
		total, err = t.exec(ctx, t.q.ForgetTraits, dayOf(before))
		return err
	})
	return total, err
}

func (t *Tx) forgetTraitsOf(ctx context.Context, deviceID string) error {
	_, err := t.exec(ctx, t.q.ForgetTraitsOfDevice, deviceID)
	if err == nil {
		_, err = t.exec(ctx, t.q.ForgetTraitDayOfDevice, deviceID)
	}
	return err
}
