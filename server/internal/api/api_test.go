package api_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/protobuf/types/known/timestamppb"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/farmwatch/console/v1/consolev1connect"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api/apitest"
	"github.com/farmwatch/farmwatch/server/internal/audit"
	"github.com/farmwatch/farmwatch/server/internal/report"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// bearer signs every call with a token.
func bearer(token string) connect.ClientOption {
	return connect.WithInterceptors(&signer{token})
}

type signer struct{ token string }

func (s *signer) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, r connect.AnyRequest) (connect.AnyResponse, error) {
		r.Header().Set("Authorization", "Bearer "+s.token)
		return next(ctx, r)
	}
}

func (s *signer) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return func(ctx context.Context, spec connect.Spec) connect.StreamingClientConn {
		c := next(ctx, spec)
		c.RequestHeader().Set("Authorization", "Bearer "+s.token)
		return c
	}
}

func (s *signer) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

func wantCode(t *testing.T, err error, code connect.Code, says string) {
	t.Helper()
	if err == nil || connect.CodeOf(err) != code || !strings.Contains(err.Error(), says) {
		t.Errorf("error = %v, want %s saying %q", err, code, says)
	}
}

func alerts(r *apitest.Rig, user string, role alert.Role) consolev1connect.AlertServiceClient {
	return consolev1connect.NewAlertServiceClient(http.DefaultClient, r.URL, bearer(r.Token(user, role)))
}

func list(t *testing.T, c consolev1connect.AlertServiceClient, m *consolev1.ListAlertsRequest) *consolev1.ListAlertsResponse {
	t.Helper()
	got, err := c.ListAlerts(t.Context(), connect.NewRequest(m))
	if err != nil {
		t.Fatal(err)
	}
	return got.Msg
}

func TestSignInGivesACookieThatOnlyTheServerReads(t *testing.T) {
	r := apitest.New(t)
	c := consolev1connect.NewSessionServiceClient(http.DefaultClient, r.URL)
	got, err := c.SignIn(t.Context(), connect.NewRequest(&consolev1.SignInRequest{Code: r.Code("ana", alert.Analyst)}))
	if err != nil {
		t.Fatal(err)
	}
	set := got.Header().Get("Set-Cookie")
	for _, want := range []string{"farmwatch_session=" + got.Msg.GetToken(), "HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(set, want) {
			t.Errorf("cookie %q lacks %s", set, want)
		}
	}
	ask := connect.NewRequest(&consolev1.GetSessionRequest{})
	ask.Header().Set("Cookie", strings.Split(set, ";")[0])
	who, err := c.GetSession(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	if m := who.Msg; m.GetSession().GetUser() != "ana" || m.GetSession().GetRole() != "analyst" || m.GetInstallServer() != "collector.example:7443" || m.GetScale().GetMedium() != 50 {
		t.Errorf("session = %v", m)
	}
	leave := connect.NewRequest(&consolev1.SignOutRequest{})
	leave.Header().Set("Cookie", strings.Split(set, ";")[0])
	if _, err := c.SignOut(t.Context(), leave); err != nil {
		t.Fatal(err)
	}
	_, err = c.GetSession(t.Context(), ask)
	wantCode(t, err, connect.CodeUnauthenticated, "not signed in")
	_, err = c.SignIn(t.Context(), connect.NewRequest(&consolev1.SignInRequest{Code: "guess"}))
	wantCode(t, err, connect.CodeUnauthenticated, "ask for a new link")
}

