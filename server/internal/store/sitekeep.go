package store

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

// KeptSites gives the sites as they were kept last, with their members.
func (s *SQLite) KeptSites(ctx context.Context) (sites []site.Site, members map[string][]site.Member, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		if sites, err = all(ctx, t, t.q.ListSites, scanSite, ""); err != nil {
			return err
		}
		members, err = t.keptMembers(ctx)
		return err
	})
	return sites, members, err
}

func (t *Tx) keptMembers(ctx context.Context) (map[string][]site.Member, error) {
	members := map[string][]site.Member{}
	_, err := all(ctx, t, t.q.ListSiteMembers, func(row scanner) (m site.Member, err error) {
		var id string
		var mechanisms []byte
		if err = row.Scan(&id, &m.DeviceID, &m.Person, &m.Certain, &mechanisms, moment{&m.Since}, moment{&m.Last}); err == nil {
			err = json.Unmarshal(mechanisms, &m.Mechanisms)
		}
		members[id] = append(members[id], m)
		return m, err
	})
	return members, err
}

// KeepSites puts sites, their members and the links in the place of those that were
// kept, and writes only what differs. A site that is there no more goes with its
// assessments; its alerts stay.
func (s *SQLite) KeepSites(ctx context.Context, sites []site.Site, members map[string][]site.Member, links []site.Link, at time.Time) error {
	return s.Tx(ctx, func(t *Tx) error {
		if err := t.keepSites(ctx, sites); err != nil {
			return err
		}
		if err := t.keepMembers(ctx, members); err != nil {
			return err
		}
		if err := t.keepLinks(ctx, links); err != nil {
			return err
		}
		_, err := t.exec(ctx, t.q.SaveSiteLook, micros(at))
		return err
	})
}

func (t *Tx) keepSites(ctx context.Context, sites []site.Site) error {
	before, err := all(ctx, t, t.q.ListSites, scanSite, "")
	if err != nil {
		return err
	}
	was := map[string]string{}
	for _, one := range before {
		was[one.ID] = siteWords(one)
	}
	for _, one := range sites {
		words, known := was[one.ID]
		delete(was, one.ID)
		if known && words == siteWords(one) {
			continue
		}
		if _, err := t.exec(ctx, t.q.SaveSite, one.ID, one.Name, string(one.PlaceKind), one.Declared, one.People, one.Devices, one.Possible,
			list(one.Kinds), list(one.Anchors), micros(one.Since), micros(one.Last)); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(was)) {
		if _, err := t.exec(ctx, t.q.DeleteSite, id); err != nil {
			return err
		}
	}
	return nil
}

func siteWords(s site.Site) string {
	text, err := json.Marshal([]any{s.Name, s.PlaceKind, s.Declared, s.People, s.Devices, s.Possible, s.Kinds, s.Anchors, s.Since.UnixMicro(), s.Last.UnixMicro()})
	if err != nil { // plain fields cannot fail to be written
		return ""
	}
	return string(text)
}

func (t *Tx) keepMembers(ctx context.Context, members map[string][]site.Member) error {
	before, err := t.keptMembers(ctx)
	if err != nil {
		return err
	}
	type key struct{ site, device string }
	was := map[key]site.Member{}
	for id, list := range before {
		for _, m := range list {
			was[key{id, m.DeviceID}] = m
		}
	}
	for _, id := range slices.Sorted(maps.Keys(members)) {
		for _, m := range members[id] {
			k := key{id, m.DeviceID}
			kept, known := was[k]
			delete(was, k)
			if known && sameMember(kept, m) {
				continue
			}
			if _, err := t.exec(ctx, t.q.SaveSiteMember, id, m.DeviceID, m.Person, m.Certain, list(m.Mechanisms), micros(m.Since), micros(m.Last)); err != nil {
				return err
			}
		}
	}
	for k := range was {
		if _, err := t.exec(ctx, t.q.DeleteSiteMember, k.site, k.device); err != nil {
			return err
		}
	}
	return nil
}

func sameMember(a, b site.Member) bool {
	return a.Person == b.Person && a.Certain == b.Certain && slices.Equal(a.Mechanisms, b.Mechanisms) && a.Since.Equal(b.Since) && a.Last.Equal(b.Last)
}

