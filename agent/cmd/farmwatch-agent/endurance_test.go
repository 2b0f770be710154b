//go:build e2e

package main_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// A storm is a time in which processes are killed at random moments.
type storm struct {
	*durable
	random *rand.Rand
	orders orders        // of the producer's every life
	deaths int           // kills of either side
	within time.Duration // the time over which they are spread
	away   time.Duration // the most a collector stays away

	collectors, producers int // killed so far
	streaming             int // kills while reports streamed
	took                  time.Duration
}

// newStorm prints its seed; FARMWATCH_TEST_SEED repeats the choices of an earlier run.
func newStorm(t *testing.T) *storm {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if given, err := strconv.ParseUint(os.Getenv("FARMWATCH_TEST_SEED"), 10, 64); err == nil {
		seed = given
	}
	t.Logf("seed %d", seed)
	return &storm{durable: newDurable(t), random: rand.New(rand.NewPCG(seed, 0))}
}

// TestKillEitherSide kills the collector, the producer, or both, a hundred times
// at random moments while reports are appended, and finds everything that the
// producer was promised in the collector once, in order, byte for byte.
func TestKillEitherSide(t *testing.T) {
	s := newStorm(t)
	s.deaths, s.within, s.away = 100, 90*time.Second, 200*time.Millisecond
	s.orders = orders{Every: 12 * time.Millisecond}
	outcome, welcomes := s.rage()
	if outcome.gaveWay != 0 {
		t.Errorf("%d reports gave way in a spool that had room", outcome.gaveWay)
	}
	if outcome.promised < 10*s.deaths || s.streaming < s.deaths/4 || welcomes < s.deaths/3 {
		t.Errorf("too little to prove anything: %d reports, %d kills while they streamed, %d streams", outcome.promised, s.streaming, welcomes)
	}
}

// TestKillWhileTheSpoolIsFull does the same with a spool so small that reports
// give way whenever the collector is away: each of them is told as a gap.
func TestKillWhileTheSpoolIsFull(t *testing.T) {
	s := newStorm(t)
	s.deaths, s.within, s.away = 30, 25*time.Second, 2*time.Second
	s.orders = orders{Every: 10 * time.Millisecond, Bytes: 256 << 10}
	if outcome, _ := s.rage(); outcome.gaveWay < s.deaths {
		t.Errorf("only %d reports gave way, too few to prove anything", outcome.gaveWay)
	}
}

// rage kills, lets both sides finish, and compares.
func (s *storm) rage() (outcome account, welcomes int) {
	s.t.Helper()
	s.orders.Most, s.orders.Patience = 1<<40, 2*time.Minute
	began := time.Now()
	s.report(s.orders)
	for s.collectors+s.producers < s.deaths {
		left := time.Until(began.Add(s.within)) / time.Duration(s.deaths-s.collectors-s.producers)
		time.Sleep(time.Duration(s.random.Float64() * 2 * float64(max(left, 0))))
		s.strike()
	}
	s.took = time.Since(began)
	time.Sleep(2 * time.Second)
	s.finish(s.producer, 3*time.Minute)
	return s.settle()
}

// strike kills one side or both and starts them again.
func (s *storm) strike() {
	s.t.Helper()
	if s.last().connected {
		s.streaming++
	}
	side := s.random.IntN(8) // 0 is both
	if side < 4 {
		s.kill(s.server)
		s.collectors++
	}
	if side == 0 || side >= 4 {
		s.kill(s.producer)
		s.report(s.orders)
		s.producers++
	}
	if side < 4 {
		time.Sleep(time.Duration(s.random.Int64N(int64(s.away))))
		s.serve()
	}
}

// settle waits until everything is judged, and compares.
func (s *storm) settle() (outcome account, welcomes int) {
	s.t.Helper()
	db := s.store()
	drained := eventually(s.t, 20*time.Second, "everything is judged", func() bool {
		return number(s.t, db, `SELECT count(*) FROM devices WHERE dirty <> assessed`) == 0
	})
	s.finish(s.server, 20*time.Second)
	outcome = s.compare(db)
	s.demandOneOfEach(db)
	_, welcomes = s.receipts()
	s.t.Logf("%d kills of the collector and %d of the producer in %s, %d of them while reports streamed; %d streams; all was judged %s after the last report",
		s.collectors, s.producers, s.took.Round(time.Second), s.streaming, welcomes, drained.Round(10*time.Millisecond))
	s.t.Log(outcome)
	s.t.Logf("the collector complained of:\n%s", complaints(s.words.String()+s.read("server.log")))
	s.t.Logf("the producer complained of:\n%s", complaints(s.read("producer.log")))
	return outcome, welcomes
}
