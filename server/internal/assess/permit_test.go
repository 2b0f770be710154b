package assess_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// plugged lets the laptop tell of a USB device at a port, as one rule finds it.
func (r *rig) plugged(rule, port, vendor string) {
	r.t.Helper()
	r.tells(finding.Finding{UID: rule + "/" + port, Rule: rule, Status: finding.Open, FirstSeen: r.now(), Evidence: []finding.Observation{
		{Class: "usb_devices", UID: port, Columns: map[string]string{"port": port, "vendor_id": vendor, "product_id": "0294"}},
		{Class: "connected_displays", UID: "x", Columns: map[string]string{"name": "beside it"}}, // not what the rule reads
	}})
}

// tells takes findings of now, one report each, which are judged together.
func (r *rig) tells(found ...finding.Finding) {
	r.t.Helper()
	now := r.now()
	for _, f := range found {
		r.seq++
		f.Title, f.Severity, f.Confidence, f.LastSeen = f.Rule, finding.SeverityMedium, finding.ConfidenceHigh, now
		receipts, err := r.db.Record(r.t.Context(), []device.Delivery{{DeviceID: "d1", AgentID: "a1", Epoch: "e", ReceivedAt: now,
			Entry: &device.Entry{Seq: r.seq, Wire: fmt.Appendf(nil, "%d", r.seq), Report: finding.Report{At: now, Findings: []finding.Finding{f}}}}})
		if err != nil || receipts[0].Outcome != device.Stored {
			r.t.Fatalf("Record = %v, %v", receipts, err)
		}
	}
}

