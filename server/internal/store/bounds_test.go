package store_test

import (
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// A finding that comes and goes without end must not make a judgement grow
// without end, nor hide what is there now.
func TestSpellsAreBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "farmwatch.db")
	s := open(t, path)
	err := s.Enrolment(t.Context(), func(tx enroll.Tx) error {
		return tx.SaveEnrolment(t.Context(), device.Device{ID: "d1", AgentID: "a1", EnrolledAt: time.Unix(1, 0)}, "t")
	})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	if _, err := raw.Exec(`INSERT INTO findings VALUES ('d1', 'u', 'r', 't', 'open', 'low', 'low', 1, 1, 1, 1, 1, 1, '[]');
INSERT INTO spells (device_id, uid, from_raw, from_at, last_at) VALUES ('d1', 'u', 0, 1000, 1000);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
INSERT INTO spells (device_id, uid, from_raw, from_at, last_at, to_at) SELECT 'd1', 'u', i, i * 1000000, i * 1000000, i * 1000000 FROM n`); err != nil {
		t.Fatal(err)
	}
	var spells []device.Spell
	err = s.Read(t.Context(), func(tx *store.Tx) error {
		spells, err = tx.Spells(t.Context(), "d1", time.Unix(0, 0))
		return err
	})
	if err != nil || len(spells) != 2000 {
		t.Fatalf("%d spells, %v; want 2000", len(spells), err)
	}
	if first, last := spells[0], spells[len(spells)-1]; !first.To.IsZero() || !last.To.Equal(time.Unix(5000, 0)) {
		t.Errorf("the first is %+v and the last %+v; want the open one and the latest", first, last)
	}
}

// However many findings a laptop has open, what the collector found of it is judged.
func TestALaptopHidesNothingTheCollectorFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "farmwatch.db")
	s := open(t, path)
	err := s.Enrolment(t.Context(), func(tx enroll.Tx) error {
		return tx.SaveEnrolment(t.Context(), device.Device{ID: "d1", AgentID: "a1", EnrolledAt: time.Unix(1, 0)}, "t")
	})
	if err != nil {
		t.Fatal(err)
	}
	found := device.Conclusion{DeviceID: "d1", Report: finding.Report{At: time.Unix(9, 0), Findings: []finding.Finding{{UID: device.CollectorUID("r", "d1"), Rule: "r", Title: "t",
		Status: finding.Open, Severity: finding.SeverityLow, Confidence: finding.ConfidenceLow, FirstSeen: time.Unix(1, 0), LastSeen: time.Unix(9, 0)}}}}
	if err := s.Conclude(t.Context(), []device.Conclusion{found}); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	if _, err := raw.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
INSERT INTO findings SELECT 'd1', 'u' || i, 'r', 't', 'open', 'low', 'low', 1, 1, 1, 1, 1, 1, '[]' FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
INSERT INTO spells (device_id, uid, from_raw, from_at, last_at) SELECT 'd1', 'u' || i, i, 1, 4000000000000000 FROM n`); err != nil {
		t.Fatal(err)
	}
	p, err := s.Past(t.Context(), "d1")
	if err != nil || !slices.ContainsFunc(p.Spells, func(s device.Spell) bool { return s.Finding.UID == found.Report.Findings[0].UID }) {
		t.Errorf("what the collector found is not among the %d spells that are judged: %v", len(p.Spells), err)
	}
}

// What is asked with every report, or every minute, must find its rows by an index.
func TestHotQueriesUseTheirIndex(t *testing.T) {
	path := filepath.Join(t.TempDir(), "farmwatch.db")
	open(t, path)
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	for query, index := range map[string]string{
		"SELECT id FROM spells WHERE device_id = 'd' AND uid = 'u' AND to_at IS NULL ORDER BY from_at": "spells_open",
		"SELECT device_id FROM judgements WHERE due <= 1":                                              "judgements_due",
		"SELECT device_id FROM judgements WHERE due_by_clock <= 1":                                     "judgements_due_by_clock",
		"SELECT device_id FROM assessments WHERE revision < 'r'":                                       "assessments_revision",
		"SELECT id FROM spells WHERE device_id = 'd' AND to_at >= 1":                                   "spells_ended",
		"SELECT device_id FROM alerts WHERE active = 1":                                                "alerts_active",
		"SELECT id FROM presence_checks WHERE device_id = 'd' AND asked_at >= 1":                       "presence_checks_device",
		"SELECT id FROM devices WHERE dirty <> assessed ORDER BY id":                                   "devices_dirty",
	} {
		var plan string
		var skip any
		if err := raw.QueryRow("EXPLAIN QUERY PLAN "+query).Scan(&skip, &skip, &skip, &plan); err != nil || !strings.Contains(plan, index) {
			t.Errorf("%s: %s, %v; want %s", query, plan, err, index)
		}
	}
}
