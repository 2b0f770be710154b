package store

import (
	"context"
	"slices"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/audit"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// AlertPage gives one page of the queue.
func (s *SQLite) AlertPage(ctx context.Context, f alert.Filter) (p alert.Page, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		if p.Alerts, err = t.Alerts(ctx, f); err != nil {
			return err
		}
		p.Total, err = t.countAlerts(ctx, f)
		return err
	})
	return p, err
}

// AlertCase gives an alert with its evidence and timeline; ErrNotFound if there is none.
func (s *SQLite) AlertCase(ctx context.Context, id string) (c assess.Case, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		if c.Alert, err = t.Alert(ctx, id); err != nil {
			return err
		}
		if c.Evidence, err = t.evidenceOf(ctx, c.Alert); err != nil {
			return err
		}
		c.Timeline, err = t.Timeline(ctx, id)
		return err
	})
	return c, err
}

// evidenceOf gives the findings that an alert rests on; those of a site's are on any of its devices.
func (t *Tx) evidenceOf(ctx context.Context, a alert.Alert) ([]device.Finding, error) {
	if a.SiteID != "" {
		return all(ctx, t, t.q.ListFindingsOfSite, scanFinding, a.SiteID, a.DeviceID, list(a.Findings), mostFindings)
	}
	findings, err := t.Findings(ctx, a.DeviceID)
	return slices.DeleteFunc(findings, func(f device.Finding) bool { return !slices.Contains(a.Findings, f.UID) }), err
}

// Fleet lists every device that is enrolled, by name.
func (s *SQLite) Fleet(ctx context.Context) (fleet []assess.Overview, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		devices, err := t.Devices(ctx)
		if err != nil {
			return err
		}
		o, err := t.overviews(ctx, "")
		if err != nil {
			return err
		}
		for _, d := range devices {
			if d.RemovedAt.IsZero() {
				fleet = append(fleet, o.of(d))
			}
		}
		return nil
	})
	return fleet, err
}

// Dossier gives all that is known of a device, by id or name; ErrNotFound if there is none.
func (s *SQLite) Dossier(ctx context.Context, idOrName string) (d assess.Dossier, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		found, err := t.DeviceNamed(ctx, idOrName)
		if err != nil {
			return err
		}
		o, err := t.overviews(ctx, found.ID)
		if err != nil {
			return err
		}
		d.Overview, d.Standings = o.of(found), o.standings
		if d.Coverage, err = t.Coverage(ctx, found.ID); err != nil {
			return err
		}
		if d.Facts, err = t.Facts(ctx, found.ID); err != nil {
			return err
		}
		if d.Findings, err = t.Findings(ctx, found.ID); err != nil {
			return err
		}
		d.Gaps, err = t.Gaps(ctx, found.ID)
		return err
	})
	return d, err
}

// overviews is what lines about devices are made of.
type overviews struct {
	ok, total map[string]int
	open      map[string]int
	standings []assess.Standing
	levels    map[string]finding.Level
}

func (t *Tx) overviews(ctx context.Context, deviceID string) (overviews, error) {
	o := overviews{ok: map[string]int{}, total: map[string]int{}, levels: map[string]finding.Level{}}
	_, err := all(ctx, t, t.q.CountCoverage, func(row scanner) (string, error) {
		var id string
		var ok, total int
		err := row.Scan(&id, &ok, &total)
		o.ok[id], o.total[id] = ok, total
		return id, err
	}, deviceID)
	if err != nil {
		return o, err
	}
	if o.open, err = t.OpenAlerts(ctx); err != nil {
		return o, err
	}
	if o.standings, err = t.Standings(ctx, deviceID); err != nil {
		return o, err
	}
	for _, s := range o.standings {
		if s.Level.Rank() > o.levels[s.DeviceID].Rank() {
			o.levels[s.DeviceID] = s.Level
		}
	}
	return o, nil
}

func (o overviews) of(d device.Device) assess.Overview {
	level, judged := o.levels[d.ID]
	if !judged {
		level = finding.LevelNone
	}
	return assess.Overview{Device: d, CoverageOK: o.ok[d.ID], CoverageTotal: o.total[d.ID], Level: level, OpenAlerts: o.open[d.ID]}
}

// Standings lists the assessments of one device, by id or name, or of all when it is empty.
func (s *SQLite) Standings(ctx context.Context, idOrName string) (list []assess.Standing, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		list, err = t.Standings(ctx, idOrName)
		return err
	})
	return list, err
}

// AuditPage lists decisions, latest first, before an index (below zero: from
// the end), and gives the tree over all of them.
func (s *SQLite) AuditPage(ctx context.Context, before int64, object string, limit int) (page []audit.Record, tree audit.Tree, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		if page, err = t.AuditBefore(ctx, before, object, limit); err != nil {
			return err
		}
		tree, err = t.auditTree(ctx)
		return err
	})
	return page, tree, err
}
