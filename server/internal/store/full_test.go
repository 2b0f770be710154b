package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
)

// TestFull fills the disk, as SQLite sees it: nothing of the batch that did not
// fit is stored, reading goes on, and storing goes on once there is room.
func TestFull(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "farmwatch.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Enrolment(t.Context(), func(tx enroll.Tx) error {
		return tx.SaveEnrolment(t.Context(), device.Device{ID: "d1", AgentID: "a1", EnrolledAt: time.Unix(1, 0)}, "t")
	})
	if err != nil {
		t.Fatal(err)
	}
	var pages int
	if err := s.write.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	room := func(pages int) {
		t.Helper()
		if _, err := s.write.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	room(pages + 8)
	next := uint64(1)
	record := func() error {
		d := device.Delivery{DeviceID: "d1", AgentID: "a1", Epoch: "e1", ReceivedAt: time.Unix(2, 0), Entry: &device.Entry{Seq: next, Wire: make([]byte, 3000)}}
		_, err := s.Record(t.Context(), []device.Delivery{d})
		if err == nil {
			next++
		}
		return err
	}
	for err == nil && next < 100 {
		err = record()
	}
	if !errors.Is(err, device.ErrFull) {
		t.Fatalf("after %d entries: %v, want it to say that the disk is full", next-1, err)
	}
	if acked, err := s.Acked(t.Context(), "d1", "e1"); err != nil || acked != next-1 {
		t.Errorf("%d acknowledged, %v; want %d", acked, err, next-1)
	}
	room(pages + 1000)
	if err := record(); err != nil {
		t.Errorf("once there is room: %v", err)
	}
}
