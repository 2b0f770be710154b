package engine_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/farmwatch/farmwatch/agent/internal/engine"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/privacy"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/catalogue"
	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// laptop is a host of which the engine asks nothing but through its sensors.
type laptop struct{ host.Host }

// port is the row of the one sensor of these tests.
type port struct {
	PID  int    `column:"pid,key,public" about:"process"`
	File string `column:"file,public" about:"program"`
	Port int    `column:"port,key,public" about:"number"`
}

// scene is what the sensor sees, changed by the test between looks.
type scene struct {
	rows  []port
	err   error
	delay time.Duration
	looks int
}

func (s *scene) sensor(class string) sensor.Sensor {
	return sensor.Define(sensor.Options{Class: class, About: "ports", Every: 2 * time.Second, Facts: true},
		func(ctx context.Context, _ host.Host) ([]port, error) {
			s.looks++
			select {
			case <-time.After(s.delay):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			return s.rows, s.err
		})
}

// shelf is a spool in memory that can be made to refuse.
type shelf struct {
	reports []finding.Report
	err     error
}

func (s *shelf) Append(c privacy.Cleared) (uint64, error) {
	if s.err != nil {
		return 0, s.err
	}
	var wire agentv1.Report
	if err := proto.Unmarshal(c.Wire(), &wire); err != nil {
		return 0, err
	}
	s.reports = append(s.reports, finding.FromWire(&wire))
	return uint64(len(s.reports)), nil
}

// told are the statuses of all findings told so far, in order.
func (s *shelf) told() []finding.Status {
	var statuses []finding.Status
	for _, r := range s.reports {
		for _, f := range r.Findings {
			statuses = append(statuses, f.Status)
		}
	}
	return statuses
}

// covered are the states that a class was told to be in.
func (s *shelf) covered(class string) (states []finding.CoverageState) {
	for _, r := range s.reports {
		for _, c := range r.Coverage {
			if c.Class == class {
				states = append(states, c.State)
			}
		}
	}
	return states
}

func vnc(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if _, known := c.Rule("tool.x11vnc.listening"); !known {
		t.Fatal("the catalogue has no rule tool.x11vnc.listening, which these tests are about")
	}
	return c
}

func engineOf(t *testing.T, sensors []sensor.Sensor, shelf *shelf, memory engine.Memory, people func(context.Context) []string) *engine.Engine {
	t.Helper()
	gate, err := privacy.NewGate(sensors, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return engine.New(engine.Options{
		Host: laptop{}, Sensors: sensors, Catalogue: vnc(t), Gate: gate, Spool: shelf, Memory: memory, People: people, Now: time.Now,
	})
}

func start(t *testing.T, sensors []sensor.Sensor, shelf *shelf, memory engine.Memory) (stop func()) {
	t.Helper()
	e := engineOf(t, sensors, shelf, memory, nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	}
}

var x11vnc = []port{{PID: 7, File: "x11vnc", Port: 5900}}

func TestFindingOpensAndClosesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, spooled := &scene{}, &shelf{}
		stop := start(t, []sensor.Sensor{world.sensor("listening_ports")}, spooled, nil)
		time.Sleep(5 * time.Second)
		world.rows = x11vnc
		time.Sleep(5 * time.Second)
		world.rows = nil
		time.Sleep(5 * time.Second)
		stop()
		if want := []finding.Status{finding.Open, finding.Closed}; !slices.Equal(spooled.told(), want) {
			t.Errorf("told %v, want %v", spooled.told(), want)
		}
		if first := spooled.reports[0]; len(first.Coverage) != 1 || first.Coverage[0].State != finding.CoverageOK {
			t.Errorf("the first report covers %v, want that the sensor could look", first.Coverage)
		}
	})
}

// TestWhatHandsDoIsToldAsOfADay: no change and no end says when somebody worked.
func TestWhatHandsDoIsToldAsOfADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, spooled := &scene{rows: x11vnc}, &shelf{}
		hands := world.sensor("listening_ports")
		hands.Steady, hands.Facts = true, false
		stop := start(t, []sensor.Sensor{hands}, spooled, nil)
		time.Sleep(2 * time.Minute)
		world.rows = []port{{PID: 7, File: "x11vnc", Port: 5900}, {PID: 7, File: "x11vnc", Port: 5901}}
		time.Sleep(2 * time.Minute)
		world.rows = nil
		time.Sleep(2 * time.Minute)
		stop()
		if want := []finding.Status{finding.Open}; !slices.Equal(spooled.told(), want) {
			t.Errorf("told %v, want %v", spooled.told(), want)
		}
	})
}

func TestCouldNotLookIsNotClean(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, spooled := &scene{rows: x11vnc}, &shelf{}
		stop := start(t, []sensor.Sensor{world.sensor("listening_ports")}, spooled, nil)
		time.Sleep(5 * time.Second)
		world.rows, world.err = nil, host.ErrDenied
		time.Sleep(time.Minute)
		stop()
		if want := []finding.Status{finding.Open}; !slices.Equal(spooled.told(), want) {
			t.Errorf("told %v while blind, want only %v", spooled.told(), want)
		}
		last := spooled.reports[len(spooled.reports)-1]
		if len(last.Coverage) != 1 || last.Coverage[0].State != finding.CoverageDenied {
			t.Errorf("the last report covers %v, want denied", last.Coverage)
		}
		if len(last.Facts) != 0 {
			t.Errorf("blindness was told as facts: %v", last.Facts)
		}
	})
}

func TestWhatDisappearedWhileDownIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := engine.File{Path: t.TempDir() + "/open.json"}
		world, spooled := &scene{rows: x11vnc}, &shelf{}
		sensors := []sensor.Sensor{world.sensor("listening_ports")}
		stop := start(t, sensors, spooled, memory)
		time.Sleep(5 * time.Second)
		stop()
		if open, err := memory.Load(); err != nil || len(open) != 1 {
			t.Fatalf("remembers %v (%v), want the one open finding", open, err)
		}
		world.rows = nil
		stop = start(t, sensors, spooled, memory)
		time.Sleep(5 * time.Second)
		stop()
		if want := []finding.Status{finding.Open, finding.Closed}; !slices.Equal(spooled.told(), want) {
			t.Errorf("told %v over a restart, want %v", spooled.told(), want)
		}
	})
}

func TestNothingIsLostWhileTheSpoolRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, spooled := &scene{rows: x11vnc}, &shelf{err: errors.New("no space left on device")}
		stop := start(t, []sensor.Sensor{world.sensor("listening_ports")}, spooled, nil)
		time.Sleep(30 * time.Second)
		spooled.err = nil
		time.Sleep(30 * time.Second)
		stop()
		if want := []finding.Status{finding.Open}; !slices.Equal(spooled.told(), want) {
			t.Errorf("told %v after the disk had room again, want %v", spooled.told(), want)
		}
	})
}

func TestASlowSensorIsLateByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow, quick, spooled := &scene{delay: time.Hour}, &scene{}, &shelf{}
		stop := start(t, []sensor.Sensor{slow.sensor("processes"), quick.sensor("listening_ports")}, spooled, nil)
		time.Sleep(time.Minute)
		stop()
		if quick.looks < 29 {
			t.Errorf("the quick sensor looked %d times in a minute, want 30", quick.looks)
		}
		if states, want := spooled.covered("processes"), []finding.CoverageState{finding.CoverageFailed}; !slices.Equal(states, want) {
			t.Errorf("the slow sensor is covered as %v, want %v", states, want)
		}
	})
}

func TestFactsAreToldWhenTheyChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, spooled := &scene{}, &shelf{}
		stop := start(t, []sensor.Sensor{world.sensor("listening_ports")}, spooled, nil)
		time.Sleep(20 * time.Second)
		world.rows = []port{{PID: 1, File: "cupsd", Port: 631}}
		time.Sleep(6*time.Hour + time.Minute) // by then the collector may have been put back from a backup
		stop()
		var sizes []int
		for _, r := range spooled.reports {
			for _, f := range r.Facts {
				sizes = append(sizes, len(f.Rows))
			}
		}
		if want := []int{0, 1, 1}; !slices.Equal(sizes, want) {
			t.Errorf("facts of %v rows were told, want %v: at the start, when they changed, and again after hours", sizes, want)
		}
	})
}

// The rules are not tried again on the very rows of the last look, and a finding
// still opens, stays and closes.
func TestUnchangedRowsKeepTheirFindings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, spooled := &scene{rows: x11vnc}, &shelf{}
		stop := start(t, []sensor.Sensor{world.sensor("listening_ports")}, spooled, nil)
		time.Sleep(11 * time.Minute)
		world.rows = append(slices.Clone(x11vnc), port{PID: 9, File: "cupsd", Port: 631})
		time.Sleep(10 * time.Second)
		world.rows = nil
		time.Sleep(10 * time.Second)
		stop()
		if want := []finding.Status{finding.Open, finding.Open, finding.Closed}; !slices.Equal(spooled.told(), want) {
			t.Errorf("told %v, want opened, renewed and closed", spooled.told())
		}
	})
}

// slate is a Memory that can be made to refuse.
type slate struct {
	open []finding.Finding
	err  error
}

func (s *slate) Load() ([]finding.Finding, error) { return s.open, nil }

func (s *slate) Save(open []finding.Finding) error {
	if s.err == nil {
		s.open = open
	}
	return s.err
}

func TestWhatIsOpenIsSavedOnceThereIsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, spooled, memory := &scene{rows: x11vnc}, &shelf{}, &slate{err: errors.New("no space left on device")}
		stop := start(t, []sensor.Sensor{world.sensor("listening_ports")}, spooled, memory)
		time.Sleep(30 * time.Second)
		memory.err = nil
		time.Sleep(30 * time.Second)
		if len(memory.open) != 1 {
			t.Errorf("remembers %v after the disk had room again, want the open finding", memory.open)
		}
		stop()
		if want := []finding.Status{finding.Open}; !slices.Equal(spooled.told(), want) {
			t.Errorf("told %v, want it told once", spooled.told())
		}
	})
}
