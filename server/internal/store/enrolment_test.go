package store_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
)

// Who enrols with a laptop's hardware takes its place and ends what it held
// open: the audit log must tell, with the token that allowed it.
func TestAnEnrolmentIsNoted(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "farmwatch.db"))
	for _, agent := range []string{"a1", "a2"} {
		err := s.Enrolment(t.Context(), func(tx enroll.Tx) error {
			return tx.SaveEnrolment(t.Context(), device.Device{ID: "d1", AgentID: agent, Name: "laptop", EnrolledAt: time.Unix(1, 0)}, "abcd")
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	page, _, err := s.AuditPage(t.Context(), -1, "device/d1", 10)
	if err != nil || len(page) != 2 {
		t.Fatalf("audit = %v, %v", page, err)
	}
	if r := page[0]; r.Actor != "token/abcd" || r.Action != "device.enroll" || r.Detail != `{"agent":"a2","instead_of":"a1","name":"laptop"}` {
		t.Errorf("the second enrolment is noted as %+v", r)
	}
	if strings.Contains(page[1].Detail, "instead_of") {
		t.Errorf("the first enrolment is noted as %+v", page[1])
	}
}

// A pack tells the gaps of its own period, and a page about a device the latest.
func TestGapsOfAPeriod(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "farmwatch.db"))
	told := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	err := s.Enrolment(t.Context(), func(tx enroll.Tx) error {
		return tx.SaveEnrolment(t.Context(), device.Device{ID: "d1", AgentID: "a1", EnrolledAt: told}, "t")
	})
	if err != nil {
		t.Fatal(err)
	}
	gap := device.Delivery{DeviceID: "d1", AgentID: "a1", Epoch: "e", ReceivedAt: told, Gap: &device.Gap{From: 1, To: 4, Reason: "spool_full"}}
	if _, err := s.Record(t.Context(), []device.Delivery{gap}); err != nil {
		t.Fatal(err)
	}
	for month, want := range map[time.Month]int{time.October: 0, time.November: 1, time.December: 0} {
		from := time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC)
		if p, err := s.Snapshot(t.Context(), from, from.AddDate(0, 1, 0)); err != nil || len(p.Gaps) != want {
			t.Errorf("%s: gaps %v, %v; want %d", month, p.Gaps, err, want)
		}
	}
	if d, err := s.Dossier(t.Context(), "d1"); err != nil || len(d.Gaps) != 1 || d.Gaps[0].To != 4 {
		t.Errorf("dossier: %v, %v", d.Gaps, err)
	}
}
