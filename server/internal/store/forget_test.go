package store_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// Old reports go; what they told stays, and one that comes again is a repeat.
func TestForgetEntries(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "farmwatch.db"))
	begin := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	err := s.Enrolment(t.Context(), func(tx enroll.Tx) error {
		return tx.SaveEnrolment(t.Context(), device.Device{ID: "d1", AgentID: "a1", EnrolledAt: begin}, "t")
	})
	if err != nil {
		t.Fatal(err)
	}
	var sent []device.Delivery
	for i := range 1200 {
		at := begin.Add(time.Duration(i) * time.Hour)
		sent = append(sent, device.Delivery{DeviceID: "d1", AgentID: "a1", Epoch: "e", ReceivedAt: at, Entry: &device.Entry{Seq: uint64(i + 1), Wire: fmt.Append(nil, i),
			Report: finding.Report{At: at, Findings: []finding.Finding{{UID: "u", Rule: "r", Status: finding.Open, FirstSeen: begin, LastSeen: at}}}}})
	}
	if _, err := s.Record(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	before := begin.Add(1100 * time.Hour)
	for _, want := range []int64{1100, 0} {
		if n, err := s.ForgetEntries(t.Context(), before, before); err != nil || n != want {
			t.Errorf("forgot %d, %v; want %d", n, err, want)
		}
	}
	receipts, err := s.Record(t.Context(), []device.Delivery{sent[0], sent[1199]})
	if err != nil || receipts[0].Outcome != device.Repeated || receipts[1].Outcome != device.Repeated || receipts[0].Acked != 1200 {
		t.Errorf("what comes again: %+v, %v", receipts, err)
	}
	err = s.Read(t.Context(), func(tx *store.Tx) error {
		left, err := tx.CountEntries(t.Context(), "d1", "e")
		findings, also := tx.Findings(t.Context(), "d1")
		if left != 100 || len(findings) != 1 || findings[0].Status != finding.Open {
			t.Errorf("%d entries are left (%v), findings %v (%v)", left, err, findings, also)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	page, _, err := s.AuditPage(t.Context(), -1, "entries", 10)
	if err != nil || len(page) != 1 || page[0].Action != "entries.forget" || page[0].Detail != `{"received_before":"2026-12-16T20:00:00Z"}` {
		t.Errorf("audit = %+v, %v", page, err)
	}
}

// Where devices stood long ago goes, by day, with a note that names none of them.
func TestForgetStays(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "farmwatch.db"))
	begin := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	err := s.Enrolment(t.Context(), func(tx enroll.Tx) error {
		return tx.SaveEnrolment(t.Context(), device.Device{ID: "d1", AgentID: "a1", EnrolledAt: begin}, "t")
	})
	if err != nil {
		t.Fatal(err)
	}
	for day := range 40 {
		heard := device.Delivery{DeviceID: "d1", AgentID: "a1", ReceivedAt: begin.AddDate(0, 0, day), Heard: &device.Heard{Stay: &device.Stay{Address: "p:x", NetworkClass: device.NetworkUnknown}}}
		if _, err := s.Record(t.Context(), []device.Delivery{heard}); err != nil {
			t.Fatal(err)
		}
	}
	now := begin.AddDate(0, 0, 39)
	for _, want := range []int64{9, 0} {
		if n, err := s.ForgetStays(t.Context(), now.AddDate(0, 0, -30), now); n != want || err != nil {
			t.Errorf("forgot %d, %v; want %d", n, err, want)
		}
	}
	var left []device.Stay
	err = s.EachStay(t.Context(), "", func(s *device.Stay) { left = append(left, *s) })
	if err != nil || len(left) != 31 || left[0].Day != "2026-11-10" {
		t.Errorf("%d are left, %v", len(left), err)
	}
	page, _, err := s.AuditPage(t.Context(), -1, "stays", 10)
	if err != nil || len(page) != 1 || page[0].Action != "stays.forget" || page[0].Detail != `{"before":"2026-11-10"}` {
		t.Errorf("audit = %+v, %v", page, err)
	}
}
