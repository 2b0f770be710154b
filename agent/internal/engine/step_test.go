package engine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/engine"
	"github.com/farmwatch/farmwatch/agent/internal/privacy"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// stepper is an engine that is stepped by a clock of its own.
func stepper(t *testing.T, s *scene, kept *shelf, now *time.Time, rules func(string) bool) *engine.Engine {
	t.Helper()
	sensors := []sensor.Sensor{s.sensor("listening_ports"), (&scene{}).sensor("processes")}
	gate, err := privacy.NewGate(sensors, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return engine.New(engine.Options{Sensors: sensors, Catalogue: vnc(t), Gate: gate, Spool: kept, Now: func() time.Time { return *now }, Rules: rules})
}

// A step tells what a look at that moment shows, under that moment's time, and
// looks with no other sensor than was asked for.
func TestStepTellsAtItsMoment(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	s, kept := &scene{}, &shelf{}
	e := stepper(t, s, kept, &at, nil)
	step := func(classes ...string) {
		t.Helper()
		if err := e.Step(t.Context(), classes...); err != nil {
			t.Fatal(err)
		}
	}
	step()
	s.rows = []port{{PID: 7, File: "x11vnc", Port: 5900}}
	at = at.Add(6 * time.Hour)
	step("processes")
	if len(kept.told()) != 0 || s.looks != 1 {
		t.Errorf("%d looks told %v, though only another class was looked at", s.looks, kept.told())
	}
	step("listening_ports")
	at = at.Add(3 * time.Hour)
	s.rows = nil
	step()
	if got := kept.told(); len(got) != 2 || got[0] != finding.Open || got[1] != finding.Closed {
		t.Fatalf("told %v", got)
	}
	for _, r := range kept.reports {
		for _, f := range r.Findings {
			if want := at.Add(-3 * time.Hour); !f.FirstSeen.Equal(want) {
				t.Errorf("first seen %s, want %s", f.FirstSeen, want)
			}
		}
	}
	told := len(kept.reports)
	step()
	if len(kept.reports) != told {
		t.Error("a step that shows nothing new is told")
	}
}

// What the spool refused is told by the next step.
func TestStepKeepsWhatWasRefused(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	s, kept := &scene{rows: []port{{PID: 7, File: "x11vnc", Port: 5900}}}, &shelf{err: errors.New("full")}
	e := stepper(t, s, kept, &at, nil)
	if err := e.Step(t.Context()); err == nil {
		t.Error("a refused report is no error")
	}
	kept.err = nil
	if err := e.Step(t.Context()); err != nil || len(kept.told()) != 1 {
		t.Errorf("then %v is told (%v)", kept.told(), err)
	}
}

// Rules that do not count find nothing.
func TestRulesThatDoNotCount(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	s, kept := &scene{rows: []port{{PID: 7, File: "x11vnc", Port: 5900}}}, &shelf{}
	e := stepper(t, s, kept, &at, func(id string) bool { return id != "tool.x11vnc.listening" })
	if err := e.Step(t.Context()); err != nil || len(kept.told()) != 0 {
		t.Errorf("told %v (%v)", kept.told(), err)
	}
}
