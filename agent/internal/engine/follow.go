package engine

import (
	"context"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

// follow looks with one sensor: at once, then whenever it is due or woken. It
// is the only goroutine that looks with it, so a slow sensor is late by itself.
//
// Looks are due at multiples of a sensor's pace since the start: sensors of the
// same pace ask the host at the same moment, and it reads the machine once.
func (e *Engine) follow(ctx context.Context, s sensor.Sensor, wake <-chan struct{}, looks chan<- look) {
	start := e.started
	for {
		l, back := e.ask(ctx, s)
		select {
		case looks <- l:
		case <-ctx.Done():
			return
		}
		if !back {
			continue // it is told as soon as it is
		}
		select {
		case <-time.After(untilDue(e.Now().Sub(start), e.budget.pace(s))):
		case <-wake:
		case <-ctx.Done():
			return
		}
	}
}

// untilDue is the time to the next multiple of the pace. A clock that jumped
// cannot make it longer than one pace.
func untilDue(elapsed, pace time.Duration) time.Duration {
	if elapsed < 0 {
		return pace
	}
	return pace - elapsed%pace
}

// look asks one sensor, within the deadline and the budget.
func (e *Engine) look(ctx context.Context, s sensor.Sensor) look {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	start := e.Now()
	rows, coverage := sensor.Look(ctx, e.Host, s)
	e.budget.spent(s, start, e.Now())
	coverage.Detail = e.budget.explain(s, coverage.Detail)
	return look{sensor: s, rows: rows, coverage: coverage}
}

// gather keeps a sensor's window filled for as long as ctx lives. A window that
// broke is the sensor's to tell, as coverage; here it is only opened again.
func (e *Engine) gather(ctx context.Context, s sensor.Sensor) {
	for ctx.Err() == nil {
		err := s.Watch(ctx, e.Host)
		if ctx.Err() != nil {
			return
		}
		e.Log.Warn("window closed, opened again in a minute", "sensor.class", s.Class, "error", err)
		select {
		case <-time.After(time.Minute):
		case <-ctx.Done():
		}
	}
}

// wakes hands each sensor a channel that says "look now", where the host can
// tell; there is none where it cannot. A sensor that is looking already needs no
// second wake.
func wakes(ctx context.Context, h host.Host, sensors []sensor.Sensor) (map[string]chan struct{}, error) {
	waker, ok := h.(host.Waker)
	if !ok {
		return nil, nil
	}
	classes, err := waker.Wake(ctx)
	if err != nil {
		return nil, err
	}
	woken := make(map[string]chan struct{}, len(sensors))
	for _, s := range sensors {
		woken[s.Class] = make(chan struct{}, 1)
	}
	go func() {
		for class := range classes {
			select {
			case woken[class] <- struct{}{}:
			default:
			}
		}
	}()
	return woken, nil
}
