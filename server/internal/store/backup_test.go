package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
)

func TestBackup(t *testing.T) {
	folder := t.TempDir()
	s := open(t, filepath.Join(folder, "farmwatch.db"))
	err := s.Enrolment(t.Context(), func(tx enroll.Tx) error {
		return tx.SaveEnrolment(t.Context(), device.Device{ID: "d1", AgentID: "a1", EnrolledAt: time.Unix(1, 0)}, "t")
	})
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(folder, "it's a copy.db")
	if err := s.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	if about, err := os.Stat(copied); err != nil || about.Mode().Perm() != 0o600 {
		t.Errorf("the copy has mode %v, %v", about.Mode(), err)
	}
	if _, err := open(t, copied).Device(t.Context(), "d1"); err != nil {
		t.Errorf("in the copy: %v", err)
	}
	if err := s.Backup(t.Context(), copied); err == nil || !strings.Contains(err.Error(), "there is a file already") {
		t.Errorf("over another file: %v", err)
	}
}
