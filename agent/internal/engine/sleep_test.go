package engine_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/engine"
	"github.com/farmwatch/farmwatch/agent/internal/privacy"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// TestANightAsleep: the clock jumps between two looks, as it does when a laptop
// wakes, or when somebody sets it. What was open is told once more as the same,
// facts at most once, and nothing comes twice or in a flood.
func TestANightAsleep(t *testing.T) {
	for name, jump := range map[string]time.Duration{"asleep for 8 hours": 8 * time.Hour, "set back by 8 hours": -8 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { sleeps(t, jump) })
		})
	}
}

func sleeps(t *testing.T, jump time.Duration) {
	world, hands, spooled := &scene{rows: x11vnc}, &scene{rows: []port{{PID: 9, File: "x11vnc", Port: 5901}}}, &shelf{}
	steady := hands.sensor("process_open_sockets")
	steady.Steady, steady.Facts = true, false
	sensors := []sensor.Sensor{world.sensor("listening_ports"), steady}
	gate, err := privacy.NewGate(sensors, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	e := engine.New(engine.Options{Host: laptop{}, Sensors: sensors, Catalogue: vnc(t), Gate: gate, Spool: spooled, Now: now})
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	began := now()

	time.Sleep(21 * time.Second)
	synctest.Wait()
	before, looks := len(spooled.reports), world.looks
	ahead.Store(int64(jump))
	woke := now()
	time.Sleep(time.Minute)
	synctest.Wait()
	if n := world.looks - looks; n < 29 || n > 31 {
		t.Errorf("%d looks in the minute afterwards, want one every two seconds", n)
	}
	after := spooled.reports[before:]
	if len(after) > 2 {
		t.Errorf("%d reports in the minute afterwards: %+v", len(after), after)
	}
	told := map[string]int{}
	for _, r := range after {
		if r.At.Before(woke) || len(r.Coverage) > 0 {
			t.Errorf("told as of %s, with coverage %v", r.At, r.Coverage)
		}
		for range r.Facts {
			told["facts"]++
		}
		for _, f := range r.Findings {
			told[f.UID]++
			if f.Status != finding.Open || f.FirstSeen.Sub(began).Abs() > 5*time.Second || f.LastSeen.Before(woke) {
				t.Errorf("%s is %s, seen from %s to %s, began at %s", f.Rule, f.Status, f.FirstSeen, f.LastSeen, began)
			}
		}
	}
	for what, n := range told {
		if n > 1 {
			t.Errorf("%s is told %d times", what, n)
		}
	}
	if len(told) == 0 {
		t.Error("what is still open is not told")
	}
	world.rows = nil
	time.Sleep(5 * time.Second)
	end()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if all := spooled.told(); slices.Index(all, finding.Closed) != len(all)-1 {
		t.Errorf("told %v, want one end, last", all)
	}
}
