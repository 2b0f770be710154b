package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/audit"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/roster"
	"github.com/farmwatch/farmwatch/server/internal/wave"
)

// Judgements is where it is read how laptops were judged, and what was decided.
type Judgements interface {
	// Standings lists the assessments of one device, or of all that are enrolled.
	Standings(ctx context.Context, idOrName string) ([]assess.Standing, error)
	// PastTold reads a device's past, with all that may be remembered at a moment.
	PastTold(ctx context.Context, deviceID string, since time.Time, rules []string) (assess.Past, error)
	Notices(ctx context.Context) ([]alert.Notice, error)
	NoticeDevices(ctx context.Context, id string) (alert.Notice, []device.Device, error)
	// Beginnings lists what was first found on each device since a moment.
	Beginnings(ctx context.Context, since time.Time) (starts []wave.Start, fleet int, err error)
	// AuditPage lists decisions about an object, latest first, before an index.
	AuditPage(ctx context.Context, before int64, object string, limit int) ([]audit.Record, audit.Tree, error)
}

// Surroundings is where it is read which laptops share a place, and what was told of places.
type Surroundings interface {
	Sites(ctx context.Context) (list []assess.SiteOverview, looked time.Time, err error)
	Site(ctx context.Context, idOrName string) (assess.SiteDossier, error)
	Roster(ctx context.Context) (*roster.Roster, error)
	EgressLists(ctx context.Context) ([]device.EgressRange, error)
}

// gather adds to a snapshot what was judged and decided by the end of its period.
func (m *Maker) gather(ctx context.Context, a About, s *Snapshot) (err error) {
	if err = m.sites(ctx, s); err != nil {
		return err
	}
	if s.Verdicts, err = m.verdicts(ctx, a, *s); err != nil {
		return err
	}
	if s.Context, err = m.context(ctx, a); err != nil {
		return err
	}
	s.Notices, err = m.notices(ctx, a)
	return err
}

// mostLooks is how often sites are read again that were joined anew meanwhile.
const mostLooks = 5

// sites reads all sites as they were joined at one look.
func (m *Maker) sites(ctx context.Context, s *Snapshot) error {
	for range mostLooks {
		list, looked, err := m.store.Sites(ctx)
		if err != nil {
			return err
		}
		s.Sites, s.Looked = nil, looked
		for _, o := range list {
			d, err := m.store.Site(ctx, o.ID)
			if errors.Is(err, device.ErrNotFound) || err == nil && !d.JudgedAt.Equal(looked) {
				break
			}
			if err != nil {
				return err
			}
			s.Sites = append(s.Sites, d)
		}
		if len(s.Sites) == len(list) {
			s.Sites = append(s.Sites, goneSites(*s)...)
			return nil
		}
	}
	return fmt.Errorf("sites were joined anew %d times while they were read; make the pack again", mostLooks)
}

// goneSites names those that alerts of the period are about and that nothing joins any more.
func goneSites(s Snapshot) (list []assess.SiteDossier) {
	known := make(map[string]bool)
	for _, d := range s.Sites {
		known[d.ID] = true
	}
	for _, c := range s.Alerts {
		if c.SiteID != "" && !known[c.SiteID] {
			known[c.SiteID] = true
			var d assess.SiteDossier
			d.ID, d.Name = c.SiteID, cmp.Or(c.SiteName, c.SiteID)
			list = append(list, d)
		}
	}
	return list
}

// gone says whether nothing joins a site any more, so that only its name is known.
func gone(d assess.SiteDossier) bool { return d.Since.IsZero() && d.Devices == 0 }

// verdicts gives how laptops and sites stood at the end of the period.
func (m *Maker) verdicts(ctx context.Context, a About, s Snapshot) (list []Verdict, err error) {
	standings, err := m.store.Standings(ctx, "")
	if err != nil {
		return nil, err
	}
	told := make(map[string]bool)
	for _, c := range s.Coverage {
		told[c.DeviceID] = true
	}
	unborn, ends := make(map[string]bool), make(map[string]time.Time)
	for _, d := range s.Devices {
		unborn[d.ID], ends[d.ID] = !told[d.ID] && !a.within(d.EnrolledAt), a.end()
		if d.RemovedAt.IsZero() || d.RemovedAt.Before(a.Period.From) {
			continue
		}
		if a.within(d.RemovedAt) { // what it showed ended then
			ends[d.ID] = d.RemovedAt
		}
		gone, err := m.store.Standings(ctx, d.ID)
		if err != nil {
			return nil, err
		}
		standings = append(standings, gone...)
	}
	again := make(map[string][]catalogue.Assessment)
	for _, n := range standings {
		if unborn[n.DeviceID] {
			continue
		}
		v := Verdict{Kind: aDevice, ID: n.DeviceID, Name: n.DeviceName, Assessment: n.Assessment, Since: n.Since, JudgedAt: n.JudgedAt, Revision: n.Revision}
		if end := ends[n.DeviceID]; !before(n.JudgedAt, end) {
			if v, err = m.anew(ctx, v, a.AsOf, end, again); err != nil {
				return nil, fmt.Errorf("judge device %s anew: %w", n.DeviceID, err)
			}
		}
		list = append(list, v)
	}
	return append(list, siteVerdicts(a, s)...), nil
}

