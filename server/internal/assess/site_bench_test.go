package assess_test

import (
	"database/sql"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// What they have: a router, a dock and a monitor each, one in twenty those of the one
// before it, eight of every two thousand one router and one KVM's worth of company.
const traitRows = `
UPDATE stays SET gateway = printf('p:gateway-of-home-%08d', (CAST(substr(device_id, 2) AS INTEGER) / 2000) * 2000),
  address = CASE network_class WHEN 'residential' THEN printf('p:address-of-home-%08d', (CAST(substr(device_id, 2) AS INTEGER) / 2000) * 2000) ELSE address END,
  access_point = '' WHERE CAST(substr(device_id, 2) AS INTEGER) % 2000 < 8;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999), d(j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM d WHERE j < 29), k(v) AS (SELECT 0 UNION ALL SELECT v + 1 FROM k WHERE v < 3)
INSERT INTO traits (device_id, day, kind, value, first_at, last_at, weak, noted_at)
SELECT printf('d%05d', i), date('2026-11-02', j || ' days'),
  CASE v WHEN 0 THEN 'gateway' WHEN 1 THEN 'usb' WHEN 2 THEN 'display' ELSE 'tenant' END,
  CASE v WHEN 0 THEN printf('p:gateway-of-home-%08d', CASE WHEN i % 2000 < 8 THEN (i / 2000) * 2000 ELSE i END)
    WHEN 1 THEN printf('p:serial-number-of-a-dock-%06d', CASE WHEN i % 20 = 11 THEN i - 1 ELSE i END)
    WHEN 2 THEN printf('p:serial-number-of-monitor-%05d', i) ELSE 'p:account-of-the-company' END,
  1793600000000000 + j * 86400000000, 1793610000000000 + j * 86400000000, 0, 1793610000000000 + j * 86400000000
FROM n, d, k;
UPDATE devices SET enrolled_at = 1780000000000000;`

// BenchmarkSitesOfTenThousand is what it costs to judge which laptops of a large fleet
// belong together: at the start and once a day, when one moved, and when nothing did.
func BenchmarkSitesOfTenThousand(b *testing.B) {
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
	for _, rows := range []string{fleetRows, traitRows} {
		if _, err := raw.Exec(rows); err != nil {
			b.Fatal(err)
		}
	}
	known, err := catalogue.Embedded()
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 12, 1, 20, 0, 0, 0, time.UTC)
	runner := func() *assess.SiteRunner {
		return assess.NewSiteRunner(assess.SiteOptions{Traits: db, Sites: db, Grounds: db, Conclusions: db, Catalogue: known,
			Now: func() time.Time { return now }, NewID: func() string { return "id" }, Concluded: func(string) {}, Changed: func([]alert.Alert) {}, Log: slog.New(slog.DiscardHandler)})
	}
	look := func(b *testing.B, r *assess.SiteRunner) {
		b.Helper()
		if err := r.Look(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("first ever", func(b *testing.B) { // keeps what is found of all, once
		for b.Loop() {
			look(b, runner())
		}
	})
	r := runner()
	b.Run("start or new day", func(b *testing.B) {
		for b.Loop() {
			r = runner()
			look(b, r)
		}
	})
	b.Run("one laptop moved", func(b *testing.B) {
		for b.Loop() {
			now = now.Add(time.Second)
			if _, err := raw.Exec("INSERT INTO traits VALUES ('d00042', '2026-12-01', 'gateway', 'p:moved-' || ?1, ?1, ?1, 0, ?1)", now.UnixMicro()); err != nil {
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
	sites, _, err := db.Sites(b.Context())
	if err != nil || len(sites) != 5 {
		b.Errorf("there are %d sites: %v", len(sites), err)
	}
}
