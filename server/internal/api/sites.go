package api

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

// Sites is where it is read which laptops share a place.
type Sites interface {
	// Sites lists all, and says when it was last looked.
	Sites(ctx context.Context) ([]assess.SiteOverview, time.Time, error)
	Site(ctx context.Context, idOrName string) (assess.SiteDossier, error)
	SiteStandings(ctx context.Context) ([]assess.SiteStanding, error)
	// SiteOf is the site that a device is part of for certain.
	SiteOf(ctx context.Context, deviceID string) (site.Site, error)
}

// A sitePlace is a place in the list of sites: by score, then people, then id.
type sitePlace struct {
	Score  int    `json:"s"`
	People int    `json:"n"`
	ID     string `json:"i"`
}

func sitePlaceOf(o assess.SiteOverview) sitePlace { return sitePlace{o.Score, o.People, o.ID} }

func (p sitePlace) compare(q sitePlace) int {
	return cmp.Or(cmp.Compare(q.Score, p.Score), cmp.Compare(q.People, p.People), cmp.Compare(p.ID, q.ID))
}

// ListSites gives one page of the sites, highest score first.
func (s *Server) ListSites(ctx context.Context, r *connect.Request[consolev1.ListSitesRequest]) (*connect.Response[consolev1.ListSitesResponse], error) {
	m := r.Msg
	if err := among("levels", m.GetLevels(), levelNames()...); err != nil {
		return nil, err
	}
	if err := among("place_kinds", m.GetPlaceKinds(), "home", "company", "staging", "repair", "room", "public", "unknown"); err != nil {
		return nil, err
	}
	page, err := readPage[sitePlace](m, func() { m.PageSize, m.PageToken = 0, "" })
	if err != nil {
		return nil, err
	}
	sites, judged, err := s.sites(ctx, m.GetDevice())
	if err != nil {
		return nil, err
	}
	sites = slices.DeleteFunc(sites, func(o assess.SiteOverview) bool {
		return !wanted(m.GetLevels(), string(o.Level)) || !wanted(m.GetPlaceKinds(), string(o.PlaceKind))
	})
	slices.SortFunc(sites, func(a, b assess.SiteOverview) int { return sitePlaceOf(a).compare(sitePlaceOf(b)) })
	response := &consolev1.ListSitesResponse{Total: int32(len(sites)), JudgedAt: stamp(judged)}
	if !page.first {
		sites = slices.DeleteFunc(sites, func(o assess.SiteOverview) bool { return sitePlaceOf(o).compare(page.after) <= 0 })
	}
	if sites, response.NextPageToken, err = cutPage(page, sites, sitePlaceOf); err != nil {
		return nil, err
	}
	for _, o := range sites {
		response.Sites = append(response.Sites, siteOut(o))
	}
	return connect.NewResponse(response), nil
}

// sites lists all sites, or the one that a device is part of.
func (s *Server) sites(ctx context.Context, named string) ([]assess.SiteOverview, time.Time, error) {
	all, judged, err := s.Sites.Sites(ctx)
	if err != nil || named == "" {
		return all, judged, err
	}
	d, err := s.Fleet.DeviceNamed(ctx, named)
	if err != nil {
		return nil, judged, missing(err, "there is no device %q", named)
	}
	of, err := s.siteOf(ctx, d.ID)
	return slices.DeleteFunc(all, func(o assess.SiteOverview) bool { return o.ID != of.GetId() }), judged, err
}

// siteOf names the site that a device is part of, nil where it is in none.
func (s *Server) siteOf(ctx context.Context, deviceID string) (*consolev1.Subject, error) {
	found, err := s.Sites.SiteOf(ctx, deviceID)
	if errors.Is(err, device.ErrNotFound) {
		return nil, nil
	}
	return siteSubject(found.ID, found.Name), err
}

func wanted(names []string, name string) bool { return len(names) == 0 || slices.Contains(names, name) }

// GetSite gives all that is known of one site.
func (s *Server) GetSite(ctx context.Context, r *connect.Request[consolev1.GetSiteRequest]) (*connect.Response[consolev1.GetSiteResponse], error) {
	if r.Msg.GetId() == "" {
		return nil, invalid("say which site: its id or its name")
	}
	d, err := s.Sites.Site(ctx, r.Msg.GetId())
	if err != nil {
		return nil, missing(err, "there is no site %q", r.Msg.GetId())
	}
	m := &consolev1.GetSiteResponse{Site: siteOut(d.SiteOverview), JudgedAt: stamp(d.JudgedAt)}
	for _, one := range d.Members {
		m.Members = append(m.Members, &consolev1.SiteMember{
			Device: subject(one.DeviceID, one.DeviceName), Person: one.Person, Level: string(one.Level), Score: int32(one.Score), Certain: one.Certain,
			Since: stamp(one.Since), LastSeen: stamp(one.Last), Mechanisms: one.Mechanisms,
		})
	}
	for _, l := range d.Links {
		m.Links = append(m.Links, &consolev1.SiteLink{
			From: subject(l.From, l.FromName), To: subject(l.To, l.ToName), Certain: l.Certain, Kind: l.Kind, Strength: l.Strength, Reason: l.Reason,
			FirstSeen: stamp(l.First), LastSeen: stamp(l.Last), Days: int32(l.Days),
		})
	}
	if len(d.Standings) > 0 {
		m.Assessment = siteStandingOut(d.Standings[0])
	}
	return connect.NewResponse(m), nil
}

func siteOut(o assess.SiteOverview) *consolev1.Site {
	return &consolev1.Site{
		Id: o.ID, Name: o.Name, PlaceKind: string(o.PlaceKind), Declared: o.Declared, People: int32(o.People), Devices: int32(o.Devices),
		PossibleDevices: int32(o.Possible), Since: stamp(o.Since), LastSeen: stamp(o.Last), Level: string(o.Level), Score: int32(o.Score), Alert: o.Alert, LinkKinds: o.Kinds,
	}
}

func siteSubject(id, name string) *consolev1.Subject {
	return &consolev1.Subject{Kind: aSite, Id: id, Name: name}
}

func siteStandingOut(n assess.SiteStanding) *consolev1.Assessment {
	return assessmentOut(siteSubject(n.SiteID, n.SiteName), n.Assessment, n.Since)
}
