package assess_test

import (
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/egress"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// A fleet of ten thousand over thirty days: each laptop at home in the evening, and
// by day behind one of four ways out of the company's own.
const fleetRows = `
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
INSERT INTO devices (id, agent_id, certificate, name, os, os_version, arch, agent_version, enrolled_at)
SELECT printf('d%05d', i), 'a', 'c', printf('laptop-%d', i), 'linux', '', 'amd64', 'v1', 1 FROM n;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999), d(j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM d WHERE j < 29), k(v) AS (SELECT 0 UNION SELECT 1)
INSERT INTO stays (device_id, day, gateway, access_point, address, network, network_name, network_class, country, corporate, listed, time_zone, utc_offset, round_trip, first_at, last_at, times)
SELECT printf('d%05d', i), date('2026-11-02', j || ' days'), printf('p:gateway-of-home-%08d', i), printf('p:access-point-of-%08d', i),
  CASE v WHEN 0 THEN printf('p:address-of-home-%08d', i) ELSE printf('p:address-of-the-vpn-%08d', i % 4) END,
  3320 + v, 'Some network', CASE v WHEN 0 THEN 'residential' ELSE 'hosting' END, 'DE', '', '', 'Europe/Berlin', 60, 20000,
  1793600000000000 + j * 86400000000 + v * 36000000000, 1793610000000000 + j * 86400000000 + v * 36000000000, 30
FROM n, d, k;`

// BenchmarkLookAtTenThousand is what it costs to judge where a large fleet stands:
// at the start and once a day, when something changed, and when nothing did.
func BenchmarkLookAtTenThousand(b *testing.B) {
	path := filepath.Join(b.TempDir(), "s.db")
	db, err := store.Open(b.Context(), path)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	if _, err := raw.Exec(fleetRows); err != nil {
		b.Fatal(err)
	}
	known, err := catalogue.Embedded()
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 12, 1, 20, 0, 0, 0, time.UTC)
	runner := func() *assess.EgressRunner {
		return assess.NewEgressRunner(assess.EgressOptions{Store: db, Catalogue: known, Numbers: egress.Default(), Missing: func() []string { return nil },
			Now: func() time.Time { return now }, Concluded: func(string) {}, Log: slog.New(slog.DiscardHandler)})
	}
	look := func(b *testing.B, r *assess.EgressRunner) {
		b.Helper()
		if err := r.Look(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("first ever", func(b *testing.B) {
		for b.Loop() {
			look(b, runner())
		}
	})
	r := runner()
	look(b, r)
	b.Run("start or new day", func(b *testing.B) {
		for b.Loop() {
			look(b, runner())
		}
	})
	changes := 0
	b.Run("one laptop moved", func(b *testing.B) {
		for b.Loop() {
			changes++
			if _, err := raw.Exec("UPDATE stays SET flips = ? WHERE device_id = 'd00007' AND day = '2026-12-01' AND network_class = 'hosting'", changes); err != nil {
				b.Fatal(err)
			}
			look(b, r)
		}
	})
	b.Run("nothing changed", func(b *testing.B) {
		for b.Loop() {
			look(b, r)
		}
	})
	learned, _ := r.Learned()
	if fmt.Sprint(len(learned)) != "4" {
		b.Errorf("learned %v", learned)
	}
}
