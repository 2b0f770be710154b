package assess_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// desk is a rig over the whole catalogue whose help desk may use AnyDesk of its
// own tenant, agreed to at the console and under a ticket that is open from 12:00 to 13:00.
func desk(t *testing.T) (*rig, *time.Time) {
	t.Helper()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	r := newRig(t, func() time.Time { return now })
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	ids := 0
	r.runner = assess.NewRunner(r.db, c, r.now, func() string { ids++; return fmt.Sprintf("alert-%d", ids) }, func([]alert.Alert) {}, slog.New(slog.DiscardHandler))
	s := alert.Sanction{ID: "s1", Name: "desk", Version: 1, Tools: []string{"anydesk"}, Groups: []string{"helpdesk"}, Tenants: []alert.Tenant{{Pseudonym: "p:ours", Label: "ours"}},
		Conditions: alert.Conditions{ApprovedAtConsole: true, Ticket: true}, Justification: "Help desk, see ITSM 4411", CreatedBy: "root",
		CreatedAt: now, StartsAt: now, ExpiresAt: now.Add(30 * 24 * time.Hour)}
	if err := s.Validate(c, now); err != nil {
		t.Fatal(err)
	}
	if _, err := r.db.SetGroup(t.Context(), []string{"d1"}, "helpdesk", "root", now); err != nil {
		t.Fatal(err)
	}
	if err := r.db.AddSanctions(t.Context(), "sanction.apply", s); err != nil {
		t.Fatal(err)
	}
	if err := r.db.OpenTicket(t.Context(), alert.Window{ID: "w", Sanction: "desk", Device: "d1", Ticket: "INC-2", From: now, To: now.Add(time.Hour), OpenedBy: "ana"}); err != nil {
		t.Fatal(err)
	}
	return r, &now
}

// says lets the laptop, whose clock is off, tell now of what its clock puts at a time.
func (r *rig) says(rule, class, uid string, status finding.Status, at time.Time, off time.Duration, columns map[string]string) {
	r.t.Helper()
	r.seq++
	f := finding.Finding{UID: uid, Rule: rule, Title: rule, Status: status, Severity: finding.SeverityHigh, Confidence: finding.ConfidenceHigh,
		FirstSeen: at.Add(off), LastSeen: at.Add(off), Evidence: []finding.Observation{{Class: class, UID: uid, Columns: columns}}}
	receipts, err := r.db.Record(r.t.Context(), []device.Delivery{{DeviceID: "d1", AgentID: "a1", Epoch: "e", ReceivedAt: r.now(), Offset: off,
		Entry: &device.Entry{Seq: r.seq, Wire: fmt.Appendf(nil, "%d", r.seq), Report: finding.Report{At: r.now().Add(off), Findings: []finding.Finding{f}}}}})
	if err != nil || receipts[0].Outcome != device.Stored {
		r.t.Fatalf("Record = %v, %v", receipts, err)
	}
}

func TestASessionUnderATicketIsNothingWhateverTheLaptopsClockSays(t *testing.T) {
	for name, test := range map[string]struct {
		off      time.Duration
		begins   time.Duration // after noon, by the collector's clock
		tenant   string
		approval string
		alerts   int
	}{
		"as it should be":         {0, 10 * time.Minute, "p:ours", "person", 0},
		"its clock is ahead":      {3 * time.Hour, 10 * time.Minute, "p:ours", "person", 0},
		"its clock is behind":     {-3 * time.Hour, 10 * time.Minute, "p:ours", "person", 0},
		"after the ticket":        {0, 70 * time.Minute, "p:ours", "person", 1},
		"after it, by our clock":  {-time.Hour, 70 * time.Minute, "p:ours", "person", 1},
		"by password":             {0, 10 * time.Minute, "p:ours", "password", 1},
		"of another's tenant":     {0, 10 * time.Minute, "p:theirs", "person", 1},
		"of whom it is not known": {0, 10 * time.Minute, "", "person", 1},
	} {
		t.Run(name, func(t *testing.T) {
			r, now := desk(t)
			begin := now.Add(test.begins)
			*now = now.Add(3 * time.Hour) // it was offline, and tells all of it now
			r.says("tool.anydesk.tenant", "remote_access", "t", finding.Open, begin.Add(-time.Minute), test.off, map[string]string{"tool": "anydesk", "tenant": test.tenant})
			for _, f := range []struct{ uid, rule, class string }{{"r", "tool.anydesk.running", "processes"}, {"c", "tool.anydesk.controlled", "remote_sessions"}} {
				columns := map[string]string{"tool": "anydesk", "approval": test.approval}
				r.says(f.rule, f.class, f.uid, finding.Open, begin, test.off, columns)
			}
			r.says("tool.anydesk.controlled", "remote_sessions", "c", finding.Closed, begin.Add(5*time.Minute), test.off, map[string]string{"tool": "anydesk", "approval": test.approval})
			level, ledger := r.level()
			if got := r.alerts(); len(got) != test.alerts {
				t.Errorf("%d alerts, the level is %s: %s", len(got), level, ledger)
			}
		})
	}
}
