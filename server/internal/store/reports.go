package store

import (
	"context"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/report"
)

type reportQueries struct {
	ListFindingsBetween query
}

// NoteReport notes in the audit log that an assurance pack is made.
func (s *SQLite) NoteReport(ctx context.Context, period, by string, at time.Time) error {
	return s.Tx(ctx, func(t *Tx) error { return t.note(ctx, at, by, "report.create", "report/"+period, nil) })
}

// Snapshot reads what an assurance pack is made of, all as of one moment.
func (s *SQLite) Snapshot(ctx context.Context, from, to time.Time) (p report.Snapshot, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		if p.Devices, err = t.Devices(ctx); err != nil {
			return err
		}
		if p.Coverage, err = t.CoverageDays(ctx, from, to.Add(-time.Microsecond)); err != nil {
			return err
		}
		if p.Findings, err = all(ctx, t, t.q.ListFindingsBetween, scanFinding, micros(from), micros(to)); err != nil {
			return err
		}
		if p.Audit, err = t.auditBetween(ctx, from, to); err != nil {
			return err
		}
		if p.Tree, err = t.auditTree(ctx); err != nil {
			return err
		}
		return t.fillSnapshot(ctx, &p, from, to)
	})
	return p, err
}

func (t *Tx) fillSnapshot(ctx context.Context, p *report.Snapshot, from, to time.Time) error {
	var err error
	if p.Gaps, err = t.GapsBetween(ctx, from, to); err != nil {
		return err
	}
	sanctions, err := t.Sanctions(ctx)
	if err != nil {
		return err
	}
	p.Sanctions = slices.DeleteFunc(sanctions, func(n alert.Sanction) bool {
		return !n.StartsAt.Before(to) || n.ExpiresAt.Before(from) || !n.RevokedAt.IsZero() && n.RevokedAt.Before(from) || !n.ReplacedAt.IsZero() && n.ReplacedAt.Before(from)
	})
	if p.Presence, err = all(ctx, t, t.q.ListQuestionsBetween, scanQuestion, micros(from), micros(to)); err != nil {
		return err
	}
	alerts, err := all(ctx, t, t.q.ListAlertsBetween, scanAlert, micros(from), micros(to))
	if err != nil {
		return err
	}
	for _, a := range alerts {
		timeline, err := t.Timeline(ctx, a.ID)
		if err != nil {
			return err
		}
		p.Alerts = append(p.Alerts, report.Case{Alert: a, Timeline: timeline})
	}
	return nil
}
