package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/farmwatch/console/v1/consolev1connect"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api/apitest"
	"github.com/farmwatch/farmwatch/server/internal/assess"
)

const deskRule = `id: kvm.desk
title: A device that the company never bought is plugged in
status: test
severity: high
confidence: high
tier: 2
group: kvm
attack: [T1200]
class: usb_devices
match: {vendor_id: "1234"}
explain: {why: It can act as a keyboard., alternatives: The company bought it after all., change: It is unplugged., check: Look at the port.}
falsepositives: [a purchase that nobody told of]
machines: [pointer-of-its-own.txtar]
lookalikes: [plain-laptop.txtar]
`

// deskRuleOn is that rule on another class of rows.
func deskRuleOn(class, match string) string {
	return strings.NewReplacer("usb_devices", class, `vendor_id: "1234"`, match).Replace(deskRule)
}

func realRig(t testing.TB) *apitest.Rig {
	t.Helper()
	known, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return apitest.NewOver(t, known)
}

func rules(r *apitest.Rig, user string, role alert.Role) consolev1connect.RuleServiceClient {
	return consolev1connect.NewRuleServiceClient(http.DefaultClient, r.URL, bearer(r.Token(user, role)))
}

// replay gives the changes, the summary, and how often progress was told.
func replay(t *testing.T, c consolev1connect.RuleServiceClient, m *consolev1.ReplayRulesRequest) (changes []*consolev1.ReplayChange, summary *consolev1.ReplaySummary, progress int, err error) {
	t.Helper()
	stream, err := c.ReplayRules(t.Context(), connect.NewRequest(m))
	if err != nil {
		return nil, nil, 0, err
	}
	for stream.Receive() {
		switch part := stream.Msg().GetPart().(type) {
		case *consolev1.ReplayRulesResponse_Change:
			changes = append(changes, part.Change)
		case *consolev1.ReplayRulesResponse_Summary:
			summary = part.Summary
		case *consolev1.ReplayRulesResponse_Progress:
			progress++
		}
	}
	return changes, summary, progress, stream.Err()
}

func ruleFile(name, text string) []*consolev1.RuleFile {
	return []*consolev1.RuleFile{{Name: name, Text: text}}
}

func TestARuleIsReplayedAndNothingIsWritten(t *testing.T) {
	r := realRig(t)
	r.Enrol("d1", "laptop-1")
	r.Enrol("d2", "laptop-2")
	row := finding.Observation{Class: "usb_devices", UID: "usb-1", Columns: map[string]string{"port": "1-1", "vendor_id": "1234", "product_id": "0001"}}
	r.Report("d1", finding.Report{At: r.Now(), Facts: []finding.Facts{{Class: "usb_devices", Rows: []finding.Observation{row}}}})
	r.Pass(48 * time.Hour)
	r.Report("d1", finding.Report{At: r.Now(), Facts: []finding.Facts{{Class: "usb_devices"}}})
	c := rules(r, "ana", alert.Analyst)
	before, err := r.Store.VerifyAudit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	changes, s, progress, err := replay(t, c, &consolev1.ReplayRulesRequest{Files: ruleFile("my/new-rule.yaml", deskRule)})
	if err != nil || len(changes) != 1 || s == nil || progress == 0 {
		t.Fatalf("replay = %v, %v, %d, %v", changes, s, progress, err)
	}
	one := changes[0]
	if one.GetSubject().GetName() != "laptop-1" || one.GetBefore() != "none" || one.GetAfter() != "medium" || one.GetNowAfter() != "none" || one.GetAlert() != "opened" || !one.GetAt().AsTime().Equal(apitest.Noon) {
		t.Errorf("change = %v", one)
	}
	if s.GetDevices() != 2 || s.GetRaised() != 1 || s.GetAlertsOpened() != 1 || s.GetRules()[0].GetDevicesAfter() != 1 || s.GetRows() == 0 || s.GetRevision() == s.GetBaseRevision() {
		t.Errorf("summary = %v", s)
	}
	if !strings.Contains(strings.Join(s.GetNotes(), " "), "kept as they came for 14 days") {
		t.Errorf("notes = %q", s.GetNotes())
	}
	after, err := r.Store.VerifyAudit(t.Context())
	if err != nil || after.Size != before.Size {
		t.Errorf("the audit log went from %d to %d, %v", before.Size, after.Size, err)
	}
	if queue := list(t, alerts(r, "ana", alert.Analyst), &consolev1.ListAlertsRequest{}); queue.GetTotal() != 0 {
		t.Errorf("a replay opened %v", queue)
	}
	if only, _, _, err := replay(t, c, &consolev1.ReplayRulesRequest{Files: ruleFile("x", deskRule), Device: "laptop-2"}); err != nil || len(only) != 0 {
		t.Errorf("of laptop-2 = %v, %v", only, err)
	}
}

