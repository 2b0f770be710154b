//go:build e2e

package main_test

import (
	"testing"
	"time"
)

// TestAwayCollectorGetsEverything takes the collector away while reports
// accumulate over a restart of the spool and a kill, and lets it come back:
// everything arrives in order, once, and nothing is a gap. An hour of it is
// proved on a clock of its own in package uplink.
func TestAwayCollectorGetsEverything(t *testing.T) {
	d := newDurable(t)
	d.report(orders{Every: 4 * time.Millisecond, Most: 40, Patience: 20 * time.Second})
	d.waitReceipts(1, 40)
	d.finish(d.producer, 30*time.Second)
	d.finish(d.server, 20*time.Second)

	away := time.Now()
	d.report(orders{Every: 4 * time.Millisecond, Most: 250}) // ends in order, nobody to send to
	d.waitReceipts(2, 250)
	d.finish(d.producer, 20*time.Second)
	d.report(orders{Every: 4 * time.Millisecond, Most: 250}) // is killed
	d.waitReceipts(3, 250)
	d.kill(d.producer)
	d.report(orders{Every: 10 * time.Millisecond, Most: 400, Patience: time.Minute}) // meets the collector again
	d.waitReceipts(4, 200)
	gone := time.Since(away)
	if r := d.last(); r.connected {
		t.Fatalf("while the collector was away the producer says %+v", r)
	}

	d.serve()
	back := time.Now()
	db := d.store()
	stored := func() int { return number(t, db, `SELECT count(*) FROM entries`) }
	first := eventually(t, time.Minute, "the first report after the collector came back", func() bool { return stored() > 40 })
	d.waitReceipts(4, 400)
	eventually(t, time.Minute, "all reports", func() bool { return stored() >= 940 })
	took := time.Since(back)
	d.finish(d.producer, time.Minute)
	d.finish(d.server, 20*time.Second)

	outcome := d.compare(db)
	if outcome != (account{promised: 940, stored: 940}) {
		t.Errorf("want 940 reports promised and stored and nothing else, got %s", outcome)
	}
	t.Logf("away for %s; the first report came %s after the collector was started, all within %s: %s",
		gone.Round(100*time.Millisecond), first.Round(100*time.Millisecond), took.Round(100*time.Millisecond), outcome)
}

// waitReceipts waits until a life of the producer was promised its n-th report.
func (d *durable) waitReceipts(life, n uint64) {
	d.t.Helper()
	eventually(d.t, time.Minute, "the producer's reports", func() bool {
		r := d.last()
		return r.life == life && r.n >= n
	})
}
