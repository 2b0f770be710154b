package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

type assessmentQueries struct {
	GetGeneration, GetJudged, SaveJudged, CountCoverage query
	SaveAssessment, ListAssessments                     query
	ListAssessmentsOfDevice, ListRestlessDevices        query
}

// Standings lists the assessments of one device, by id or name, or of all when
// it is empty: highest score first.
func (t *Tx) Standings(ctx context.Context, idOrName string) ([]assess.Standing, error) {
	return all(ctx, t, t.q.ListAssessments, scanStanding, idOrName)
}

func scanStanding(row scanner) (assess.Standing, error) {
	var s assess.Standing
	var words []byte
	if err := row.Scan(&s.DeviceID, &s.DeviceName, moment{&s.Since}, moment{&s.JudgedAt}, &s.Revision, &words); err != nil {
		return s, err
	}
	var err error
	s.Assessment, err = decodeAssessment(words)
	return s, err
}

// past reads all that a judgement of a device looks at, and the evidence that
// drafts of sanctions would want to see.
func (t *Tx) past(ctx context.Context, id string, drafts ...alert.Sanction) (assess.Past, error) {
	var p assess.Past
	var err error
	if p.Device, err = t.Device(ctx, id); err != nil {
		return p, err
	}
	if err := t.one(ctx, t.q.GetJudged, []any{id}, []any{moment{&p.Seen}}); err != nil && !errors.Is(err, ErrNotFound) {
		return p, err
	}
	since := horizon(p.Device)
	if err := t.permitted(ctx, &p, since); err != nil {
		return p, err
	}
	if err := t.imported(ctx, &p); err != nil {
		return p, err
	}
	if p.Spells, err = t.Spells(ctx, id, since, assess.Witnesses(slices.Concat(p.Sanctions, drafts))...); err != nil {
		return p, err
	}
	if p.Standings, err = all(ctx, t, t.q.ListAssessmentsOfDevice, scanStanding, id); err != nil {
		return p, err
	}
	if p.Alerts, err = t.alertsOfDevice(ctx, id); err != nil {
		return p, err
	}
	return p, t.context(ctx, &p)
}

// context adds to a past what is known of the device beside what it told: since
// when it is in service, when it was being staged or repaired, what was never
// imported, and which alerts of its site tell of it already.
func (t *Tx) context(ctx context.Context, p *assess.Past) (err error) {
	p.Covered, err = t.covered(ctx, p.Device.ID)
	return err
}

// horizon reckons from when the device was last heard: what it tells after a
// long silence must still find its own past.
func horizon(d device.Device) time.Time {
	last := d.LastSeen
	if last.IsZero() {
		last = d.EnrolledAt
	}
	return last.Add(-assess.Memory)
}

// Past reads all that a judgement of a device looks at.
func (s *SQLite) Past(ctx context.Context, deviceID string) (p assess.Past, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		p, err = t.past(ctx, deviceID)
		return err
	})
	return p, err
}

// PastWith reads a device's past with the evidence that drafts want to see.
func (s *SQLite) PastWith(ctx context.Context, deviceID string, drafts ...alert.Sanction) (p assess.Past, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		p, err = t.past(ctx, deviceID, drafts...)
		return err
	})
	return p, err
}

// Judge reads a device's past, judges it, and writes the verdict, all in one
// transaction. Afterwards the device is dirty only for what came meanwhile.
func (s *SQLite) Judge(ctx context.Context, deviceID string, judge func(assess.Past) assess.Verdict) (v assess.Verdict, err error) {
	err = s.Tx(ctx, func(t *Tx) error {
		var generation int64
		if err := t.one(ctx, t.q.GetGeneration, []any{deviceID}, []any{&generation}); err != nil {
			return err
		}
		p, err := t.past(ctx, deviceID)
		if err != nil {
			return err
		}
		v = judge(p)
		if err := t.saveVerdict(ctx, p, v); err != nil {
			return err
		}
		return t.MarkAssessed(ctx, device.Dirty{DeviceID: deviceID, Generation: generation})
	})
	return v, err
}

func (t *Tx) saveVerdict(ctx context.Context, p assess.Past, v assess.Verdict) error {
	for _, s := range v.Standings {
		words, err := encodeAssessment(s.Assessment)
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, t.q.SaveAssessment, s.DeviceID, string(s.Conclusion), string(s.Level), s.Score,
			micros(s.Since), micros(s.JudgedAt), s.Revision, words); err != nil {
			return err
		}
	}
	for _, c := range v.Alerts {
		if err := t.saveChange(ctx, c); err != nil {
			return err
		}
	}
	if v.Seen.Equal(p.Seen) {
		return nil
	}
	_, err := t.exec(ctx, t.q.SaveJudged, p.Device.ID, micros(v.Seen))
	return err
}

// DirtyDevices lists the devices that told something since they were last assessed.
func (s *SQLite) DirtyDevices(ctx context.Context) (dirty []device.Dirty, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		dirty, err = t.DirtyDevices(ctx)
		return err
	})
	return dirty, err
}

// RestlessDevices lists the devices about which time alone, or a catalogue of
// this revision, can change the verdict.
func (s *SQLite) RestlessDevices(ctx context.Context, revision string) (ids []string, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		ids, err = all(ctx, t, t.q.ListRestlessDevices, func(row scanner) (string, error) {
			var id string
			err := row.Scan(&id)
			return id, err
		}, revision)
		return err
	})
	return ids, err
}
