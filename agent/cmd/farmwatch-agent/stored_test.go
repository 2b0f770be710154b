//go:build e2e

package main_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	_ "modernc.org/sqlite" // the collector's store, read from outside

	"github.com/farmwatch/farmwatch/agent/internal/privacy"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/agent/internal/uplink"
	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
)

// place is where a report stands in the collector's store.
type place struct {
	epoch string
	seq   uint64
}

// hole is a stretch of numbers that the collector was told will never come.
type hole struct {
	epoch    string
	from, to uint64
	reason   string
}

// store opens the collector's store.
func (i *installation) store() *sql.DB {
	i.t.Helper()
	db, err := sql.Open("sqlite", "file:"+i.path("server/farmwatch.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() { _ = db.Close() })
	return db
}

// number asks the store for one number.
func number(t *testing.T, db *sql.DB, query string, args ...any) (n int) {
	t.Helper()
	if err := db.QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// kept is what the collector has, read once its process is gone.
type kept struct {
	*testing.T
	places []place // of the reports, in the order of their numbers
	wires  [][]byte
	holes  []hole
}

func (d *durable) kept(db *sql.DB) *kept {
	d.t.Helper()
	k := &kept{T: d.t}
	each(d.t, db, `SELECT epoch, seq, report FROM entries JOIN epochs ON id = epoch_id ORDER BY epoch_id, seq`, func(row *sql.Rows) error {
		var p place
		var wire []byte
		err := row.Scan(&p.epoch, &p.seq, &wire)
		k.places, k.wires = append(k.places, p), append(k.wires, wire)
		return err
	})
	each(d.t, db, `SELECT epoch, from_seq, to_seq, reason FROM gaps JOIN epochs ON id = epoch_id ORDER BY epoch_id, from_seq`, func(row *sql.Rows) error {
		var h hole
		err := row.Scan(&h.epoch, &h.from, &h.to, &h.reason)
		k.holes = append(k.holes, h)
		return err
	})
	return k
}

// each reads every row that a query gives.
func each(t *testing.T, db *sql.DB, query string, read func(*sql.Rows) error) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// account is the outcome of a comparison: nothing in it is an error.
type account struct{ promised, stored, unpromised, torn, gaveWay int }

func (a account) String() string {
	return fmt.Sprintf("%d reports promised to the producer, %d stored (%d of them though a kill kept their promise from being heard), %d torn tails told as gaps, %d reports gave way in a full spool and are told as gaps",
		a.promised, a.stored, a.unpromised, a.torn, a.gaveWay)
}

// compare holds what the producer was promised against what the collector has:
// every promised report once, under its number, byte for byte, or in a gap that
// says that the spool was full; all in order; every number a report or a gap.
func (d *durable) compare(db *sql.DB) account {
	d.t.Helper()
	all, _ := d.receipts()
	k := d.kept(db)
	promised, highest := map[place]receipt{}, map[uint64]uint64{}
	for _, r := range all {
		if before, twice := promised[place{r.epoch, r.seq}]; twice {
			d.t.Errorf("number %d was promised to report %d of life %d and to report %d of life %d", r.seq, before.n, before.life, r.n, r.life)
		}
		promised[place{r.epoch, r.seq}], highest[r.life] = r, r.n
	}
	a := account{promised: len(all), stored: len(k.places)}
	k.demandEveryNumber()
	wire := d.gate()
	life, n := uint64(0), uint64(0)
	for i, p := range k.places {
		l, m := k.read(i)
		if l < life || l == life && m <= n {
			d.t.Fatalf("report %d of life %d stands behind report %d of life %d", m, l, n, life)
		}
		life, n = l, m
		if !bytes.Equal(k.wires[i], wire(d.base, l, m)) {
			d.t.Errorf("report %d of life %d was stored with other bytes than it was made of", m, l)
		}
		r, known := promised[p]
		switch {
		case known && (r.life != l || r.n != m):
			d.t.Errorf("number %d was promised to report %d of life %d and holds report %d of life %d", p.seq, r.n, r.life, m, l)
		case !known && m != highest[l]+1:
			d.t.Errorf("report %d of life %d is stored, and the producer was promised %d and killed over the next one", m, l, highest[l])
		case !known:
			a.unpromised++
		}
		delete(promised, p)
	}
	a.torn, a.gaveWay = k.excused(promised)
	return a
}

// excused demands that the promised reports that are not stored gave way in a
// full spool and that the collector was told so.
func (k *kept) excused(missing map[place]receipt) (torn, gaveWay int) {
	k.Helper()
	for _, h := range k.holes {
		switch {
		case h.reason == "torn_tail" && h.from == h.to:
			torn++
		case h.reason == "spool_full":
			for seq := h.from; seq <= h.to; seq++ {
				delete(missing, place{h.epoch, seq})
				gaveWay++
			}
		default:
			k.Errorf("numbers %d to %d are a gap for the reason %s", h.from, h.to, h.reason)
		}
	}
	for p, r := range missing {
		k.Errorf("report %d of life %d was promised number %d and is neither stored nor told as given way", r.n, r.life, p.seq)
	}
	return torn, gaveWay
}

// read says which report stands at an index.
func (k *kept) read(i int) (life, n uint64) {
	k.Helper()
	var report agentv1.Report
	err := proto.Unmarshal(k.wires[i], &report)
	if err == nil {
		_, err = fmt.Sscanf(report.GetFindings()[0].GetTitle(), "report %d of life %d", &n, &life)
	}
	if err != nil {
		k.Fatalf("number %d cannot be read: %v", k.places[i].seq, err)
	}
	return life, n
}

// demandEveryNumber demands that reports and gaps together are 1, 2, 3 … in one epoch.
func (k *kept) demandEveryNumber() {
	k.Helper()
	holes, next := k.holes, uint64(1)
	skip := func() {
		for len(holes) > 0 && holes[0].from == next {
			next, holes = holes[0].to+1, holes[1:]
		}
	}
	for _, p := range k.places {
		skip()
		if p.seq != next || p.epoch != k.places[0].epoch {
			k.Fatalf("number %d of epoch %s stands where number %d of epoch %s belongs", p.seq, p.epoch, next, k.places[0].epoch)
		}
		next++
	}
	if skip(); len(holes) > 0 {
		k.Errorf("gap %+v stands beside the reports", holes[0])
	}
}

// gate gives the bytes that a numbered report has on the wire.
func (d *durable) gate() func(base time.Time, life, n uint64) []byte {
	d.t.Helper()
	identity, err := uplink.Keeper{Folder: d.path("agent")}.Load()
	if err != nil {
		d.t.Fatal(err)
	}
	gate, err := privacy.NewGate(sensor.All(), identity.PseudonymKey)
	if err != nil {
		d.t.Fatal(err)
	}
	return func(base time.Time, life, n uint64) []byte {
		cleared, err := gate.Clear(numbered(base, life, n))
		if err != nil {
			d.t.Fatal(err)
		}
		return cleared.Wire()
	}
}

// demandOneOfEach demands that repeats doubled nothing of what the collector
// makes of reports, and that all of it was judged.
func (d *durable) demandOneOfEach(db *sql.DB) {
	d.t.Helper()
	for query, want := range map[string]int{
		`SELECT count(*) FROM devices`:                                                             1,
		`SELECT count(*) FROM findings WHERE status = 'open'`:                                      findings,
		`SELECT count(*) FROM spells`:                                                              findings,
		`SELECT count(*) FROM facts`:                                                               1,
		`SELECT count(*) FROM coverage WHERE class <> 'context'`:                                   1, // the collector says that nothing was imported
		`SELECT count(*) FROM devices WHERE dirty <> assessed`:                                     0,
		`SELECT count(*) FROM assessments WHERE conclusion = 'remotely_controlled'`:                1,
		`SELECT count(*) FROM (SELECT 1 FROM assessments GROUP BY conclusion HAVING count(*) > 1)`: 0,
		`SELECT count(*) FROM alerts WHERE conclusion = 'remotely_controlled'`:                     1,
		`SELECT count(*) FROM timelines WHERE kind = 'state_changed'`:                              number(d.t, db, `SELECT count(*) FROM alerts`),
		`SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'`:                0,
	} {
		if n := number(d.t, db, query); n != want {
			d.t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
	var report agentv1.Report
	k := d.kept(db)
	if err := proto.Unmarshal(k.wires[len(k.wires)-1], &report); err != nil {
		d.t.Fatal(err)
	}
	var title string
	if err := db.QueryRow(`SELECT title FROM findings ORDER BY last_seen_raw DESC`).Scan(&title); err != nil || title != report.GetFindings()[0].GetTitle() {
		d.t.Errorf("the latest news of a finding is %q, want %q (%v)", title, report.GetFindings()[0].GetTitle(), err)
	}
}
