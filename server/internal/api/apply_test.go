package api_test

import (
	"net/http"
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

const deskFile = `apiVersion: farmwatch/v1
kind: Sanction
metadata: {name: desk}
spec:
  tools: [anydesk]
  scope: {devices: [laptop]}
  tenants: [{id: relay.corp.example, label: ours}]
  owner: it@corp.example
  approver: ciso@corp.example
  justification: "Remote support, ITSM 4411"
  expires: 2027-03-31
`

func sanctionsOf(r *apitest.Rig, user string, role alert.Role) consolev1connect.SanctionServiceClient {
	return consolev1connect.NewSanctionServiceClient(http.DefaultClient, r.URL, bearer(r.Token(user, role)))
}

func files(texts ...string) []*consolev1.SanctionFile {
	var list []*consolev1.SanctionFile
	for _, text := range texts {
		list = append(list, &consolev1.SanctionFile{Name: "desk.yaml", Text: text})
	}
	return list
}

func TestApplyIsBoundedAndForAdmins(t *testing.T) {
	r := apitest.New(t)
	r.Enrol("d1", "laptop")
	root, ana, ed := sanctionsOf(r, "root", alert.Admin), sanctionsOf(r, "ana", alert.Analyst), sanctionsOf(r, "ed", alert.Auditor)
	apply := func(c consolev1connect.SanctionServiceClient, texts ...string) error {
		_, err := c.ApplySanctions(t.Context(), connect.NewRequest(&consolev1.ApplySanctionsRequest{Files: files(texts...)}))
		return err
	}
	wantCode(t, apply(ana, deskFile), connect.CodePermissionDenied, "this takes the role admin")
	preview := connect.NewRequest(&consolev1.PreviewSanctionsRequest{Files: files(deskFile)})
	if _, err := ana.PreviewSanctions(t.Context(), preview); err != nil {
		t.Errorf("an analyst may preview: %v", err)
	}
	_, err := ed.PreviewSanctions(t.Context(), preview)
	wantCode(t, err, connect.CodePermissionDenied, "")

	wantCode(t, apply(root), connect.CodeInvalidArgument, "between 1 and 100 files")
	wantCode(t, apply(root, make([]string, 101)...), connect.CodeInvalidArgument, "not 101")
	wantCode(t, apply(root, "# nothing\n"), connect.CodeInvalidArgument, "there are 0 sanctions in these files")
	wantCode(t, apply(root, deskFile, deskFile), connect.CodeInvalidArgument, `desk.yaml:3: a sanction "desk" stands in these files twice`)
	wantCode(t, apply(root, strings.Replace(deskFile, "[laptop]", "[laptop, nosuch]", 1)), connect.CodeNotFound, `desk.yaml:6: there is no device "nosuch"`)
	wantCode(t, apply(root, strings.Replace(deskFile, "ciso@", "root@", 1)), connect.CodeInvalidArgument, "desk.yaml:9: nobody approves what they bring")
	if err := apply(root, strings.Repeat("# long\n", 110<<10)); err == nil || !strings.Contains(err.Error(), "413") {
		t.Errorf("a file of 770 KiB: %v", err)
	}
	if err := apply(root, deskFile+strings.Repeat("# long\n", 50<<10)); err != nil {
		t.Errorf("a long file: %v", err)
	}
}

func TestATenantIsKeptAsThePseudonymThatLaptopsSend(t *testing.T) {
	r := apitest.New(t)
	r.Enrol("d1", "laptop")
	root := sanctionsOf(r, "root", alert.Admin)
	got, err := root.ApplySanctions(t.Context(), connect.NewRequest(&consolev1.ApplySanctionsRequest{Files: files(deskFile)}))
	if err != nil {
		t.Fatal(err)
	}
	n := got.Msg.GetSanctions()[0].GetSanction()
	if n.GetTenants()[0].GetPseudonym() != apitest.Pseudonym("relay.corp.example") || n.GetTenants()[0].GetLabel() != "ours" || n.GetDevices()[0].GetName() != "laptop" {
		t.Errorf("sanction %v", n)
	}
	log := consolev1connect.NewAuditServiceClient(http.DefaultClient, r.URL, bearer(r.Token("root", alert.Admin)))
	records, err := log.ListAudit(t.Context(), connect.NewRequest(&consolev1.ListAuditRequest{}))
	if err != nil || strings.Contains(records.Msg.String(), "relay.corp.example") {
		t.Errorf("the audit log names the tenant in plain, or %v", err)
	}
}

// A grant ends by itself; what goes on is one alert, and the next grant ends it.
func TestAGrantEndsByItself(t *testing.T) {
	r := apitest.New(t)
	r.Enrol("d1", "laptop")
	root := sanctionsOf(r, "root", alert.Admin)
	grant := func(seconds int64, ticket string) error {
		_, err := root.GrantSanction(t.Context(), connect.NewRequest(&consolev1.GrantSanctionRequest{Device: "laptop", Tool: "anydesk", Seconds: seconds, Ticket: ticket}))
		return err
	}
	for _, seconds := range []int64{-1, 0, 86401, 1 << 62} {
		wantCode(t, grant(seconds, "INC-1"), connect.CodeInvalidArgument, "at most 24 hours")
	}
	wantCode(t, grant(60, " "), connect.CodeInvalidArgument, "name the ticket")
	if err := grant(3600, "INC-1"); err != nil {
		t.Fatal(err)
	}
	r.Pass(time.Second)
	r.Find("d1", "tool.anydesk.running", "u1", finding.Open) // since a second ago
	c := alerts(r, "ana", alert.Analyst)
	for after, want := range []int32{0, 1, 1} { // an hour, to the second
		if got := list(t, c, &consolev1.ListAlertsRequest{}).GetTotal(); got != want {
			t.Errorf("step %d: %d alerts, want %d", after, got, want)
		}
		r.Pass([]time.Duration{time.Hour - time.Second, time.Minute, 0}[after])
		r.Report("d1", finding.Report{}) // it does not sleep
		r.Sweep()
	}
	got, err := root.ListSanctions(t.Context(), connect.NewRequest(&consolev1.ListSanctionsRequest{Device: "laptop"}))
	if err != nil || len(got.Msg.GetSanctions()) != 0 {
		t.Errorf("in force: %v, %v", got, err)
	}
	r.Pass(alert.LongestLapse)
	root = sanctionsOf(r, "root", alert.Admin)
	listed := func(ask *consolev1.ListSanctionsRequest) []*consolev1.Sanction {
		got, err := root.ListSanctions(t.Context(), connect.NewRequest(ask))
		if err != nil {
			t.Fatal(err)
		}
		return got.Msg.GetSanctions()
	}
	if list := listed(&consolev1.ListSanctionsRequest{}); len(list) != 0 {
		t.Errorf("long over: %v", list)
	}
	all := listed(&consolev1.ListSanctionsRequest{History: true})
	if len(all) != 1 || len(listed(&consolev1.ListSanctionsRequest{Name: all[0].GetName()})) != 1 {
		t.Errorf("all there were: %v", all)
	}
}

// What is made without a file has as many people behind it, and hides as little.
func TestASanctionWithoutAFileTakesTheSamePeople(t *testing.T) {
	r := apitest.New(t)
	r.Enrol("d1", "laptop")
	r.Find("d1", "tool.anydesk.running", "u1", finding.Open)
	c := alerts(r, "ana", alert.Analyst)
	a := list(t, c, &consolev1.ListAlertsRequest{}).GetAlerts()[0]
	if _, err := c.CloseAlert(t.Context(), connect.NewRequest(&consolev1.CloseAlertRequest{Id: a.GetId(), Etag: a.GetEtag(),
		Reason: "true_positive_remote_operator", Comment: "Nobody at the desk knows of it."})); err != nil {
		t.Fatal(err)
	}
	root := sanctionsOf(r, "root", alert.Admin)
	for _, test := range []struct {
		owner, approver, second string
		code                    connect.Code
		says                    string
	}{
		{"", "", "", connect.CodeInvalidArgument, "has an approver"},
		{"", "root@corp.example", "", connect.CodeInvalidArgument, "somebody else approves it"},
		{"it", "root", "", connect.CodeInvalidArgument, "nobody approves what they bring"},
		{"it", "ciso", "", connect.CodeAborted, "1 closed as true positive"},
		{"it", "ciso", "it", connect.CodeInvalidArgument, "the second approver is somebody else"},
		{"it", "ciso", "cfo", 0, ""},
	} {
		made, err := root.CreateSanction(t.Context(), connect.NewRequest(&consolev1.CreateSanctionRequest{Tool: "anydesk", Device: "laptop", Owner: test.owner, Approver: test.approver,
			SecondApprover: test.second, Justification: "Help desk, see ticket INC-1", ExpiresAt: timestamppb.New(r.Now().Add(48 * time.Hour))}))
		if test.says != "" {
			wantCode(t, err, test.code, test.says)
		} else if n := made.Msg.GetSanction(); err != nil || n.GetOwner() != "it" || n.GetApprover() != "ciso" || n.GetSecondApprover() != "cfo" {
			t.Errorf("made %v, %v", n, err)
		}
	}
}
