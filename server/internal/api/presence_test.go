package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/farmwatch/console/v1/consolev1connect"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api/apitest"
)

const why = "Two KVM findings, see INC-7"

func presences(r *apitest.Rig, user string, role alert.Role) consolev1connect.PresenceServiceClient {
	return consolev1connect.NewPresenceServiceClient(http.DefaultClient, r.URL, bearer(r.Token(user, role)))
}

// tell lets a laptop tell of a presence check.
func tell(r *apitest.Rig, device, id, state string) {
	r.Report(device, finding.Report{At: r.Now(), Facts: []finding.Facts{{Class: "presence_checks", Rows: []finding.Observation{{Class: "presence_checks", UID: id,
		Columns: map[string]string{"check": id, "state": state, "answered_by": "builtin_keyboard", "answered_after_ms": "12300", "answered_from": "AT keyboard"}}}}}})
}

// judged is all that is concluded of the laptops, as the API tells it.
func judged(t *testing.T, r *apitest.Rig) string {
	t.Helper()
	admin := bearer(r.Token("root", alert.Admin))
	standings, err := consolev1connect.NewAssessmentServiceClient(http.DefaultClient, r.URL, admin).ListAssessments(t.Context(), connect.NewRequest(&consolev1.ListAssessmentsRequest{}))
	if err != nil {
		t.Fatal(err)
	}
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(standings.Msg)
	if err != nil {
		t.Fatal(err)
	}
	queue, err := proto.MarshalOptions{Deterministic: true}.Marshal(list(t, alerts(r, "root", alert.Admin), &consolev1.ListAlertsRequest{}))
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + string(queue)
}

func TestPresenceIsAskedAndAnsweredAndCountsForNothing(t *testing.T) {
	r := apitest.New(t)
	r.Enrol("d1", "laptop-7")
	r.Find("d1", "kvm.test", "u1", finding.Open)
	id := list(t, alerts(r, "ana", alert.Analyst), &consolev1.ListAlertsRequest{}).GetAlerts()[0].GetId()
	ana := presences(r, "ana", alert.Analyst)
	before := judged(t, r)
	asked, err := ana.RequestPresence(t.Context(), connect.NewRequest(&consolev1.RequestPresenceRequest{Device: "d1", Alert: id, DueSeconds: 3600, Reason: "  " + why + " "}))
	if err != nil {
		t.Fatal(err)
	}
	c := asked.Msg.GetCheck()
	if len(c.GetId()) != 26 || c.GetSubject().GetName() != "laptop-7" || c.GetState() != "waiting" || len(c.GetMeans()) != 5 || c.GetReason() != why || c.GetAskedBy() != "ana" ||
		!c.GetDueAt().AsTime().Equal(apitest.Noon.Add(time.Hour)) || c.GetClosedAt() != nil {
		t.Errorf("asked: %v", c)
	}
	tell(r, "d1", c.GetId(), "shown")
	r.Pass(time.Minute)
	tell(r, "d1", c.GetId(), "answered")
	tell(r, "d1", "another", "shown")
	got, err := presences(r, "ed", alert.Auditor).ListPresence(t.Context(), connect.NewRequest(&consolev1.ListPresenceRequest{Device: "laptop-7", Alert: id}))
	if err != nil || len(got.Msg.GetChecks()) != 1 {
		t.Fatalf("list: %v, %v", got, err)
	}
	if c := got.Msg.GetChecks()[0]; c.GetState() != "answered" || c.GetAnsweredBy() != "builtin_keyboard" || c.GetAnsweredAfterMs() != 12300 || c.GetAnsweredFrom() != "AT keyboard" ||
		!c.GetClosedAt().AsTime().Equal(apitest.Noon.Add(time.Minute)) {
		t.Errorf("answered: %v", c)
	}
	if after := judged(t, r); after != before {
		t.Error("an answer changed what is concluded")
	}
	detail, err := alerts(r, "ana", alert.Analyst).GetAlert(t.Context(), connect.NewRequest(&consolev1.GetAlertRequest{Id: id}))
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, e := range detail.Msg.GetDetail().GetTimeline() {
		if e.GetKind() == "presence_check" {
			told = append(told, e.GetActor()+": "+e.GetText())
		}
	}
	if len(told) != 3 || !strings.HasPrefix(told[0], "ana: Asked the person at the laptop") || !strings.Contains(told[2], "answered: builtin keyboard (AT keyboard), 12.3s after") {
		t.Errorf("timeline %q", told)
	}
	if !slices.Equal(r.Told(), []string{"d1"}) {
		t.Errorf("told %v", r.Told())
	}
}