func TestAnAlertFromReportToDecision(t *testing.T) {
	r := apitest.New(t)
	r.Enrol("d1", "laptop-7")
	r.Find("d1", "kvm.test", "u1", finding.Open)
	ana, ed := alerts(r, "ana", alert.Analyst), alerts(r, "ed", alert.Auditor)
	queue := list(t, ed, &consolev1.ListAlertsRequest{States: []string{"new"}, Query: "PIKVM laptop"})
	if queue.GetTotal() != 1 || len(queue.GetAlerts()) != 1 || queue.GetNextPageToken() != "" {
		t.Fatalf("queue = %v", queue)
	}
	a := queue.GetAlerts()[0]
	got, err := ed.GetAlert(t.Context(), connect.NewRequest(&consolev1.GetAlertRequest{Id: a.GetId()}))
	if err != nil {
		t.Fatal(err)
	}
	d := got.Msg.GetDetail()
	if !strings.Contains(d.GetWhy(), "plugged in") || d.GetAlternatives() == "" || d.GetChange() == "" || len(d.GetLedger()) == 0 || len(d.GetTimeline()) < 2 {
		t.Errorf("detail = %v", d)
	}
	if f := d.GetFindings()[0]; f.GetUid() != "u1" || f.GetCheck() == "" || f.GetTechniques()[0] != "T1219.003" || f.GetEvidence()[0].GetColumns()["port"] != "1-1.2" {
		t.Errorf("finding = %v", f)
	}
	_, err = ed.AcknowledgeAlert(t.Context(), connect.NewRequest(&consolev1.AcknowledgeAlertRequest{Id: a.GetId(), Etag: a.GetEtag()}))
	wantCode(t, err, connect.CodePermissionDenied, "ed has the role auditor")
	took, err := ana.AcknowledgeAlert(t.Context(), connect.NewRequest(&consolev1.AcknowledgeAlertRequest{Id: a.GetId(), Etag: a.GetEtag()}))
	if err != nil || took.Msg.GetAlert().GetAssignee() != "ana" {
		t.Fatalf("acknowledge = %v, %v", took, err)
	}
	_, err = ana.CloseAlert(t.Context(), connect.NewRequest(&consolev1.CloseAlertRequest{Id: a.GetId(), Etag: a.GetEtag(), Reason: "duplicate"}))
	wantCode(t, err, connect.CodeAborted, "changed since you read it")
	etag := took.Msg.GetAlert().GetEtag()
	_, err = ana.CloseAlert(t.Context(), connect.NewRequest(&consolev1.CloseAlertRequest{Id: a.GetId(), Etag: etag, Reason: "false_positive_data", Comment: "no"}))
	wantCode(t, err, connect.CodeInvalidArgument, "at least 20 characters")
	said, err := ana.CommentAlert(t.Context(), connect.NewRequest(&consolev1.CommentAlertRequest{Id: a.GetId(), Comment: "asked the owner"}))
	if err != nil {
		t.Fatal(err)
	}
	shut, err := ana.CloseAlert(t.Context(), connect.NewRequest(&consolev1.CloseAlertRequest{Id: a.GetId(), Etag: said.Msg.GetAlert().GetEtag(),
		Reason: "benign_own_equipment", Comment: "It is the KVM of our test bench."}))
	if err != nil || shut.Msg.GetAlert().GetState() != "closed" {
		t.Fatalf("close = %v, %v", shut, err)
	}
	again, err := ana.ReopenAlert(t.Context(), connect.NewRequest(&consolev1.ReopenAlertRequest{Id: a.GetId(), Etag: shut.Msg.GetAlert().GetEtag(), Comment: "not ours after all"}))
	if err != nil || again.Msg.GetAlert().GetState() != "in_progress" {
		t.Fatalf("reopen = %v, %v", again, err)
	}
	log := consolev1connect.NewAuditServiceClient(http.DefaultClient, r.URL, bearer(r.Token("ed", alert.Auditor)))
	page, err := log.ListAudit(t.Context(), connect.NewRequest(&consolev1.ListAuditRequest{Object: "alert/" + a.GetId()}))
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, rec := range page.Msg.GetRecords() {
		actions = append(actions, rec.GetAction())
	}
	if got := strings.Join(actions, " "); got != "alert.reopen alert.close alert.comment alert.acknowledge" {
		t.Errorf("audit = %s", got)
	}
	if tree, err := r.Store.VerifyAudit(t.Context()); err != nil || tree.Size != page.Msg.GetTreeSize() || tree.Root.String() != page.Msg.GetRoot() {
		t.Errorf("verify = %+v, %v; the API said %d %s", tree, err, page.Msg.GetTreeSize(), page.Msg.GetRoot())
	}
	_, err = ana.GetAlert(t.Context(), connect.NewRequest(&consolev1.GetAlertRequest{Id: "nosuch"}))
	wantCode(t, err, connect.CodeNotFound, `there is no alert "nosuch"`)
}

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