func TestMistakesInRulesAreToldWithTheSendersFileAndLine(t *testing.T) {
	c := rules(realRig(t), "ana", alert.Analyst)
	for name, bad := range map[string]struct {
		text string
		says []string
	}{
		"unknown column": {strings.Replace(deskRule, "vendor_id", "vendor", 1), []string{"mine/new-rule.yaml:10: ", `"vendor"`}},
		"two mistakes":   {strings.NewReplacer("tier: 2", "tier: 9", "severity: high", "severity: dire").Replace(deskRule), []string{"mine/new-rule.yaml:4: ", "mine/new-rule.yaml:6: "}},
		"no YAML":        {"id: [", []string{"mine/new-rule.yaml:"}},
		"no rule at all": {"hello: world", []string{"mine/new-rule.yaml:1: "}},
		"empty":          {"", []string{"mine/new-rule.yaml:1: the file is empty"}},
		"two documents":  {deskRule + "---\n" + deskRule, []string{"more than one YAML document"}},
		"composite":      {"id: c1.x\nconclusion: in_farm\n", []string{"mine/new-rule.yaml:1: ", "title is missing"}},
	} {
		_, _, _, err := replay(t, c, &consolev1.ReplayRulesRequest{Files: ruleFile("mine/new-rule.yaml", bad.text)})
		for _, says := range bad.says {
			if connect.CodeOf(err) != connect.CodeInvalidArgument || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: error = %v, want one saying %q", name, err, says)
			}
		}
		if err != nil && strings.Contains(err.Error(), "rules/") {
			t.Errorf("%s: the error names a file that nobody sent: %v", name, err)
		}
	}
	_, _, _, err := replay(t, c, &consolev1.ReplayRulesRequest{Files: append(ruleFile("a.yaml", deskRule), ruleFile("b.yaml", deskRule)...)})
	wantCode(t, err, connect.CodeInvalidArgument, "b.yaml: kvm.desk stands in a.yaml already")
}

func TestAReplayIsBoundedAndForReviewers(t *testing.T) {
	r := realRig(t)
	c := rules(r, "ana", alert.Analyst)
	_, _, _, err := replay(t, rules(r, "ed", alert.Auditor), &consolev1.ReplayRulesRequest{Files: ruleFile("a.yaml", deskRule)})
	wantCode(t, err, connect.CodePermissionDenied, "ed has the role auditor")
	_, _, _, err = replay(t, consolev1connect.NewRuleServiceClient(http.DefaultClient, r.URL), &consolev1.ReplayRulesRequest{Files: ruleFile("a.yaml", deskRule)})
	wantCode(t, err, connect.CodeUnauthenticated, "")
	_, _, _, err = replay(t, c, &consolev1.ReplayRulesRequest{})
	wantCode(t, err, connect.CodeInvalidArgument, "between 1 and 100 files")
	_, _, _, err = replay(t, c, &consolev1.ReplayRulesRequest{Files: ruleFile("a.yaml", deskRule), SinceSeconds: 91 * 86400})
	wantCode(t, err, connect.CodeInvalidArgument, "at most 90 days")
	_, _, _, err = replay(t, c, &consolev1.ReplayRulesRequest{Files: ruleFile("a.yaml", deskRule), Device: "nosuch"})
	wantCode(t, err, connect.CodeNotFound, `"nosuch"`)
	_, _, _, err = replay(t, c, &consolev1.ReplayRulesRequest{Files: ruleFile("a.yaml", strings.Repeat("#", 700<<10))})
	wantCode(t, err, connect.CodeUnknown, "Too Large") // it is not even read
}

// slow is an archive of which each laptop's past takes until somebody asks for no more.
type slow struct {
	assess.Archive
	asked chan struct{}
	ended chan error
}

func (s *slow) PastTold(ctx context.Context, _ string, _ time.Time, _ []string) (assess.Past, error) {
	s.asked <- struct{}{}
	<-ctx.Done()
	s.ended <- ctx.Err()
	return assess.Past{}, ctx.Err()
}

// Who asks for a replay and goes away ends it, and the next one may be asked for.
func TestAReplayThatNobodyWaitsForEnds(t *testing.T) {
	r := realRig(t)
	r.Enrol("d1", "laptop-1")
	kept := r.Server.Archive
	s := &slow{Archive: kept, asked: make(chan struct{}, 1), ended: make(chan error, 1)}
	r.Server.Archive = s
	c := rules(r, "ana", alert.Analyst)
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		stream, err := c.ReplayRules(ctx, connect.NewRequest(&consolev1.ReplayRulesRequest{Files: ruleFile("a.yaml", deskRule)}))
		for err == nil && stream.Receive() {
			continue
		}
		gone <- err
	}()
	<-s.asked
	_, _, _, err := replay(t, c, &consolev1.ReplayRulesRequest{Files: ruleFile("a.yaml", deskRule)})
	wantCode(t, err, connect.CodeResourceExhausted, "another replay is running")
	leave()
	if err := <-s.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("it ends by %v", err)
	}
	<-gone
	r.Server.Archive = kept
	for range 100 { // the first one lets go after it ended
		if _, _, _, err = replay(t, c, &consolev1.ReplayRulesRequest{Files: ruleFile("a.yaml", deskRule)}); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("the next one is refused: %v", err)
}
