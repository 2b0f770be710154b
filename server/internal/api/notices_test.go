package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/farmwatch/console/v1/consolev1connect"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api/apitest"
)

const because = "the provider moves to this product, says change 4711"

// noticeRig has two dozen laptops on which AnyDesk appeared, and one on which a KVM did.
func noticeRig(t *testing.T) (r *apitest.Rig, id string) {
	t.Helper()
	r = apitest.New(t)
	r.Rollout(24, "tool.anydesk.running")
	r.Enrol("k", "laptop-k")
	r.Find("k", "kvm.test", "u-k", finding.Open)
	r.Notice()
	list := listNotices(t, notices(r, "ed", alert.Auditor), true)
	if len(list) != 1 {
		t.Fatalf("notices = %v, want one of AnyDesk", list)
	}
	return r, list[0].GetId()
}

func notices(r *apitest.Rig, user string, role alert.Role) consolev1connect.NoticeServiceClient {
	return consolev1connect.NewNoticeServiceClient(http.DefaultClient, r.URL, bearer(r.Token(user, role)))
}

func listNotices(t *testing.T, c consolev1connect.NoticeServiceClient, undecided bool) []*consolev1.Notice {
	t.Helper()
	got, err := c.ListNotices(t.Context(), connect.NewRequest(&consolev1.ListNoticesRequest{Undecided: undecided}))
	if err != nil {
		t.Fatal(err)
	}
	return got.Msg.GetNotices()
}

func TestANoticeStandsInThePlaceOfAlertsUntilSomebodyDecides(t *testing.T) {
	r, id := noticeRig(t)
	c := notices(r, "ana", alert.Analyst)
	if open := list(t, alerts(r, "ana", alert.Analyst), &consolev1.ListAlertsRequest{States: []string{"new"}}); open.GetTotal() != 1 || open.GetAlerts()[0].GetSubject().GetName() != "laptop-k" {
		t.Errorf("beside the notice stand %v", open)
	}
	got, err := c.GetNotice(t.Context(), connect.NewRequest(&consolev1.GetNoticeRequest{Id: id}))
	if err != nil {
		t.Fatal(err)
	}
	n := got.Msg.GetNotice()
	if n.GetTitle() != "New on 24 laptops: AnyDesk" || n.GetSubject() != "anydesk" || n.GetDecision() != "" || !strings.HasPrefix(n.GetNextStep(), "Ask who rolls out") ||
		n.GetTo().AsTime().Sub(n.GetFrom().AsTime()) != 23*time.Minute {
		t.Errorf("notice = %v", n)
	}
	if d := got.Msg.GetDevices(); len(d) != 24 || d[0].GetName() != "rolled-01" || d[23].GetName() != "rolled-24" {
		t.Errorf("devices = %v", d)
	}
	r.Pass(time.Minute)
	decided, err := c.DecideNotice(t.Context(), connect.NewRequest(&consolev1.DecideNoticeRequest{Id: id, Decision: "unexpected", Comment: "nobody of the desk knows of any roll-out"}))
	if err != nil {
		t.Fatal(err)
	}
	if n := decided.Msg.GetNotice(); n.GetDecision() != "unexpected" || n.GetDecidedBy() != "ana" || !n.GetDecidedAt().AsTime().Equal(r.Now()) || !strings.HasPrefix(n.GetNextStep(), "Review the alerts") {
		t.Errorf("decided = %v", n)
	}
	if left := listNotices(t, c, true); len(left) != 0 {
		t.Errorf("undecided = %v", left)
	}
	if open := list(t, alerts(r, "ana", alert.Analyst), &consolev1.ListAlertsRequest{States: []string{"new"}}); open.GetTotal() != 25 {
		t.Errorf("after it was not expected there are %d alerts", open.GetTotal())
	}
}

// Somebody who decides on hundreds of laptops at once sees first those of which more is known.
func TestANoticeShowsFirstWhoHasAnAlertOfItsOwn(t *testing.T) {
	r := apitest.New(t)
	r.Rollout(24, "tool.anydesk.running")
	r.Find("r9", "kvm.test", "kvm-r9", finding.Open)
	r.Notice()
	c := notices(r, "ana", alert.Analyst)
	got, err := c.GetNotice(t.Context(), connect.NewRequest(&consolev1.GetNoticeRequest{Id: listNotices(t, c, true)[0].GetId()}))
	if err != nil {
		t.Fatal(err)
	}
	d := got.Msg.GetDevices()
	if len(d) != 24 || d[0].GetName() != "rolled-09" || d[0].GetAlert() == "" || d[0].GetLevel() != "high" || d[1].GetName() != "rolled-01" || d[1].GetAlert() != "" {
		t.Errorf("devices = %v", d)
	}
	r.Enrol("k", "laptop-k")
	for name, want := range map[string]int{"rolled-03": 1, "laptop-k": 0} {
		of, err := c.ListNotices(t.Context(), connect.NewRequest(&consolev1.ListNoticesRequest{Device: name}))
		if err != nil || len(of.Msg.GetNotices()) != want {
			t.Errorf("notices about %s = %v, %v; want %d", name, of, err, want)
		}
	}
	_, err = c.ListNotices(t.Context(), connect.NewRequest(&consolev1.ListNoticesRequest{Device: "nosuch"}))
	wantCode(t, err, connect.CodeNotFound, `there is no device "nosuch"`)
}

func TestWhoMayDecideOnANoticeAndHow(t *testing.T) {
	r, id := noticeRig(t)
	ask := &consolev1.DecideNoticeRequest{Id: id, Decision: "expected", Comment: because}
	anybody := consolev1connect.NewNoticeServiceClient(http.DefaultClient, r.URL)
	_, err := anybody.ListNotices(t.Context(), connect.NewRequest(&consolev1.ListNoticesRequest{}))
	wantCode(t, err, connect.CodeUnauthenticated, "")
	_, err = notices(r, "ed", alert.Auditor).DecideNotice(t.Context(), connect.NewRequest(ask))
	wantCode(t, err, connect.CodePermissionDenied, "ed has the role auditor")
	c := notices(r, "root", alert.Admin)
	for says, m := range map[string]*consolev1.DecideNoticeRequest{
		`"perhaps" is no decision`: {Id: id, Decision: "perhaps", Comment: because},
		"is no decision":           {Id: id, Comment: because},
		"20 characters or more":    {Id: id, Decision: "expected", Comment: "   it is fine         "},
		"longer than":              {Id: id, Decision: "expected", Comment: strings.Repeat("x", alert.MaxComment+1)},
	} {
		_, err := c.DecideNotice(t.Context(), connect.NewRequest(m))
		wantCode(t, err, connect.CodeInvalidArgument, says)
	}
	_, err = c.GetNotice(t.Context(), connect.NewRequest(&consolev1.GetNoticeRequest{Id: "notice-none"}))
	wantCode(t, err, connect.CodeNotFound, `there is no notice "notice-none"`)
	_, err = c.DecideNotice(t.Context(), connect.NewRequest(&consolev1.DecideNoticeRequest{Decision: "expected", Comment: because}))
	wantCode(t, err, connect.CodeNotFound, "there is no notice")
	if left := listNotices(t, c, true); len(left) != 1 {
		t.Fatalf("what was refused left %v", left)
	}
	got, err := c.DecideNotice(t.Context(), connect.NewRequest(ask))
	if err != nil || got.Msg.GetNotice().GetDecidedBy() != "root" || got.Msg.GetNotice().GetComment() != because {
		t.Errorf("decided = %v, %v", got, err)
	}
}
