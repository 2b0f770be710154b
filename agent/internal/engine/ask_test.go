package engine_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/finding"
)

func TestAHangingSensorDoesNotKeepTheAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		hangs := sensor.Define(sensor.Options{Class: "listening_ports", About: "ports", Every: 2 * time.Second},
			func(context.Context, host.Host) ([]port, error) { <-release; return nil, nil })
		stop := start(t, []sensor.Sensor{hangs}, &shelf{}, nil)
		time.Sleep(5 * time.Second)
		begun := time.Now()
		stop()
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("the end took %s", took)
		}
		close(release)
		synctest.Wait()
	})
}

// A sensor that the system leaves without an answer could not look, whatever it saw
// before, and says so within a bounded time; the others look on, and so does it
// once it is back.
func TestAHangingSensorIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hanging atomic.Bool
		release := make(chan struct{})
		looking, most := 0, 0
		home := sensor.Define(sensor.Options{Class: "listening_ports", About: "ports", Every: 2 * time.Second},
			func(context.Context, host.Host) ([]port, error) {
				looking++
				most = max(most, looking)
				defer func() { looking-- }()
				if hanging.Load() {
					<-release
				}
				return x11vnc, nil
			})
		quick, spooled := &scene{}, &shelf{}
		stop := start(t, []sensor.Sensor{home, quick.sensor("processes")}, spooled, nil)
		time.Sleep(5 * time.Second)
		hanging.Store(true)
		time.Sleep(30 * time.Second)
		if want := []finding.CoverageState{finding.CoverageOK, finding.CoverageFailed}; !slices.Equal(spooled.covered("listening_ports"), want) {
			t.Errorf("half a minute after the home was gone it is covered as %v, want %v", spooled.covered("listening_ports"), want)
		}
		time.Sleep(5 * time.Minute)
		if quick.looks < 160 {
			t.Errorf("the other sensor looked %d times in five minutes and a half", quick.looks)
		}
		hanging.Store(false)
		close(release)
		time.Sleep(3 * time.Second)
		stop()
		if want := []finding.CoverageState{finding.CoverageOK, finding.CoverageFailed, finding.CoverageOK}; !slices.Equal(spooled.covered("listening_ports"), want) {
			t.Errorf("it is covered as %v, want %v", spooled.covered("listening_ports"), want)
		}
		if want := []finding.Status{finding.Open}; !slices.Equal(spooled.told(), want) {
			t.Errorf("told %v: what is not seen is not gone", spooled.told())
		}
		if most != 1 {
			t.Errorf("%d looked with one sensor at a time", most)
		}
	})
}

// Names that are not told in time do not keep reports: those known stay hidden, and
// before any are known nothing leaves.
func TestNamesThatDoNotCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, answers := make(chan struct{}), 0
		people := func(context.Context) []string {
			if answers++; answers != 2 {
				<-release
			}
			return []string{"ada"}
		}
		one, spooled := &scene{}, &shelf{}
		e := engineOf(t, []sensor.Sensor{one.sensor("listening_ports")}, spooled, nil, people)
		if err := e.Step(t.Context()); err == nil || len(spooled.reports) != 0 {
			t.Errorf("%d reports left before any name was known: %v", len(spooled.reports), err)
		}
		release <- struct{}{}
		synctest.Wait()
		if err := e.Step(t.Context()); err != nil || len(spooled.reports) != 1 {
			t.Errorf("%d reports: %v", len(spooled.reports), err)
		}
		for i, rows := range [][]port{x11vnc, nil, x11vnc} { // the second is answered, the others are not
			one.rows = rows
			if err := e.Step(t.Context()); err != nil || len(spooled.reports) != 2+i {
				t.Errorf("%d reports: %v", len(spooled.reports), err)
			}
		}
		close(release)
		synctest.Wait()
	})
}