func TestWhoMayAskAndWhat(t *testing.T) {
	r := apitest.New(t)
	r.Enrol("d1", "laptop-7")
	r.Enrol("d2", "laptop-8")
	r.Find("d2", "kvm.test", "u1", finding.Open)
	theirs := list(t, alerts(r, "ana", alert.Analyst), &consolev1.ListAlertsRequest{}).GetAlerts()[0].GetId()
	ana := presences(r, "ana", alert.Analyst)
	ask := func(edit func(*consolev1.RequestPresenceRequest)) error {
		m := &consolev1.RequestPresenceRequest{Device: "d1", DueSeconds: 600, Reason: why}
		edit(m)
		_, err := ana.RequestPresence(t.Context(), connect.NewRequest(m))
		return err
	}
	for want, edit := range map[string]func(*consolev1.RequestPresenceRequest){
		"invalid_argument: say at which device":            func(m *consolev1.RequestPresenceRequest) { m.Device = "" },
		"not_found: there is no device with the id":        func(m *consolev1.RequestPresenceRequest) { m.Device = "laptop-7" },
		"invalid_argument: there is no alert":              func(m *consolev1.RequestPresenceRequest) { m.Alert = theirs },
		`invalid_argument: "selfie" is nothing that`:       func(m *consolev1.RequestPresenceRequest) { m.Means = []string{"lid", "selfie"} },
		"5 minutes and 7 days to answer, not 4m59s":        func(m *consolev1.RequestPresenceRequest) { m.DueSeconds = 299 },
		"5 minutes and 7 days to answer, not 168h0m1s":     func(m *consolev1.RequestPresenceRequest) { m.DueSeconds = 7*24*3600 + 1 },
		"5 minutes and 7 days to answer, not 336h0m0s":     func(m *consolev1.RequestPresenceRequest) { m.DueSeconds = 1 << 62 },
		"5 minutes and 7 days to answer, not 0s":           func(m *consolev1.RequestPresenceRequest) { m.DueSeconds = -1 },
		"invalid_argument: say in at least 10 characters ": func(m *consolev1.RequestPresenceRequest) { m.Reason = "so        " },
	} {
		if err := ask(edit); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	_, err := presences(r, "ed", alert.Auditor).RequestPresence(t.Context(), connect.NewRequest(&consolev1.RequestPresenceRequest{Device: "d1", DueSeconds: 600, Reason: why}))
	wantCode(t, err, connect.CodePermissionDenied, "this takes the role admin or analyst")
	plain := func(*consolev1.RequestPresenceRequest) {}
	for range 3 {
		if err := ask(plain); err != nil {
			t.Fatal(err)
		}
		wantCode(t, ask(plain), connect.CodeAborted, "is being asked already")
		open, err := ana.ListPresence(t.Context(), connect.NewRequest(&consolev1.ListPresenceRequest{}))
		if err != nil {
			t.Fatal(err)
		}
		withdraw := connect.NewRequest(&consolev1.WithdrawPresenceRequest{Id: open.Msg.GetChecks()[0].GetId()})
		_, err = presences(r, "ed", alert.Auditor).WithdrawPresence(t.Context(), withdraw)
		wantCode(t, err, connect.CodePermissionDenied, "this takes")
		ended, err := ana.WithdrawPresence(t.Context(), withdraw)
		if err != nil || ended.Msg.GetCheck().GetState() != "withdrawn" || ended.Msg.GetCheck().GetClosedAt() == nil {
			t.Errorf("withdrawn: %v, %v", ended, err)
		}
		_, err = ana.WithdrawPresence(t.Context(), withdraw)
		wantCode(t, err, connect.CodeAborted, "ended at")
		r.Pass(time.Minute)
	}
	wantCode(t, ask(plain), connect.CodeAborted, "asked 3 times within a day")
	r.Pass(24 * time.Hour)
	ana = presences(r, "ana", alert.Analyst) // the session ended meanwhile
	if err := ask(plain); err != nil {
		t.Error(err)
	}
	_, err = ana.WithdrawPresence(t.Context(), connect.NewRequest(&consolev1.WithdrawPresenceRequest{Id: "nothing"}))
	wantCode(t, err, connect.CodeNotFound, `no presence check "nothing"`)
	if told := r.Told(); len(told) != 7 {
		t.Errorf("told %v, want each that was asked or withdrawn", told)
	}
	if _, err := r.Store.RemoveDevice(t.Context(), "d1", "root", r.Now()); err != nil { // while it is asked
		t.Fatal(err)
	}
	testAudit(t, r)
}

func testAudit(t *testing.T, r *apitest.Rig) {
	t.Helper()
	log := consolev1connect.NewAuditServiceClient(http.DefaultClient, r.URL, bearer(r.Token("ed", alert.Auditor)))
	records, err := log.ListAudit(t.Context(), connect.NewRequest(&consolev1.ListAuditRequest{PageSize: 1000}))
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, a := range records.Msg.GetRecords() {
		counts[a.GetAction()+" by "+a.GetActor()]++
		if a.GetAction() == "presence.request" && (a.GetActor() != "ana" || !strings.Contains(a.GetDetail(), why) || !strings.HasPrefix(a.GetObject(), "presence/")) {
			t.Errorf("noted %v", a)
		}
	}
	if counts["presence.request by ana"] != 4 || counts["presence.withdraw by ana"] != 3 || counts["presence.withdraw by root"] != 1 {
		t.Errorf("audit %v", counts)
	}
	if _, err := r.Store.VerifyAudit(t.Context()); err != nil {
		t.Error(err)
	}
}
