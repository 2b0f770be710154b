package assess_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// A composite that is only proposed, and one in force that is replayed beside another,
// compare the evidence that the laptop told.
func TestAReplayComparesEvidence(t *testing.T) {
	embedded, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	with, err := catalogue.Overlay(embedded, fstest.MapFS{"assess/t1.one_port.yaml": {Data: []byte(joined)}})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	r := &rollout{t: t, db: db, known: embedded, now: now}
	r.must(db.Enrolment(t.Context(), func(tx enroll.Tx) error {
		return tx.SaveEnrolment(t.Context(), device.Device{ID: "d1", AgentID: "a1", Name: "laptop", OS: "linux", EnrolledAt: now.AddDate(0, -2, 0)}, "t")
	}))
	report := finding.Report{At: now}
	for i, id := range []string{"session.ssh_graphical_forward", "tool.x11vnc.listening"} {
		report.Findings = append(report.Findings, finding.Finding{UID: fmt.Sprint("f", i), Rule: id, Title: id, Status: finding.Open, Severity: finding.SeverityMedium,
			Confidence: finding.ConfidenceHigh, FirstSeen: now, LastSeen: now,
			Evidence: []finding.Observation{{Class: "listening_ports", UID: "row", Columns: map[string]string{"port": "5900"}}}})
	}
	_, err = db.Record(t.Context(), []device.Delivery{{DeviceID: "d1", AgentID: "a1", Epoch: "e", ReceivedAt: now, Entry: &device.Entry{Seq: 1, Wire: []byte{1}, Report: report}}})
	r.must(err)
	for name, test := range map[string]struct{ before, after *catalogue.Catalogue }{"proposed": {embedded, with}, "taken away": {with, embedded}} {
		changes, _, err := assess.NewReplay(test.before, test.after, []assess.Proposed{{Kind: assess.ProposedComposite, ID: "t1.one_port"}}, now.AddDate(0, 0, -1), now.Add(time.Hour), nil).Run(t.Context(), db, "", nil)
		r.must(err)
		if len(changes) != 1 || changes[0].Before.Level == changes[0].After.Level || changes[0].Before.Level != finding.LevelHigh && changes[0].After.Level != finding.LevelHigh {
			t.Errorf("%s: %+v", name, changes)
		}
	}
}
