//go:build e2e

package main_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

const (
	deaths   = 100              // kills of either side
	deathsIn = 90 * time.Second // the time over which they are spread
)

// TestKillEitherSide kills the collector, the producer, or both, a hundred times
// at random moments while reports are appended, and finds everything that the
// producer was promised in the collector once, in order, byte for byte.
// FARMWATCH_TEST_SEED repeats the choices of an earlier run.
func TestKillEitherSide(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if given, err := strconv.ParseUint(os.Getenv("FARMWATCH_TEST_SEED"), 10, 64); err == nil {
		seed = given
	}
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	d := newDurable(t)
	steady := orders{Every: 12 * time.Millisecond, Most: 1 << 40, Patience: 2 * time.Minute}
	began := time.Now()
	d.report(steady)
	collector, producer, streaming := 0, 0, 0
	for collector+producer < deaths {
		left := time.Until(began.Add(deathsIn)) / time.Duration(deaths-collector-producer)
		time.Sleep(time.Duration(random.Float64() * 2 * float64(max(left, 0))))
		if d.last().connected {
			streaming++
		}
		both, first := random.IntN(8) == 0, random.IntN(2) == 0
		if both || first {
			d.kill(d.server)
			collector++
		}
		if both || !first {
			d.kill(d.producer)
			d.report(steady)
			producer++
		}
		if both || first {
			time.Sleep(time.Duration(random.IntN(200)) * time.Millisecond)
			d.serve()
		}
	}
	took := time.Since(began)
	time.Sleep(2 * time.Second)
	d.finish(d.producer, 3*time.Minute)
	drained := time.Since(began) - took
	db := d.store()
	eventually(t, 20*time.Second, "everything is judged", func() bool {
		return number(t, db, `SELECT count(*) FROM devices WHERE dirty <> assessed`) == 0
	})
	d.finish(d.server, 20*time.Second)
	account := d.compare(db)
	d.demandOneOfEach(db)
	_, welcomes := d.receipts()
	if account.promised < 10*deaths || streaming < deaths/4 || welcomes < deaths/2 {
		t.Errorf("too little to prove anything: %d reports, %d kills while they streamed, %d streams", account.promised, streaming, welcomes)
	}
	t.Logf("%d kills of the collector and %d of the producer in %s, %d of them while reports streamed; %d streams; the rest arrived within %s",
		collector, producer, took.Round(time.Second), streaming, welcomes, drained.Round(time.Second))
	t.Log(account)
	t.Logf("the collector complained of:\n%s", complaints(d.words.String()+d.read("server.log")))
	t.Logf("the producer complained of:\n%s", complaints(d.read("producer.log")))
}
