package api_test

import (
	"net/http"
	"testing"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/farmwatch/console/v1/consolev1connect"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api/apitest"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

func siteRig(t *testing.T) (*apitest.Rig, consolev1connect.SiteServiceClient) {
	t.Helper()
	r := apitest.New(t)
	for _, d := range [][2]string{{"d1", "laptop-1"}, {"d2", "laptop-2"}, {"d3", "laptop-3"}, {"d4", "laptop-4"}} {
		r.Enrol(d[0], d[1])
	}
	r.Site("s1", "Home of laptop-1", site.Home, "d1", "d2", "?d3")
	return r, consolev1connect.NewSiteServiceClient(http.DefaultClient, r.URL, bearer(r.Token("ed", alert.Auditor)))
}

func TestASiteKeepsCertainAndPossibleApart(t *testing.T) {
	r, c := siteRig(t)
	got, err := c.GetSite(t.Context(), connect.NewRequest(&consolev1.GetSiteRequest{Id: "Home of laptop-1"}))
	if err != nil {
		t.Fatal(err)
	}
	m := got.Msg
	if s := m.GetSite(); s.GetDevices() != 2 || s.GetPossibleDevices() != 1 || s.GetPlaceKind() != "home" || s.GetLevel() != "medium" || s.GetAlert() == "" {
		t.Errorf("site = %v", s)
	}
	certain := map[string]bool{}
	for _, one := range m.GetMembers() {
		certain[one.GetDevice().GetName()] = one.GetCertain()
	}
	if len(certain) != 3 || !certain["laptop-1"] || !certain["laptop-2"] || certain["laptop-3"] {
		t.Errorf("members = %v", m.GetMembers())
	}
	if first := m.GetLinks()[0]; len(m.GetLinks()) != 3 || !first.GetCertain() || first.GetKind() != "gateway" || first.GetFrom().GetName() != "laptop-1" || first.GetReason() == "" {
		t.Errorf("links = %v", m.GetLinks())
	}
	a := m.GetAssessment()
	if a.GetSubject().GetKind() != "site" || a.GetConfidence() != "medium" || len(a.GetMissing()) != 1 || len(a.GetUnseen()) != 1 || a.GetNextStep() == "" || a.GetAlternatives() == "" {
		t.Errorf("assessment = %v", a)
	}
	_, err = c.GetSite(t.Context(), connect.NewRequest(&consolev1.GetSiteRequest{Id: "nosuch"}))
	wantCode(t, err, connect.CodeNotFound, `there is no site "nosuch"`)
	_, err = c.GetSite(t.Context(), connect.NewRequest(&consolev1.GetSiteRequest{}))
	wantCode(t, err, connect.CodeInvalidArgument, "say which site")
	_, err = consolev1connect.NewSiteServiceClient(http.DefaultClient, r.URL).GetSite(t.Context(), connect.NewRequest(&consolev1.GetSiteRequest{Id: "s1"}))
	wantCode(t, err, connect.CodeUnauthenticated, "")
}

func TestSitesComeInPagesAndByDevice(t *testing.T) {
	r, c := siteRig(t)
	ask := func(m *consolev1.ListSitesRequest) *consolev1.ListSitesResponse {
		t.Helper()
		got, err := c.ListSites(t.Context(), connect.NewRequest(m))
		if err != nil {
			t.Fatal(err)
		}
		return got.Msg
	}
	if all := ask(&consolev1.ListSitesRequest{PageSize: 1}); all.GetTotal() != 1 || len(all.GetSites()) != 1 || all.GetNextPageToken() != "" || all.GetJudgedAt() == nil {
		t.Errorf("all = %v", all)
	}
	for device, want := range map[string]int{"laptop-2": 1, "laptop-3": 0, "laptop-4": 0} {
		if got := ask(&consolev1.ListSitesRequest{Device: device}); len(got.GetSites()) != want {
			t.Errorf("the site of %s = %v, want %d: what is only possible makes nobody part of one", device, got, want)
		}
	}
	if got := ask(&consolev1.ListSitesRequest{Levels: []string{"high"}}); got.GetTotal() != 0 {
		t.Errorf("high = %v", got)
	}
	_, err := c.ListSites(t.Context(), connect.NewRequest(&consolev1.ListSitesRequest{PlaceKinds: []string{"farm"}}))
	wantCode(t, err, connect.CodeInvalidArgument, "farm")
	_, err = c.ListSites(t.Context(), connect.NewRequest(&consolev1.ListSitesRequest{Device: "nosuch"}))
	wantCode(t, err, connect.CodeNotFound, "nosuch")
	devices := consolev1connect.NewDeviceServiceClient(http.DefaultClient, r.URL, bearer(r.Token("ed", alert.Auditor)))
	d, err := devices.GetDevice(t.Context(), connect.NewRequest(&consolev1.GetDeviceRequest{Id: "d2"}))
	if err != nil || d.Msg.GetSite().GetId() != "s1" {
		t.Errorf("device = %v, %v", d, err)
	}
}

func TestASitesAlertSpeaksOfTheSite(t *testing.T) {
	r, _ := siteRig(t)
	queue := list(t, alerts(r, "ana", alert.Analyst), &consolev1.ListAlertsRequest{})
	if len(queue.GetAlerts()) != 1 {
		t.Fatalf("queue = %v", queue)
	}
	a := queue.GetAlerts()[0]
	if a.GetSubject().GetKind() != "site" || a.GetSubject().GetName() != "Home of laptop-1" || a.GetDevice().GetName() != "laptop-1" {
		t.Errorf("alert = %v", a)
	}
	r.Find("d1", "kvm.test", "u1", "open")
	whole, err := alerts(r, "ana", alert.Analyst).GetAlert(t.Context(), connect.NewRequest(&consolev1.GetAlertRequest{Id: a.GetId()}))
	if err != nil || len(whole.Msg.GetDetail().GetFindings()) != 1 || whole.Msg.GetDetail().GetFindings()[0].GetDevice().GetName() != "laptop-1" {
		t.Errorf("whole = %v, %v", whole, err)
	}
	took, err := alerts(r, "ana", alert.Analyst).AcknowledgeAlert(t.Context(), connect.NewRequest(&consolev1.AcknowledgeAlertRequest{Id: a.GetId(), Etag: a.GetEtag()}))
	if err != nil || took.Msg.GetAlert().GetSubject().GetKind() != "site" {
		t.Errorf("acknowledged = %v, %v", took, err)
	}
	_, err = alerts(r, "bo", alert.Analyst).AcknowledgeAlert(t.Context(), connect.NewRequest(&consolev1.AcknowledgeAlertRequest{Id: a.GetId(), Etag: a.GetEtag()}))
	wantCode(t, err, connect.CodeAborted, "changed since you read it")
}

func TestAssessmentsOfDevicesAndSites(t *testing.T) {
	r, _ := siteRig(t)
	r.Find("d4", "kvm.test", "u9", "open")
	c := consolev1connect.NewAssessmentServiceClient(http.DefaultClient, r.URL, bearer(r.Token("ed", alert.Auditor)))
	ask := func(m *consolev1.ListAssessmentsRequest) *consolev1.ListAssessmentsResponse {
		t.Helper()
		got, err := c.ListAssessments(t.Context(), connect.NewRequest(m))
		if err != nil {
			t.Fatal(err)
		}
		return got.Msg
	}
	all := ask(&consolev1.ListAssessmentsRequest{})
	if all.GetTotal() < 3 || int(all.GetTotal()) != len(all.GetAssessments()) || all.GetAssessments()[0].GetSubject().GetName() != "laptop-4" || all.GetAssessments()[1].GetSubject().GetKind() != "site" {
		t.Fatalf("all = %v", all)
	}
	for _, one := range all.GetAssessments() {
		var sum int32
		for _, e := range one.GetLedger() {
			sum += e.GetPoints()
		}
		if sum != one.GetScore() {
			t.Errorf("the ledger of %v adds up to %d", one, sum)
		}
	}
	var paged []*consolev1.Assessment
	for token := ""; ; {
		page := ask(&consolev1.ListAssessmentsRequest{PageSize: 1, PageToken: token})
		paged = append(paged, page.GetAssessments()...)
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	if len(paged) != len(all.GetAssessments()) {
		t.Errorf("pages hold %d of %d", len(paged), all.GetTotal())
	}
	if got := ask(&consolev1.ListAssessmentsRequest{Kind: "site"}); got.GetTotal() != 1 {
		t.Errorf("sites = %v", got)
	}
	if got := ask(&consolev1.ListAssessmentsRequest{Subject: "Home of laptop-1"}); got.GetTotal() != 1 || got.GetAssessments()[0].GetScore() != 60 {
		t.Errorf("one site = %v", got)
	}
	if got := ask(&consolev1.ListAssessmentsRequest{Subject: "laptop-4", Levels: []string{"high"}}); got.GetTotal() != 1 {
		t.Errorf("one device = %v", got)
	}
	_, err := c.ListAssessments(t.Context(), connect.NewRequest(&consolev1.ListAssessmentsRequest{Subject: "nobody"}))
	wantCode(t, err, connect.CodeNotFound, "nobody")
	_, err = c.ListAssessments(t.Context(), connect.NewRequest(&consolev1.ListAssessmentsRequest{Kind: "farm"}))
	wantCode(t, err, connect.CodeInvalidArgument, "farm")
	_, err = c.ListAssessments(t.Context(), connect.NewRequest(&consolev1.ListAssessmentsRequest{PageSize: -1}))
	wantCode(t, err, connect.CodeInvalidArgument, "below zero")
}
