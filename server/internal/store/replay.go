package store

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

type replayQueries struct {
	ListReportsOfDevice query
}

// PastTold reads a device's past, with all that may be remembered at a moment and
// since, and with the evidence of what some rules found.
func (s *SQLite) PastTold(ctx context.Context, deviceID string, since time.Time, rules []string) (p assess.Past, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		o, err := t.outset(ctx, deviceID)
		if err != nil {
			return err
		}
		if p, err = t.around(ctx, o); err != nil {
			return err
		}
		p.Spells, err = t.witnessed(ctx, p, since.Add(-assess.Memory), rules)
		return err
	})
	return p, err
}

// A keptReport is a report as it came.
type keptReport struct {
	receivedAt time.Time
	offset     time.Duration
	wire       []byte
}

// ToldSince lists the rows of some classes that a device told as facts since a
// moment, by event time: of the reports that are kept, and what was told last.
func (s *SQLite) ToldSince(ctx context.Context, deviceID string, since time.Time, classes []string) (told []device.Facts, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		last, err := t.Facts(ctx, deviceID)
		if err != nil {
			return err
		}
		_, err = all(ctx, t, t.q.ListReportsOfDevice, func(row scanner) (none struct{}, err error) {
			var r keptReport
			var offset int64
			if err := row.Scan(moment{&r.receivedAt}, &offset, &r.wire); err != nil {
				return none, err
			}
			r.offset = time.Duration(offset) * time.Microsecond
			facts, err := r.facts(classes)
			told = append(told, facts...)
			return none, err
		}, deviceID, since.UnixMicro())
		for _, f := range last {
			if slices.Contains(classes, f.Class) {
				told = append(told, f)
			}
		}
		return err
	})
	slices.SortStableFunc(told, func(a, b device.Facts) int { return a.At.Compare(b.At) })
	return told, err
}

// facts reads of a report what it says of some classes. Most reports say nothing of
// them, which shows without reading them: a class stands in them by its name.
func (r keptReport) facts(classes []string) ([]device.Facts, error) {
	if !slices.ContainsFunc(classes, func(class string) bool { return bytes.Contains(r.wire, []byte(class)) }) {
		return nil, nil
	}
	report, err := finding.FromKept(r.wire)
	if err != nil {
		return nil, err
	}
	d := device.Delivery{ReceivedAt: r.receivedAt, Offset: r.offset}
	var list []device.Facts
	for _, f := range report.Facts {
		if slices.Contains(classes, f.Class) {
			list = append(list, device.Facts{Facts: f, At: d.Corrected(report.At), ReceivedAt: r.receivedAt})
		}
	}
	return list, nil
}

// SiteAlerts lists the alerts about a site, newest first.
func (s *SQLite) SiteAlerts(ctx context.Context, siteID string) (list []alert.Alert, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		list, err = all(ctx, t, t.q.ListAlertsOfSite, scanAlert, siteID)
		return err
	})
	return list, err
}
