package assess_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

const joined = `id: t1.one_port
title: What waits at a port and what leads to it are of one port
conclusion: remotely_controlled
group: tunnel
points: 80
source: a test
when:
  same: port
  all:
    - finding: {rule: [session.ssh_graphical_forward], active: true}
    - finding: {rule: [tool.x11vnc.listening], active: true}
explain: {why: a test, alternatives: a test, change: a test, check: a test}
next_step: Ask the person what waits there.
`

// TestEvidenceIsComparedAtTheCollector: a composite that joins findings on a column of
// their evidence finds it in the store.
func TestEvidenceIsComparedAtTheCollector(t *testing.T) {
	embedded, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	known, err := catalogue.Overlay(embedded, fstest.MapFS{"assess/t1.one_port.yaml": {Data: []byte(joined)}})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for port, want := range map[string]finding.Level{"5900": finding.LevelHigh, "5901": finding.LevelWatch} {
		db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "s.db"))
		if err != nil {
			t.Fatal(err)
		}
		db.Compare(known.Joining())
		r := &rollout{t: t, db: db, known: known, now: now}
		r.must(db.Enrolment(t.Context(), func(tx enroll.Tx) error {
			return tx.SaveEnrolment(t.Context(), device.Device{ID: "d1", AgentID: "a1", Name: "laptop", OS: "linux", EnrolledAt: now.AddDate(0, -2, 0)}, "t")
		}))
		var report finding.Report
		for i, id := range []string{"session.ssh_graphical_forward", "tool.x11vnc.listening"} {
			report.Findings = append(report.Findings, finding.Finding{UID: fmt.Sprint("f", i), Rule: id, Title: id, Status: finding.Open, Severity: finding.SeverityMedium,
				Confidence: finding.ConfidenceHigh, FirstSeen: now, LastSeen: now,
				Evidence: []finding.Observation{{Class: "listening_ports", UID: "row", Columns: map[string]string{"port": []string{"5900", port}[i]}}}})
		}
		_, err = db.Record(t.Context(), []device.Delivery{{DeviceID: "d1", AgentID: "a1", Epoch: "e", ReceivedAt: now, Entry: &device.Entry{Seq: 1, Wire: []byte{1}, Report: report}}})
		r.must(err)
		runner := assess.NewRunner(db, known, func() time.Time { return now }, func() string { return "alert" }, func([]alert.Alert) {}, slog.New(slog.DiscardHandler))
		r.must(runner.Catch(t.Context()))
		p, err := db.Past(t.Context(), "d1")
		r.must(err)
		for _, s := range p.Standings {
			if s.Conclusion == finding.RemotelyControlled && s.Level != want {
				t.Errorf("a program waits at port %s, a way leads to 5900: %s %v, want %s", port, s.Level, s.Ledger, want)
			}
		}
		r.must(db.Close())
	}
}
