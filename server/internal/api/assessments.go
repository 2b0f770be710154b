package api

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"connectrpc.com/connect"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// The kinds of subjects.
const (
	aDevice = "device"
	aSite   = "site"
)

// An assessmentPlace is a place in the list of assessments: by score, then who and what.
type assessmentPlace struct {
	Score      int32  `json:"s"`
	Kind       string `json:"k"`
	ID         string `json:"i"`
	Conclusion string `json:"c"`
}

func assessmentPlaceOf(a *consolev1.Assessment) assessmentPlace {
	return assessmentPlace{a.GetScore(), a.GetSubject().GetKind(), a.GetSubject().GetId(), a.GetConclusion()}
}

// Sites come before devices of the same score: one of them speaks of many.
func (p assessmentPlace) compare(q assessmentPlace) int {
	return cmp.Or(cmp.Compare(q.Score, p.Score), cmp.Compare(q.Kind, p.Kind), cmp.Compare(p.ID, q.ID), cmp.Compare(p.Conclusion, q.Conclusion))
}

// ListAssessments gives the current level of every conclusion, highest score first.
func (s *Server) ListAssessments(ctx context.Context, r *connect.Request[consolev1.ListAssessmentsRequest]) (*connect.Response[consolev1.ListAssessmentsResponse], error) {
	m := r.Msg
	if err := validAssessments(m); err != nil {
		return nil, err
	}
	if m.PageSize == 0 {
		m.PageSize = largestPage // who asks for no pages got them all before there were any
	}
	page, err := readPage[assessmentPlace](m, func() { m.PageSize, m.PageToken = 0, "" })
	if err != nil {
		return nil, err
	}
	list, err := s.assessments(ctx, m)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(a *consolev1.Assessment) bool {
		return m.GetConclusion() != "" && m.GetConclusion() != a.GetConclusion() || !wanted(m.GetLevels(), a.GetLevel())
	})
	slices.SortFunc(list, func(a, b *consolev1.Assessment) int { return assessmentPlaceOf(a).compare(assessmentPlaceOf(b)) })
	response := &consolev1.ListAssessmentsResponse{Total: int32(len(list))}
	if !page.first {
		list = slices.DeleteFunc(list, func(a *consolev1.Assessment) bool { return assessmentPlaceOf(a).compare(page.after) <= 0 })
	}
	if list, response.NextPageToken, err = cutPage(page, list, assessmentPlaceOf); err != nil {
		return nil, err
	}
	response.Assessments = list
	return connect.NewResponse(response), nil
}

func validAssessments(m *consolev1.ListAssessmentsRequest) error {
	if err := among("levels", m.GetLevels(), levelNames()...); err != nil {
		return err
	}
	if m.GetConclusion() != "" {
		if err := among("conclusion", []string{m.GetConclusion()}, string(finding.RemotelyControlled), string(finding.InFarm)); err != nil {
			return err
		}
	}
	if m.GetKind() != "" {
		return among("kind", []string{m.GetKind()}, aDevice, aSite)
	}
	return nil
}

// assessments reads those of the subjects that were asked for. A subject that is
// not known is an error; that one was not judged yet is none.
func (s *Server) assessments(ctx context.Context, m *consolev1.ListAssessmentsRequest) ([]*consolev1.Assessment, error) {
	name := cmp.Or(m.GetSubject(), m.GetDevice())
	var list []*consolev1.Assessment
	err := device.ErrNotFound
	if m.GetKind() != aSite {
		list, err = s.ofDevices(ctx, name)
	}
	if sites := m.GetKind() != aDevice && m.GetDevice() == ""; sites && (name == "" || errors.Is(err, device.ErrNotFound)) {
		var more []*consolev1.Assessment
		more, err = s.ofSites(ctx, name)
		list = append(list, more...)
	}
	return list, missing(err, "there is no device or site %q", name)
}

func (s *Server) ofDevices(ctx context.Context, name string) ([]*consolev1.Assessment, error) {
	if name != "" {
		if _, err := s.Fleet.DeviceNamed(ctx, name); err != nil {
			return nil, err
		}
	}
	standings, err := s.Fleet.Standings(ctx, name)
	var list []*consolev1.Assessment
	for _, one := range standings {
		list = append(list, standingOut(one))
	}
	return list, err
}

func (s *Server) ofSites(ctx context.Context, name string) ([]*consolev1.Assessment, error) {
	var standings []assess.SiteStanding
	var err error
	if name == "" {
		standings, err = s.Sites.SiteStandings(ctx)
	} else {
		var d assess.SiteDossier
		d, err = s.Sites.Site(ctx, name)
		standings = d.Standings
	}
	var list []*consolev1.Assessment
	for _, one := range standings {
		list = append(list, siteStandingOut(one))
	}
	return list, err
}

func assessmentOut(of *consolev1.Subject, a catalogue.Assessment, since time.Time) *consolev1.Assessment {
	return &consolev1.Assessment{
		Subject: of, Conclusion: string(a.Conclusion), Level: string(a.Level), Score: int32(a.Score), Ledger: ledgerOut(a.Ledger), Since: stamp(since),
		Confidence: string(a.Confidence), Missing: a.Missing, Unseen: a.Unseen, Title: a.Title,
		Why: a.Explain.Why, Alternatives: a.Explain.Alternatives, Change: a.Explain.Change, Check: a.Explain.Check, NextStep: a.NextStep,
	}
}
