package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/farmwatch/console/v1/consolev1connect"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api/apitest"
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

func TestWhatIsNobodysBusinessIsToldByItsID(t *testing.T) {
	r := apitest.New(t)
	c := alerts(r, "ana", alert.Analyst)
	if _, err := c.ListAlerts(t.Context(), connect.NewRequest(&consolev1.ListAlertsRequest{})); err != nil {
		t.Fatal(err)
	}
	if err := r.Store.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := c.ListAlerts(t.Context(), connect.NewRequest(&consolev1.ListAlertsRequest{}))
	wantCode(t, err, connect.CodeInternal, "its log says what, under 0000")
	if strings.Contains(err.Error(), "sql") || strings.Contains(err.Error(), r.Path) {
		t.Errorf("the inside is told to the outside: %v", err)
	}
}
