package engine

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/detect"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// Scan is what one look at everything gave.
type Scan struct {
	Platform    host.Platform
	Rows        []finding.Observation
	Findings    []finding.Finding
	Coverage    []finding.Coverage
	Assessments []catalogue.Assessment
}

// Once looks once with every sensor and judges what it saw as it is now,
// without history. A recording's packets and inputs are all read first; those of
// a live machine are waited for as long as gather says, two seconds at least. Who
// gathers also looks whenever something is plugged in or out, since what came
// together can only be seen by who was there, and looks last at the end.
func Once(ctx context.Context, h host.Host, sensors []sensor.Sensor, c *catalogue.Catalogue, at time.Time, gather time.Duration) Scan {
	s := Scan{Platform: h.Platform()}
	looks := make([]look, len(sensors))
	var all sync.WaitGroup
	window, done := context.WithTimeout(ctx, max(patience, gather))
	defer done()
	var woken map[string]chan struct{}
	if gather > 0 {
		woken, _ = wakes(window, h, sensors) // without them it looks once, as without gathering
	}
	for i, one := range sensors {
		all.Go(func() { looks[i] = once(ctx, window, h, one, woken[one.Class]) })
	}
	all.Wait()
	for _, l := range looks {
		l.coverage.Since = at
		s.Rows = append(s.Rows, l.rows...)
		s.Coverage = append(s.Coverage, l.coverage)
	}
	s.Findings = detect.Detect(c, s.Rows)
	s.Assessments = c.Assess(history(s.Findings, at))
	return s
}

// patience is the least that one look at everything waits for a window to fill.
const patience = 2 * time.Second

func once(ctx, window context.Context, h host.Host, s sensor.Sensor, woken <-chan struct{}) look {
	switch {
	case s.Watch != nil:
		_ = s.Watch(window, h) // how it went is the coverage of the look that follows
	case woken != nil:
		meanwhile(ctx, window, h, s, woken)
	}
	return lookOnce(ctx, h, s)
}

// meanwhile looks at once and whenever it is woken, so that the sensor remembers.
func meanwhile(ctx, window context.Context, h host.Host, s sensor.Sensor, woken <-chan struct{}) {
	for window.Err() == nil {
		lookOnce(ctx, h, s)
		select {
		case <-woken:
		case <-window.Done():
		}
	}
}

func lookOnce(ctx context.Context, h host.Host, s sensor.Sensor) look {
	answer := begin(func() look {
		ctx, cancel := context.WithTimeout(ctx, deadline)
		defer cancel()
		rows, coverage := sensor.Look(ctx, h, s)
		return look{sensor: s, rows: rows, coverage: coverage}
	})
	l, _ := await(context.WithoutCancel(ctx), s, answer) // a look that is told to end still says what it saw
	return l
}

// history makes of findings seen just now a history of one moment.
func history(found []finding.Finding, at time.Time) catalogue.History {
	h := catalogue.History{At: at}
	for _, f := range found {
		h.Spells = append(h.Spells, catalogue.Spell{Finding: f, From: at})
	}
	return h
}

// Level is the highest level any conclusion reached.
func (s Scan) Level() finding.Level {
	return slices.MaxFunc(append([]catalogue.Assessment{{Level: finding.LevelNone}}, s.Assessments...),
		func(a, b catalogue.Assessment) int { return a.Level.Rank() - b.Level.Rank() }).Level
}
