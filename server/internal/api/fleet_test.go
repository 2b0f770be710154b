package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/farmwatch/console/v1/consolev1connect"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api/apitest"
)

func TestPages(t *testing.T) {
	r := apitest.New(t)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		r.Enrol("id-"+name, "laptop-"+name)
		r.Find("id-"+name, "kvm.test", "u-"+name, finding.Open)
		r.Pass(time.Second)
	}
	c := alerts(r, "ana", alert.Analyst)
	var names []string
	m := &consolev1.ListAlertsRequest{PageSize: 2}
	for {
		page := list(t, c, m)
		if page.GetTotal() != 5 {
			t.Errorf("total = %d", page.GetTotal())
		}
		for _, a := range page.GetAlerts() {
			names = append(names, strings.TrimPrefix(a.GetSubject().GetName(), "laptop-"))
		}
		if page.GetNextPageToken() == "" {
			break
		}
		m = &consolev1.ListAlertsRequest{PageSize: 2, PageToken: page.GetNextPageToken()}
	}
	if got := strings.Join(names, ""); got != "edcba" {
		t.Errorf("alerts in order: %s", got)
	}
	first := list(t, c, &consolev1.ListAlertsRequest{PageSize: 2})
	_, err := c.ListAlerts(t.Context(), connect.NewRequest(&consolev1.ListAlertsRequest{PageToken: first.GetNextPageToken(), States: []string{"new"}}))
	wantCode(t, err, connect.CodeInvalidArgument, "belongs to another question")
	for _, bad := range []*consolev1.ListAlertsRequest{{PageSize: -1}, {PageToken: "!"}, {States: []string{"open"}}, {Levels: []string{"huge"}}, {Conclusions: []string{"x"}}} {
		_, err := c.ListAlerts(t.Context(), connect.NewRequest(bad))
		wantCode(t, err, connect.CodeInvalidArgument, "")
	}
	devices := consolev1connect.NewDeviceServiceClient(http.DefaultClient, r.URL, bearer(r.Token("ana", alert.Analyst)))
	names, token := nil, ""
	for {
		page, err := devices.ListDevices(t.Context(), connect.NewRequest(&consolev1.ListDevicesRequest{PageSize: 2, PageToken: token, Query: "laptop"}))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Msg.GetDevices() {
			names = append(names, strings.TrimPrefix(d.GetName(), "laptop-"))
			if d.GetLevel() != "high" || d.GetOpenAlerts() != 1 || d.GetCoverageOk() != 1 || d.GetCoverageTotal() != 2 {
				t.Errorf("device = %v", d)
			}
		}
		if token = page.Msg.GetNextPageToken(); token == "" {
			break
		}
	}
	if got := strings.Join(names, ""); got != "abcde" {
		t.Errorf("devices in order: %s", got)
	}
}