func siteVerdicts(a About, s Snapshot) (list []Verdict) {
	for _, d := range s.Sites {
		if !a.within(d.Since) {
			continue
		}
		if gone(d) && a.over() {
			v := Verdict{Kind: aSite, ID: d.ID, Name: d.Name, Basis: NotKept}
			v.Conclusion = finding.InFarm
			list = append(list, v)
		}
		for _, n := range d.Standings {
			v := Verdict{Kind: aSite, ID: n.SiteID, Name: n.SiteName, Assessment: n.Assessment, Since: n.Since, JudgedAt: n.JudgedAt, Revision: n.Revision}
			if !a.within(n.JudgedAt) {
				v = v.unknown(a.end())
			}
			list = append(list, v)
		}
	}
	return list
}

// anew judges how a laptop stood just before a moment, where that has changed since.
func (m *Maker) anew(ctx context.Context, v Verdict, now, end time.Time, again map[string][]catalogue.Assessment) (Verdict, error) {
	list, done := again[v.ID]
	if !done {
		last := end.Add(-time.Microsecond)
		past, err := m.store.PastTold(ctx, v.ID, last, m.known.Joining())
		if err != nil {
			return v, err
		}
		list = m.known.Assess(assess.HistoryOf(m.known, past, last))
		again[v.ID] = list
	}
	i := slices.IndexFunc(list, func(one catalogue.Assessment) bool { return one.Conclusion == v.Conclusion })
	if i < 0 {
		return v.unknown(end), nil
	}
	if list[i].Level != v.Level || !before(v.Since, end) {
		v.Since = time.Time{} // since when it had been what it was then is not kept
	}
	v.Assessment, v.JudgedAt, v.Revision, v.Basis = list[i], now, m.known.Revision, JudgedAnew
	return v, nil
}

// context lists what the company had told by the end of the period, and what it had not.
func (m *Maker) context(ctx context.Context, a About) ([]Import, error) {
	known, err := m.store.Roster(ctx)
	if err != nil {
		return nil, err
	}
	var list []Import
	for _, i := range known.Imports {
		list = append(list, Import{Object: "context/" + i.Kind + "/" + i.Label, Kind: i.Kind, Label: i.Label, Rows: i.Rows, By: i.By, At: i.At})
	}
	ranges, err := m.store.EgressLists(ctx)
	if err != nil {
		return nil, err
	}
	at := make(map[string]int)
	for _, r := range ranges {
		object := "egress/" + r.Kind + "/" + r.Label
		if _, listed := at[object]; !listed {
			at[object] = len(list)
			list = append(list, Import{Object: object, Kind: egressKind + r.Kind, Label: r.Label, By: r.AddedBy, At: r.At})
		}
		list[at[object]].Rows++
	}
	var there []Import
	for _, i := range list {
		if !a.within(i.At) {
			if i, err = m.importBefore(ctx, a, i); err != nil {
				return nil, err
			}
		}
		if i.Rows > 0 {
			there = append(there, i)
		}
	}
	return append(there, absent(there)...), nil
}

// importBefore is what the audit log tells of an import that was replaced after the
// period; one without rows was not there.
func (m *Maker) importBefore(ctx context.Context, a About, i Import) (Import, error) {
	r, found, err := m.lastBefore(ctx, i.Object, a.Period.To)
	if err != nil {
		return i, err
	}
	i.Rows, i.By, i.At = 0, r.Actor, r.At
	if !found || r.Action == "context.remove" {
		return i, nil
	}
	said := detailOf(r)
	i.Rows = max(said.Rows, said.Ranges)
	return i, nil
}

// lastBefore is the last decision about an object before a moment.
func (m *Maker) lastBefore(ctx context.Context, object string, end time.Time) (audit.Record, bool, error) {
	const page = 100
	before := int64(-1)
	for {
		records, _, err := m.store.AuditPage(ctx, before, object, page)
		if err != nil {
			return audit.Record{}, false, err
		}
		for _, r := range records {
			if r.At.Before(end) {
				return r, true, nil
			}
			before = r.Index
		}
		if len(records) < page {
			return audit.Record{}, false, nil
		}
	}
}