// level judges and gives the level of remote control, with the ledger.
func (r *rig) level() (finding.Level, string) {
	r.t.Helper()
	if err := r.runner.Catch(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	standings, err := r.db.Standings(r.t.Context(), "d1")
	if err != nil {
		r.t.Fatal(err)
	}
	for _, s := range standings {
		if s.Conclusion == finding.RemotelyControlled {
			return s.Level, string(assess.EncodeLedger(s.Ledger))
		}
	}
	r.t.Fatalf("standings = %+v", standings)
	return "", ""
}

// allowed is a rig over the whole catalogue, on which the company's own dongles are permitted.
func allowed(t *testing.T) (*rig, *time.Time) {
	t.Helper()
	return permitting(t, "kvm.enterprise_kvm", alert.Condition{Column: "vendor_id", Value: "0624"})
}

// permitting is a rig over the whole catalogue, on which one tool or rule is permitted.
func permitting(t *testing.T, tool string, where ...alert.Condition) (*rig, *time.Time) {
	t.Helper()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	r := newRig(t, func() time.Time { return now })
	ids := 0
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	r.runner = assess.NewRunner(r.db, c, r.now, func() string { ids++; return fmt.Sprintf("alert-%d", ids) }, func([]alert.Alert) {}, slog.New(slog.DiscardHandler))
	permit := alert.Sanction{ID: "s1", Name: "server-room", Version: 1, Tools: []string{tool}, Groups: []string{alert.AllWorkstations}, Justification: "The KVM of server room 2, asset list", CreatedBy: "root",
		CreatedAt: now, StartsAt: now, ExpiresAt: now.Add(24 * time.Hour), Where: where}
	if err := permit.Validate(c, now); err != nil {
		t.Fatal(err)
	}
	if err := r.db.AddSanctions(t.Context(), "sanction.create", permit); err != nil {
		t.Fatal(err)
	}
	return r, &now
}

func TestThePermittedDongleIsNothingAndAnotherKVMIs(t *testing.T) {
	r, now := allowed(t)
	step := func() { *now = now.Add(time.Minute) }
	step()
	r.plugged("kvm.enterprise_kvm", "1-1", "0624")
	if level, ledger := r.level(); level != finding.LevelNone || !strings.Contains(ledger, "Sanctioned, so it adds nothing") {
		t.Errorf("the company's own dongle is %s: %s", level, ledger)
	}
	if list := r.alerts(); len(list) != 0 {
		t.Errorf("the company's own dongle opened %+v", list)
	}
	step()
	r.plugged("kvm.enterprise_kvm", "1-2", "14dd")
	if level, ledger := r.level(); level != finding.LevelMedium {
		t.Errorf("another company's dongle beside it is %s: %s", level, ledger)
	}
	if list := r.alerts(); len(list) != 1 || !list[0].Active || list[0].Score != 50 {
		t.Errorf("alerts %+v", list)
	}
	step()
	r.plugged("kvm.default_identity", "1-3", "0624")
	if level, ledger := r.level(); level != finding.LevelHigh {
		t.Errorf("what another rule finds is %s: %s", level, ledger)
	}
}

// Who swaps the permitted dongle for another at the same port is seen all the same.
func TestAnotherDongleAtTheSamePortIsNotPermitted(t *testing.T) {
	r, now := allowed(t)
	*now = now.Add(time.Minute)
	r.plugged("kvm.enterprise_kvm", "1-1", "0624")
	if level, _ := r.level(); level != finding.LevelNone {
		t.Fatalf("the permitted one is %s", level)
	}
	*now = now.Add(time.Minute)
	r.plugged("kvm.enterprise_kvm", "1-1", "14dd")
	if level, ledger := r.level(); level != finding.LevelMedium {
		t.Errorf("the other one is %s: %s", level, ledger)
	}
}

// Evidence that is padded beyond reading is none, and permits nothing.
func TestPaddedEvidenceIsNotPermitted(t *testing.T) {
	r, now := allowed(t)
	*now = now.Add(time.Minute)
	r.tells(finding.Finding{UID: "u", Rule: "kvm.enterprise_kvm", Status: finding.Open, FirstSeen: *now, Evidence: []finding.Observation{
		{Class: "usb_devices", UID: "1-1", Columns: map[string]string{"vendor_id": "0624", "product": strings.Repeat("x", 16<<10)}}}})
	if level, ledger := r.level(); level != finding.LevelMedium {
		t.Errorf("it is %s: %s", level, ledger)
	}
}

// An agent that restarts remembers which rows a finding had and not what they
// said. What went meanwhile stays what it was told to be.
func TestThePermittedDongleMayGoWhileTheAgentIsDown(t *testing.T) {
	r, now := allowed(t)
	*now = now.Add(time.Minute)
	first := *now
	r.plugged("kvm.enterprise_kvm", "1-1", "0624")
	*now = now.Add(time.Minute)
	r.tells(finding.Finding{UID: "kvm.enterprise_kvm/1-1", Rule: "kvm.enterprise_kvm", Status: finding.Closed, FirstSeen: first,
		Evidence: []finding.Observation{{Class: "usb_devices", UID: "1-1"}}})
	if level, ledger := r.level(); level != finding.LevelNone || len(r.alerts()) != 0 {
		t.Errorf("the permitted one, which went, is %s: %s", level, ledger)
	}
}

// A laptop that was offline tells of two dongles at one port, one after the
// other: the permitted one, which came last, does not hide the other.
func TestThePermittedDongleDoesNotHideTheOneBeforeIt(t *testing.T) {
	r, now := allowed(t)
	uid, start := "kvm.enterprise_kvm/1-1", now.Add(time.Minute)
	*now = now.Add(time.Hour)
	told := func(vendor string, status finding.Status, first time.Time) finding.Finding {
		return finding.Finding{UID: uid, Rule: "kvm.enterprise_kvm", Status: status, FirstSeen: first,
			Evidence: []finding.Observation{{Class: "usb_devices", UID: "1-1", Columns: map[string]string{"vendor_id": vendor}}}}
	}
	r.tells(told("14dd", finding.Open, start), told("14dd", finding.Closed, start), told("0624", finding.Open, *now))
	if level, ledger := r.level(); len(r.alerts()) != 1 {
		t.Errorf("the one before is nothing, and the level %s: %s", level, ledger)
	}
}

// Conditions are kept, and noted where decisions are; one without them has none.
func TestConditionsAreKept(t *testing.T) {
	r, now := allowed(t)
	plain := alert.Sanction{ID: "s2", Name: "desk", Version: 1, Tools: []string{"anydesk"}, Groups: []string{alert.AllWorkstations}, Justification: "Help desk, see ticket INC-1", CreatedBy: "root", CreatedAt: now.Add(time.Second),
		StartsAt: *now, ExpiresAt: now.Add(time.Hour)}
	if err := r.db.AddSanctions(t.Context(), "sanction.create", plain); err != nil {
		t.Fatal(err)
	}
	list, err := r.db.Sanctions(t.Context())
	if err != nil || len(list) != 2 || len(list[0].Where) != 0 || len(list[1].Where) != 1 || list[1].Where[0].String() != "vendor_id=0624" {
		t.Errorf("sanctions %+v, %v", list, err)
	}
	revoked, err := r.db.RevokeSanction(t.Context(), "s1", "root", now.Add(time.Minute))
	if err != nil || len(revoked.Where) != 1 {
		t.Errorf("revoked %+v, %v", revoked, err)
	}
	page, _, err := r.db.AuditPage(t.Context(), -1, "sanction/s1", 10)
	if err != nil || len(page) != 2 || !strings.Contains(page[1].Detail, `"where":[{"column":"vendor_id","value":"0624"}]`) {
		t.Errorf("audit %+v, %v", page, err)
	}
}
