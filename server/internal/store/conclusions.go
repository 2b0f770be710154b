package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

type conclusionQueries struct {
	ListConcluded, ListConcludedRows, ListConcludedCoverage query
	ListEnrolled, IsEnrolled, ForgetRowsOfDevice            query
	GetStaysState                                           query
}

// Conclude keeps what the collector itself finds of devices, in one transaction.
// What is found is a finding of the device like any other, in an epoch of the
// collector's own; afterwards the device is dirty, and as long unheard as before.
// Of a device that is not enrolled nothing is kept.
func (s *SQLite) Conclude(ctx context.Context, list []device.Conclusion) error {
	return s.Tx(ctx, func(t *Tx) error {
		for _, c := range list {
			if err := t.conclude(ctx, c); err != nil {
				return fmt.Errorf("keep what is concluded of device %s: %w", c.DeviceID, err)
			}
		}
		return nil
	})
}

func (t *Tx) conclude(ctx context.Context, c device.Conclusion) error {
	var one int
	if err := t.one(ctx, t.q.IsEnrolled, []any{c.DeviceID}, []any{&one}); err != nil {
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	}
	at := c.Report.At
	if _, err := t.exec(ctx, t.q.StartEpoch, c.DeviceID, device.CollectorEpoch, micros(at)); err != nil {
		return err
	}
	var id, acked int64
	if err := t.one(ctx, t.q.GetEpoch, []any{c.DeviceID, device.CollectorEpoch}, []any{&id, &acked}); err != nil {
		return err
	}
	d := device.Delivery{DeviceID: c.DeviceID, Epoch: device.CollectorEpoch, ReceivedAt: at, Entry: &device.Entry{Report: c.Report}}
	if err := t.apply(ctx, d, id); err != nil {
		return err
	}
	_, err := t.exec(ctx, t.q.SoilDevice, c.DeviceID, nil, nil)
	return err
}

// Concluded lists what the collector said of devices by rows of one class and holds still.
func (s *SQLite) Concluded(ctx context.Context, class string) (all map[string]device.StandingConclusion, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		all, err = t.concluded(ctx, class)
		return err
	})
	return all, err
}

func (t *Tx) concluded(ctx context.Context, class string) (map[string]device.StandingConclusion, error) {
	by := map[string]device.StandingConclusion{}
	findings, err := all(ctx, t, t.q.ListConcluded, scanFinding, device.CollectorEpoch, class)
	if err != nil {
		return nil, err
	}
	for _, f := range findings {
		c := by[f.DeviceID]
		c.DeviceID, c.Findings = f.DeviceID, append(c.Findings, f)
		by[f.DeviceID] = c
	}
	_, err = all(ctx, t, t.q.ListConcludedRows, func(row scanner) (none struct{}, err error) {
		var id string
		var text []byte
		if err := row.Scan(&id, &text); err != nil {
			return none, err
		}
		rows, err := decodeRows(text)
		c := by[id]
		c.DeviceID, c.Row = id, map[string]string{}
		if len(rows) > 0 {
			c.Row = rows[0].Columns
		}
		by[id] = c
		return none, err
	}, class)
	if err != nil {
		return nil, err
	}
	_, err = all(ctx, t, t.q.ListConcludedCoverage, func(row scanner) (none struct{}, err error) {
		var id, state, detail string
		err = row.Scan(&id, &state, &detail)
		c := by[id]
		c.DeviceID, c.Coverage, c.Detail = id, finding.CoverageState(state), detail
		by[id] = c
		return none, err
	}, class)
	return by, err
}

// Enrolled lists the devices that are enrolled, by id, with what matters of where they stand.
func (s *SQLite) Enrolled(ctx context.Context) (list []device.Enrolled, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		list, err = all(ctx, t, t.q.ListEnrolled, func(row scanner) (d device.Enrolled, err error) {
			err = row.Scan(&d.ID, &d.Group, moment{&d.EnrolledAt})
			return d, err
		})
		return err
	})
	return list, err
}

// StaysState changes whenever the stays from a day on say something else, other than until when.
func (s *SQLite) StaysState(ctx context.Context, since string) (state string, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		return t.one(ctx, t.q.GetStaysState, []any{since}, []any{&state})
	})
	return state, err
}

// EachStay hands out where every device stood from a day on, by device, day and
// time, one at a time: a large fleet's are many.
func (s *SQLite) EachStay(ctx context.Context, since string, take func(*device.Stay)) error {
	return s.Read(ctx, func(t *Tx) error {
		_, err := all(ctx, t, t.q.ListStays, func(row scanner) (none struct{}, err error) {
			stay, err := scanStay(row)
			if err == nil {
				take(&stay)
			}
			return none, err
		}, since)
		return err
	})
}
