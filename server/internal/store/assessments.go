package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

type assessmentQueries struct {
	GetOutset, SaveJudged                        query
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

// An outset is what a judgement begins with, in one statement: the device, how it was
// judged last, and which of the lists about it are worth reading. Most are empty, of most
// devices, and to ask each of them costs as much as to read it.
type outset struct {
	past       assess.Past
	generation int64 // of the device's news

	sanctions, tickets, groups, notices, alerts, covering, blind bool

	imports string // changes whenever the imports do; empty where nothing was imported
}

func (t *Tx) outset(ctx context.Context, id string) (o outset, err error) {
	p := &o.past
	err = t.one(ctx, t.q.GetOutset, []any{id}, append(deviceColumns(&p.Device), &o.generation,
		moment{&p.Heard}, moment{&p.Seen}, moment{&p.Due.Heard}, moment{&p.Due.Clock}, moment{&p.Enrolled},
		&o.sanctions, &o.tickets, &o.groups, &o.notices, &o.alerts, &o.covering, &o.blind, &o.imports))
	return o, err
}

// past reads all that a judgement of a device looks at, and the evidence that
// drafts of sanctions would want to see.
func (t *Tx) past(ctx context.Context, id string, drafts ...alert.Sanction) (assess.Past, error) {
	o, err := t.outset(ctx, id)
	if err != nil {
		return o.past, err
	}
	return t.pastFrom(ctx, o, drafts...)
}

func (t *Tx) pastFrom(ctx context.Context, o outset, drafts ...alert.Sanction) (p assess.Past, err error) {
	if p, err = t.around(ctx, o); err != nil {
		return p, err
	}
	p.Spells, err = t.witnessed(ctx, p, horizon(p), t.joining, drafts...)
	return p, err
}

// witnessed reads the spells of a past since a moment, with the evidence of some rules and
// of those whose evidence says what is permitted and what notices tell.
func (t *Tx) witnessed(ctx context.Context, p assess.Past, since time.Time, rules []string, drafts ...alert.Sanction) ([]device.Spell, error) {
	return t.Spells(ctx, p.Device.ID, since, slices.Concat(rules, assess.Witnesses(slices.Concat(p.Sanctions, drafts)), assess.NoticeWitnesses(p.Notices))...)
}

// around reads of a past all but its spells.
func (t *Tx) around(ctx context.Context, o outset) (p assess.Past, err error) {
	p = o.past
	id, since := p.Device.ID, horizon(p)
	if err := t.permitted(ctx, &p, o, since); err != nil {
		return p, err
	}
	if err := t.imported(ctx, &p, o.imports); err != nil {
		return p, err
	}
	if o.notices {
		if p.Notices, err = t.noticesOf(ctx, id, p.Device.LastSeen.Add(-assess.GoesOn)); err != nil {
			return p, err
		}
	}
	if p.Standings, err = all(ctx, t, t.q.ListAssessmentsOfDevice, scanStanding, id); err != nil {
		return p, err
	}
	if o.alerts {
		if p.Alerts, err = t.alertsOfDevice(ctx, id); err != nil {
			return p, err
		}
	}
	if o.blind {
		if p.Blind, err = t.blind(ctx, id); err != nil {
			return p, err
		}
	}
	if o.covering {
		p.Covered, err = t.covered(ctx, id)
	}
	return p, err
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

// Judge reads the pasts of devices, judges them, and writes the verdicts, all in one
// transaction, until judge says that it has been enough. Verdicts are those of the first
// devices. Afterwards these are dirty only for what came meanwhile, or because the
// verdict says that there is more to judge. After an error nothing was written.
func (s *SQLite) Judge(ctx context.Context, deviceIDs []string, judge func(assess.Past) (v assess.Verdict, enough bool)) (verdicts []assess.Verdict, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // as for Record
	err = s.Tx(ctx, func(t *Tx) error {
		verdicts = nil
		for _, id := range deviceIDs {
			v, enough, err := t.judge(ctx, id, judge)
			if err != nil {
				return fmt.Errorf("assess device %s: %w", id, err)
			}
			verdicts = append(verdicts, v)
			if enough {
				break
			}
		}
		return nil
	})
	return verdicts, err
}

func (t *Tx) judge(ctx context.Context, deviceID string, judge func(assess.Past) (assess.Verdict, bool)) (v assess.Verdict, enough bool, err error) {
	o, err := t.outset(ctx, deviceID)
	if err != nil {
		return v, false, err
	}
	p, err := t.pastFrom(ctx, o)
	if err != nil {
		return v, false, err
	}
	v, enough = judge(p)
	if err := t.saveVerdict(ctx, p, v); err != nil {
		return v, enough, err
	}
	if v.More { // also where only time had come, and whatever ends the collector now
		return v, enough, t.MarkDirty(ctx, deviceID)
	}
	return v, enough, t.MarkAssessed(ctx, device.Dirty{DeviceID: deviceID, Generation: o.generation})
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
	err = s.glance(func(t *Tx) error {
		dirty, err = t.DirtyDevices(ctx)
		return err
	})
	return dirty, err
}

// RestlessDevices lists the devices about which time alone has come to change the
// verdict by now, or a catalogue of this revision can.
func (s *SQLite) RestlessDevices(ctx context.Context, revision string, now time.Time) (ids []string, err error) {
	err = s.glance(func(t *Tx) error {
		ids, err = all(ctx, t, t.q.ListRestlessDevices, func(row scanner) (string, error) {
			var id string
			err := row.Scan(&id)
			return id, err
		}, revision, now.UnixMicro())
		return err
	})
	return ids, err
}
