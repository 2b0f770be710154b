package store_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/audit"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/session"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// A record that was taken out must be named by verify; it must not keep people
// from deciding meanwhile.
func TestARecordThatIsGoneStopsNoDecision(t *testing.T) {
	path := filepath.Join(t.TempDir(), "farmwatch.db")
	s := open(t, path)
	for _, name := range []string{"ana", "ben", "cem"} {
		if err := s.CreateUser(t.Context(), session.User{Name: name, Role: "analyst", CreatedAt: time.Unix(1, 0)}); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Exec("DROP TRIGGER audit_records_remain; DELETE FROM audit_records WHERE idx = 1"); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateUser(t.Context(), session.User{Name: "dua", Role: "analyst", CreatedAt: time.Unix(1, 0)}); err != nil {
		t.Errorf("the next decision: %v", err)
	}
	if _, err := s.VerifyAudit(t.Context()); !errors.Is(err, audit.ErrAltered) || !strings.Contains(err.Error(), "audit record 1 ") {
		t.Errorf("verify: %v", err)
	}
}

// Anybody can sign out of a session that is none; that must not wait for, nor
// hold up, those who write.
func TestSigningOutOfNothingWaitsForNobody(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "farmwatch.db"))
	err := s.Tx(t.Context(), func(*store.Tx) error { return s.EndSession(t.Context(), "none", time.Unix(1, 0)) })
	if !errors.Is(err, session.ErrSession) {
		t.Errorf("got %v", err)
	}
}

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
