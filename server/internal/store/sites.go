package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

type siteQueries struct {
	ListSites, GetSiteOf, SaveSite, DeleteSite                           query
	ListSiteMembers, ListMembersOfSite, SaveSiteMember, DeleteSiteMember query
	ListSiteLinks, ListLinksOfSite, SaveSiteLink, DeleteSiteLink         query
	SaveSiteLook, GetSiteLook                                            query
	ListSiteStandings, SaveSiteStanding                                  query
	ListAlertsOfSite, ListOpenAlertsOfSites, ListUnsettledSites          query
	ListCovering, ListGenerations, ListFindingsOfSite, SoilDevicesOfSite query
	ListDriven                                                           query
}

// Sites lists all sites, highest score first, then most people, and says when it was
// last looked which laptops belong together: zero before the first time.
func (s *SQLite) Sites(ctx context.Context) (list []assess.SiteOverview, looked time.Time, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		if list, err = t.siteOverviews(ctx, ""); err != nil {
			return err
		}
		looked, err = t.siteLook(ctx)
		return err
	})
	return list, looked, err
}

// Site gives all that is known of a site, by id or name; ErrNotFound if there is none.
func (s *SQLite) Site(ctx context.Context, idOrName string) (d assess.SiteDossier, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		list, err := t.siteOverviews(ctx, idOrName)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return ErrNotFound
		}
		d.SiteOverview = list[0]
		if d.Members, err = t.membersOf(ctx, d.ID); err != nil {
			return err
		}
		if d.Links, err = all(ctx, t, t.q.ListLinksOfSite, scanSiteLink, d.ID); err != nil {
			return err
		}
		if d.Standings, err = t.siteStandings(ctx, d.ID); err != nil {
			return err
		}
		d.JudgedAt, err = t.siteLook(ctx)
		return err
	})
	return d, err
}

// SiteOf gives the site that a device is part of for certain; ErrNotFound if it is of none.
func (s *SQLite) SiteOf(ctx context.Context, deviceID string) (found site.Site, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		found, err = single(ctx, t, t.q.GetSiteOf, scanSite, deviceID)
		return err
	})
	return found, err
}

// SiteStandings lists the assessments of all sites, highest score first.
func (s *SQLite) SiteStandings(ctx context.Context) (list []assess.SiteStanding, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		list, err = t.siteStandings(ctx, "")
		return err
	})
	return list, err
}

func (t *Tx) siteStandings(ctx context.Context, id string) ([]assess.SiteStanding, error) {
	return all(ctx, t, t.q.ListSiteStandings, func(row scanner) (s assess.SiteStanding, err error) {
		var words []byte
		if err := row.Scan(&s.SiteID, &s.SiteName, moment{&s.Since}, moment{&s.JudgedAt}, moment{&s.Seen}, &s.Revision, &words); err != nil {
			return s, err
		}
		s.Assessment, err = decodeAssessment(words)
		return s, err
	}, id)
}

func (t *Tx) siteOverviews(ctx context.Context, idOrName string) ([]assess.SiteOverview, error) {
	sites, err := all(ctx, t, t.q.ListSites, scanSite, idOrName)
	if err != nil {
		return nil, err
	}
	only := ""
	if len(sites) == 1 {
		only = sites[0].ID
	}
	standings, err := t.siteStandings(ctx, only)
	if err != nil {
		return nil, err
	}
	open := map[string]string{}
	if _, err = all(ctx, t, t.q.ListOpenAlertsOfSites, func(row scanner) (id string, err error) {
		var of string
		err = row.Scan(&id, &of)
		open[of] = id
		return id, err
	}); err != nil {
		return nil, err
	}
	list := make([]assess.SiteOverview, 0, len(sites))
	for _, one := range sites {
		o := assess.SiteOverview{Site: one, Level: finding.LevelNone, Alert: open[one.ID]}
		for _, s := range standings {
			if s.SiteID == one.ID && s.Level.Rank() >= o.Level.Rank() {
				o.Level, o.Score = s.Level, max(s.Score, o.Score)
			}
		}
		list = append(list, o)
	}
	slices.SortStableFunc(list, func(a, b assess.SiteOverview) int {
		if a.Score != b.Score {
			return b.Score - a.Score
		}
		return b.People - a.People
	})
	return list, nil
}

func (t *Tx) membersOf(ctx context.Context, id string) ([]assess.SiteMember, error) {
	list, err := all(ctx, t, t.q.ListMembersOfSite, func(row scanner) (m assess.SiteMember, err error) {
		var mechanisms []byte
		var level string
		if err = row.Scan(&m.DeviceID, &m.Person, &m.Certain, &mechanisms, moment{&m.Since}, moment{&m.Last}, &m.DeviceName, &level); err != nil {
			return m, err
		}
		if _, err = fmt.Sscanf(level, "%s %d", &m.Level, &m.Score); err != nil {
			return m, fmt.Errorf("read the level %q: %w", level, err)
		}
		return m, json.Unmarshal(mechanisms, &m.Mechanisms)
	}, id)
	slices.SortStableFunc(list, func(a, b assess.SiteMember) int {
		switch {
		case a.Certain != b.Certain && a.Certain:
			return -1
		case a.Certain != b.Certain:
			return 1
		case a.Score != b.Score:
			return b.Score - a.Score
		}
		return strings.Compare(a.DeviceName, b.DeviceName)
	})
	return list, err
}

func (t *Tx) siteLook(ctx context.Context) (at time.Time, err error) {
	err = t.one(ctx, t.q.GetSiteLook, nil, []any{moment{&at}})
	if errors.Is(err, ErrNotFound) {
		return at, nil
	}
	return at, err
}

func scanSite(row scanner) (s site.Site, err error) {
	var kinds, anchors []byte
	if err := row.Scan(&s.ID, &s.Name, &s.PlaceKind, &s.Declared, &s.People, &s.Devices, &s.Possible, &kinds, &anchors, moment{&s.Since}, moment{&s.Last}); err != nil {
		return s, err
	}
	if err := errors.Join(json.Unmarshal(kinds, &s.Kinds), json.Unmarshal(anchors, &s.Anchors)); err != nil {
		return s, fmt.Errorf("read site %s: %w", s.ID, err)
	}
	return s, nil
}

func scanSiteLink(row scanner) (l assess.SiteLink, err error) {
	err = row.Scan(&l.From, &l.To, &l.Certain, &l.Kind, &l.Strength, &l.Reason, moment{&l.First}, moment{&l.Last}, &l.Days, &l.FromName, &l.ToName)
	return l, err
}