func (t *Tx) keepLinks(ctx context.Context, links []site.Link) error {
	before, err := all(ctx, t, t.q.ListSiteLinks, scanSiteLink)
	if err != nil {
		return err
	}
	type key struct{ a, b, kind string }
	was := map[key]site.Link{}
	for _, l := range before {
		was[key{l.From, l.To, l.Kind}] = l.Link
	}
	for _, l := range links {
		k := key{l.From, l.To, l.Kind}
		kept, known := was[k]
		delete(was, k)
		if known && kept == l {
			continue
		}
		if _, err := t.exec(ctx, t.q.SaveSiteLink, l.From, l.To, l.Kind, l.Certain, l.Strength, l.Reason, micros(l.First), micros(l.Last), l.Days); err != nil {
			return err
		}
	}
	for k := range was {
		if _, err := t.exec(ctx, t.q.DeleteSiteLink, k.a, k.b, k.kind); err != nil {
			return err
		}
	}
	return nil
}

// JudgeSite reads how a site stands and its alerts, judges, and writes the verdict,
// all in one transaction.
func (s *SQLite) JudgeSite(ctx context.Context, id string, judge func(assess.SitePast) assess.SiteVerdict) (v assess.SiteVerdict, err error) {
	err = s.Tx(ctx, func(t *Tx) error {
		var p assess.SitePast
		if p.Standings, err = t.siteStandings(ctx, id); err != nil {
			return err
		}
		if p.Alerts, err = all(ctx, t, t.q.ListAlertsOfSite, scanAlert, id); err != nil {
			return err
		}
		v = judge(p)
		return t.saveSiteVerdict(ctx, v)
	})
	return v, err
}

func (t *Tx) saveSiteVerdict(ctx context.Context, v assess.SiteVerdict) error {
	for _, s := range v.Standings {
		words, err := encodeAssessment(s.Assessment)
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, t.q.SaveSiteStanding, s.SiteID, string(s.Conclusion), string(s.Level), s.Score,
			micros(s.Since), micros(s.JudgedAt), micros(s.Seen), s.Revision, words); err != nil {
			return err
		}
	}
	for _, c := range v.Alerts {
		if err := t.saveChange(ctx, c); err != nil {
			return err
		}
		if slices.ContainsFunc(c.Timeline, func(e alert.Entry) bool { return e.Kind == alert.StateChanged }) {
			if err := t.soilSite(ctx, c.Alert); err != nil {
				return err
			}
		}
	}
	return nil
}

// soilSite lets the devices that a site's alert covers be judged again: it was opened,
// reopened or closed, and covers them now or no more.
func (t *Tx) soilSite(ctx context.Context, a alert.Alert) error {
	if a.SiteID == "" {
		return nil
	}
	_, err := t.exec(ctx, t.q.SoilDevicesOfSite, a.SiteID, a.DeviceID)
	return err
}

// SitesWithAlerts lists the sites, there or gone, whose alerts say that the evidence is there now.
func (s *SQLite) SitesWithAlerts(ctx context.Context) (ids []string, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		ids, err = all(ctx, t, t.q.ListUnsettledSites, func(row scanner) (id string, err error) {
			err = row.Scan(&id)
			return id, err
		})
		return err
	})
	return ids, err
}

// Generations says how often each enrolled device told something, or something of it
// was decided: another number means that its past is another.
func (s *SQLite) Generations(ctx context.Context) (by map[string]int64, err error) {
	by = map[string]int64{}
	err = s.Read(ctx, func(t *Tx) error {
		_, err := all(ctx, t, t.q.ListGenerations, func(row scanner) (id string, err error) {
			var n int64
			err = row.Scan(&id, &n)
			by[id] = n
			return id, err
		})
		return err
	})
	return by, err
}

// Driven lists the devices that stand above none for being controlled from elsewhere.
func (s *SQLite) Driven(ctx context.Context) (ids []string, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		ids, err = all(ctx, t, t.q.ListDriven, func(row scanner) (id string, err error) {
			err = row.Scan(&id)
			return id, err
		}, string(finding.RemotelyControlled))
		return err
	})
	return ids, err
}

// covered names the open alerts of a device's site, by conclusion.
func (t *Tx) covered(ctx context.Context, deviceID string) (map[finding.Conclusion]string, error) {
	by := map[finding.Conclusion]string{}
	_, err := all(ctx, t, t.q.ListCovering, func(row scanner) (a alert.Alert, err error) {
		err = row.Scan(&a.Conclusion, &a.ID)
		by[a.Conclusion] = a.ID
		return a, err
	}, deviceID)
	return by, err
}