func TestWatchTellsAtOnce(t *testing.T) {
	r := apitest.New(t)
	r.Enrol("d1", "laptop")
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	c := consolev1connect.NewAlertServiceClient(http.DefaultClient, r.URL, bearer(r.Token("ana", alert.Analyst)))
	stream, err := c.WatchAlerts(ctx, connect.NewRequest(&consolev1.WatchAlertsRequest{}))
	if err != nil {
		t.Fatal(err)
	}
	if !stream.Receive() || stream.Msg().GetAlert() != nil {
		t.Fatalf("the first message is a heartbeat, not %v, %v", stream.Msg(), stream.Err())
	}
	r.Find("d1", "kvm.test", "u1", finding.Open)
	if !stream.Receive() || stream.Msg().GetAlert().GetState() != "new" {
		t.Fatalf("message = %v, %v", stream.Msg(), stream.Err())
	}
	r.Watch.Close()
	if stream.Receive() || connect.CodeOf(stream.Err()) != connect.CodeUnavailable {
		t.Errorf("the end = %v", stream.Err())
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
	wish := &consolev1.CreateSanctionRequest{Tool: "anydesk", Device: "laptop", Justification: "Help desk, see ticket INC-1", ExpiresAt: timestamppb.New(r.Now().Add(time.Hour))}
	made, err := sanctions.CreateSanction(t.Context(), connect.NewRequest(wish))
	if err != nil || made.Msg.GetSanction().GetDevice() != "d1" || made.Msg.GetSanction().GetCreatedBy() != "root" {
		t.Fatalf("sanction = %v, %v", made, err)
	}
	wish.Tool = "*"
	_, err = sanctions.CreateSanction(t.Context(), connect.NewRequest(wish))
	wantCode(t, err, connect.CodeInvalidArgument, "names one tool")
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
	if listed, err := sanctions.ListSanctions(t.Context(), connect.NewRequest(&consolev1.ListSanctionsRequest{})); err != nil || len(listed.Msg.GetSanctions()) != 1 {
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

func TestTheConsoleIsServed(t *testing.T) {
	r := apitest.New(t)
	for _, tt := range []struct{ path, contains, cache string }{
		{"/", "<title>farmwatch", "no-store"},
		{"/alerts/123?x=1", "<title>farmwatch", "no-store"},
		{"/index.html", "<title>farmwatch", "no-store"},
		{"/assets/app-1a.js", "export {}", "immutable"},
		{"/healthz", "ok", ""},
	} {
		response, err := http.Get(r.URL + tt.path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(body), tt.contains) || !strings.Contains(response.Header.Get("Cache-Control"), tt.cache) {
			t.Errorf("%s: %s %q %v", tt.path, response.Status, body, err)
		}
		if csp := response.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self';") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", tt.path, csp)
		}
	}
	gone, err := http.Get(r.URL + "/assets/app-old.js")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Body.Close()
	if gone.StatusCode != http.StatusNotFound {
		t.Errorf("a file that is gone: %s", gone.Status)
	}
}

func TestAnotherSiteCannotActForABrowser(t *testing.T) {
	r := apitest.New(t)
	token := r.Token("ana", alert.Analyst)
	post := func(edit func(*http.Request)) int {
		ask, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.URL+consolev1connect.SessionServiceGetSessionProcedure, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		ask.Header.Set("Content-Type", "application/json")
		ask.Header.Set("Connect-Protocol-Version", "1")
		ask.AddCookie(&http.Cookie{Name: "farmwatch_session", Value: token})
		edit(ask)
		response, err := http.DefaultClient.Do(ask)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response.StatusCode
	}
	if got := post(func(*http.Request) {}); got != http.StatusOK {
		t.Errorf("the console itself: %d", got)
	}
	if got := post(func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }); got != http.StatusForbidden {
		t.Errorf("another origin: %d", got)
	}
	if got := post(func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); got != http.StatusForbidden {
		t.Errorf("cross-site: %d", got)
	}
	if got := post(func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }); got != http.StatusUnsupportedMediaType {
		t.Errorf("a form's content type: %d", got)
	}
	if got := post(func(r *http.Request) { r.Header.Del("Connect-Protocol-Version") }); got != http.StatusBadRequest {
		t.Errorf("without the protocol's header: %d", got)
	}
}

func TestAPackThroughTheAPI(t *testing.T) {
	r := apitest.New(t)
	r.Enrol("d1", "laptop")
	r.Find("d1", "kvm.test", "u1", finding.Open)
	c := consolev1connect.NewReportServiceClient(http.DefaultClient, r.URL, bearer(r.Token("ed", alert.Auditor)))
	stream, err := c.CreateReport(t.Context(), connect.NewRequest(&consolev1.CreateReportRequest{Period: "2026-11"}))
	if err != nil {
		t.Fatal(err)
	}
	var pack bytes.Buffer
	name := ""
	for stream.Receive() {
		pack.Write(stream.Msg().GetPiece())
		name = stream.Msg().GetFileName()
	}
	if err := stream.Err(); err != nil || name != "farmwatch-assurance-2026-11.zip" {
		t.Fatalf("stream = %q, %v", name, err)
	}
	m, err := report.Verify(bytes.NewReader(pack.Bytes()), int64(pack.Len()))
	if err != nil {
		t.Fatal(err)
	}
	root, err := tlog.ParseHash(m.Audit.Root)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Store.VerifyAudit(t.Context(), audit.Tree{Size: m.Audit.Size, Root: root}); err != nil {
		t.Errorf("the pack's root does not stand for the log: %v", err)
	}
	stream, err = c.CreateReport(t.Context(), connect.NewRequest(&consolev1.CreateReportRequest{Period: "2027-01"}))
	if err != nil {
		t.Fatal(err)
	}
	if stream.Receive() {
		t.Error("a period that has not begun has a pack")
	}
	wantCode(t, stream.Err(), connect.CodeInvalidArgument, "has not begun")
}

func TestATamperedAuditRecordIsNamed(t *testing.T) {
	r := apitest.New(t)
	r.Token("ana", alert.Analyst)
	r.Token("ed", alert.Auditor)
	if err := r.Store.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", r.Path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Exec("UPDATE audit_records SET actor = 'eve' WHERE idx = 2"); err == nil || !strings.Contains(err.Error(), "append-only") {
		t.Errorf("SQL changed a record: %v", err)
	}
	if _, err := raw.Exec("DELETE FROM audit_hashes"); err == nil || !strings.Contains(err.Error(), "append-only") {
		t.Errorf("SQL deleted hashes: %v", err)
	}
	if _, err := raw.Exec("DROP TRIGGER audit_records_stay; UPDATE audit_records SET actor = 'eve' WHERE idx = 2"); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := store.Open(t.Context(), r.Path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Close() })
	_, err = again.VerifyAudit(t.Context())
	var bad *audit.BadRecord
	if !errors.As(err, &bad) || bad.Index != 2 {
		t.Errorf("VerifyAudit = %v", err)
	}
}
