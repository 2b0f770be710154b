package store

import (
	"context"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

type assessmentQueries struct {
	GetGeneration, GetJudged, SaveJudged         query
	UnsettlePast, CountCoverage                  query
	SaveAssessment, ListAssessments              query
	ListAssessmentsOfDevice, ListRestlessDevices query
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
	if err := t.one(ctx, t.q.GetJudged, []any{id}, []any{moment{&p.Heard}, moment{&p.Seen}, moment{&p.Due.Heard}, moment{&p.Due.Clock}, moment{&p.Enrolled}}); err != nil {
		return p, err
	}
	since := horizon(p)
	if err := t.permitted(ctx, &p, since); err != nil {
		return p, err
	}
	if err := t.imported(ctx, &p); err != nil {
		return p, err
	}
	if p.Spells, err = t.Spells(ctx, id, since, slices.Concat(t.joining, assess.Witnesses(slices.Concat(p.Sanctions, drafts)))...); err != nil {
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
// imported, which alerts of its site tell of it already, and which notices.
func (t *Tx) context(ctx context.Context, p *assess.Past) (err error) {
	if p.Covered, err = t.covered(ctx, p.Device.ID); err != nil {
		return err
	}
	p.Notices, err = t.noticesOf(ctx, p.Device.ID, p.Device.LastSeen.Add(-assess.GoesOn))
	return err
}

// horizon is how far back a judgement looks: from the first moment that was not judged
// yet, so that what is told after a long silence finds its own past.
func horizon(p assess.Past) time.Time {
	if p.Seen.IsZero() {
		return time.Unix(0, 0)
	}
	return p.Seen.Add(-assess.Memory)
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
// transaction. Afterwards the device is dirty only for what came meanwhile, or
// because the verdict says that there is more to judge.
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
		if v.More {
			return nil
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
	if v.Seen.Equal(p.Seen) && v.Due.Equal(p.Due) {
		return nil
	}
	_, err := t.exec(ctx, t.q.SaveJudged, p.Device.ID, micros(v.Seen), micros(v.Due.Heard), micros(v.Due.Clock))
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

// RestlessDevices lists the devices about which time alone has come to change the
// verdict by now, or a catalogue of this revision can.
func (s *SQLite) RestlessDevices(ctx context.Context, revision string, now time.Time) (ids []string, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		ids, err = all(ctx, t, t.q.ListRestlessDevices, func(row scanner) (string, error) {
			var id string
			err := row.Scan(&id)
			return id, err
		}, revision, now.UnixMicro())
		return err
	})
	return ids, err
}
