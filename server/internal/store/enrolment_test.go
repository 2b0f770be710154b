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