func TestDevicesSanctionsAndTokens(t *testing.T) {
	r := apitest.New(t)
	r.Enrol("d1", "laptop")
	r.Find("d1", "tool.anydesk.running", "u1", finding.Open)
	admin := bearer(r.Token("root", alert.Admin))
	devices := consolev1connect.NewDeviceServiceClient(http.DefaultClient, r.URL, admin)
	got, err := devices.GetDevice(t.Context(), connect.NewRequest(&consolev1.GetDeviceRequest{Id: "laptop"}))
	if err != nil {
		t.Fatal(err)
	}
	if m := got.Msg; m.GetDevice().GetPresence() != "online" || len(m.GetFindings()) != 1 || len(m.GetCoverage()) != 2 || len(m.GetAssessments()) != 2 {
		t.Errorf("device = %v", m)
	}
	_, err = devices.GetDevice(t.Context(), connect.NewRequest(&consolev1.GetDeviceRequest{Id: "nosuch"}))
	wantCode(t, err, connect.CodeNotFound, `there is no device "nosuch"`)

	sanctions := consolev1connect.NewSanctionServiceClient(http.DefaultClient, r.URL, admin)
	wish := &consolev1.CreateSanctionRequest{Tool: "anydesk", Device: "laptop", Approver: "ciso", Justification: "Help desk, see ticket INC-1", ExpiresAt: timestamppb.New(r.Now().Add(time.Hour))}
	made, err := sanctions.CreateSanction(t.Context(), connect.NewRequest(wish))
	if err != nil || made.Msg.GetSanction().GetDevices()[0].GetId() != "d1" || made.Msg.GetSanction().GetCreatedBy() != "root" {
		t.Fatalf("sanction = %v, %v", made, err)
	}
	wish.Tool = "*"
	_, err = sanctions.CreateSanction(t.Context(), connect.NewRequest(wish))
	wantCode(t, err, connect.CodeInvalidArgument, "would permit many at once")
	narrow := &consolev1.CreateSanctionRequest{Tool: "kvm.test", Approver: "ciso", Justification: "The KVM of server room 2, asset list", ExpiresAt: wish.GetExpiresAt(),
		Where: []*consolev1.Condition{{Column: "vendor_id", Value: " 0624 "}}}
	narrowed, err := sanctions.CreateSanction(t.Context(), connect.NewRequest(narrow))
	if w := narrowed.Msg.GetSanction().GetWhere(); err != nil || len(w) != 1 || w[0].GetColumn() != "vendor_id" || w[0].GetValue() != "0624" {
		t.Errorf("narrowed = %v, %v", narrowed, err)
	}
	narrow.Tool = "anydesk"
	_, err = sanctions.CreateSanction(t.Context(), connect.NewRequest(narrow))
	wantCode(t, err, connect.CodeInvalidArgument, "conditions are for what one rule finds")
	wish.Tool, wish.Device = "anydesk", "nosuch"
	_, err = sanctions.CreateSanction(t.Context(), connect.NewRequest(wish))
	wantCode(t, err, connect.CodeNotFound, "no device")
	assessments := consolev1connect.NewAssessmentServiceClient(http.DefaultClient, r.URL, admin)
	standing, err := assessments.ListAssessments(t.Context(), connect.NewRequest(&consolev1.ListAssessmentsRequest{Conclusion: "remotely_controlled", Device: "laptop"}))
	if err != nil || len(standing.Msg.GetAssessments()) != 1 || standing.Msg.GetAssessments()[0].GetLevel() == "medium" {
		t.Errorf("a sanctioned tool still counts: %v, %v", standing, err)
	}
	if _, err := sanctions.RevokeSanction(t.Context(), connect.NewRequest(&consolev1.RevokeSanctionRequest{Id: made.Msg.GetSanction().GetId()})); err != nil {
		t.Fatal(err)
	}
	_, err = sanctions.RevokeSanction(t.Context(), connect.NewRequest(&consolev1.RevokeSanctionRequest{Id: made.Msg.GetSanction().GetId()}))
	wantCode(t, err, connect.CodeAborted, "already revoked")
	if listed, err := sanctions.ListSanctions(t.Context(), connect.NewRequest(&consolev1.ListSanctionsRequest{})); err != nil || len(listed.Msg.GetSanctions()) != 2 {
		t.Errorf("sanctions = %v, %v", listed, err)
	}

	tokens := consolev1connect.NewTokenServiceClient(http.DefaultClient, r.URL, admin)
	fresh, err := tokens.CreateToken(t.Context(), connect.NewRequest(&consolev1.CreateTokenRequest{Description: "three laptops", Uses: 3, TtlSeconds: 3600}))
	if err != nil || !strings.HasPrefix(fresh.Msg.GetSecret(), "fwt1-") || !strings.Contains(fresh.Msg.GetInstallLine(), "--server collector.example:7443 --token "+fresh.Msg.GetSecret()) {
		t.Fatalf("token = %v, %v", fresh, err)
	}
	_, err = tokens.CreateToken(t.Context(), connect.NewRequest(&consolev1.CreateTokenRequest{Uses: 0, TtlSeconds: 3600}))
	wantCode(t, err, connect.CodeInvalidArgument, "uses")
	gone, err := tokens.RevokeToken(t.Context(), connect.NewRequest(&consolev1.RevokeTokenRequest{Id: fresh.Msg.GetToken().GetId()}))
	if err != nil || gone.Msg.GetToken().GetRevokedAt() == nil {
		t.Errorf("revoke = %v, %v", gone, err)
	}
	_, err = tokens.RevokeToken(t.Context(), connect.NewRequest(&consolev1.RevokeTokenRequest{Id: "nosuch"}))
	wantCode(t, err, connect.CodeNotFound, "no token")
	if listed, err := tokens.ListTokens(t.Context(), connect.NewRequest(&consolev1.ListTokensRequest{})); err != nil || len(listed.Msg.GetTokens()) != 1 {
		t.Errorf("tokens = %v, %v", listed, err)
	}
	if _, err := r.Store.VerifyAudit(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestARemovedDeviceIsCutOffAndStaysInTheRecord(t *testing.T) {
	r := apitest.New(t)
	r.Enrol("d1", "laptop-7")
	r.Enrol("d2", "laptop-8")
	r.Find("d1", "kvm.test", "u1", finding.Open)
	admin := bearer(r.Token("root", alert.Admin))
	devices := consolev1connect.NewDeviceServiceClient(http.DefaultClient, r.URL, admin)
	ana := consolev1connect.NewDeviceServiceClient(http.DefaultClient, r.URL, bearer(r.Token("ana", alert.Analyst)))
	remove := connect.NewRequest(&consolev1.RemoveDeviceRequest{Id: "d1"})
	_, err := ana.RemoveDevice(t.Context(), remove)
	wantCode(t, err, connect.CodePermissionDenied, "this takes the role admin")
	_, err = devices.RemoveDevice(t.Context(), connect.NewRequest(&consolev1.RemoveDeviceRequest{Id: "laptop-7"}))
	wantCode(t, err, connect.CodeNotFound, `no device with the id "laptop-7"`)
	if len(r.Gone()) != 0 {
		t.Errorf("refused removals cut %v", r.Gone())
	}
	got, err := devices.RemoveDevice(t.Context(), remove)
	if err != nil || got.Msg.GetDevice().GetPresence() != "removed" || !slices.Equal(r.Gone(), []string{"d1"}) {
		t.Fatalf("remove = %v, %v; cut %v", got, err, r.Gone())
	}
	_, err = devices.RemoveDevice(t.Context(), remove)
	wantCode(t, err, connect.CodeAborted, "already removed at 2026-11-25T12:00:00Z")

	page, err := devices.ListDevices(t.Context(), connect.NewRequest(&consolev1.ListDevicesRequest{}))
	if err != nil || page.Msg.GetTotal() != 1 || page.Msg.GetDevices()[0].GetId() != "d2" {
		t.Errorf("devices = %v, %v; want d2 alone", page, err)
	}
	assessments := consolev1connect.NewAssessmentServiceClient(http.DefaultClient, r.URL, admin)
	standing, err := assessments.ListAssessments(t.Context(), connect.NewRequest(&consolev1.ListAssessmentsRequest{Levels: []string{"high"}}))
	if err != nil || len(standing.Msg.GetAssessments()) != 0 {
		t.Errorf("assessments = %v, %v; want none of a removed device", standing, err)
	}
	queue := list(t, alerts(r, "ana", alert.Analyst), &consolev1.ListAlertsRequest{})
	if queue.GetTotal() != 1 || queue.GetAlerts()[0].GetState() != "new" || queue.GetAlerts()[0].GetActive() {
		t.Errorf("alerts = %v; want the open one to stay, with its evidence no longer there", queue)
	}
	log := consolev1connect.NewAuditServiceClient(http.DefaultClient, r.URL, admin)
	records, err := log.ListAudit(t.Context(), connect.NewRequest(&consolev1.ListAuditRequest{Object: "device/d1"}))
	if err != nil || records.Msg.GetRecords()[0].GetAction() != "device.remove" || records.Msg.GetRecords()[0].GetActor() != "root" {
		t.Errorf("audit = %v, %v", records, err)
	}
}

func TestANameOfTwoDevicesIsRefusedInASentence(t *testing.T) {
	r := apitest.New(t)
	r.Enrol("d1", "laptop")
	r.Enrol("d2", "laptop")
	devices := consolev1connect.NewDeviceServiceClient(http.DefaultClient, r.URL, bearer(r.Token("ana", alert.Analyst)))
	_, err := devices.GetDevice(t.Context(), connect.NewRequest(&consolev1.GetDeviceRequest{Id: "laptop"}))
	wantCode(t, err, connect.CodeInvalidArgument, "several devices are named")
}
