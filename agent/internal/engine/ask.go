package engine

import (
	"context"
	"errors"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// hung is when a look that was told to end and did not is told as one that could
// not look: the system itself does not answer, as a home folder on a dead network.
const hung = deadline + 5*time.Second

// ask looks with one sensor, within the deadline and the budget. Of one that does
// not come back it says so; what it was asked is then the answer to the next ask.
func (e *Engine) ask(ctx context.Context, s sensor.Sensor) (l look, back bool) {
	if e.Host == nil { // of a laptop that is told there is no system that could keep it waiting
		return e.look(ctx, s), true
	}
	if l, back = await(ctx, s, e.asking(ctx, s)); back {
		e.mu.Lock()
		delete(e.asked, s.Class)
		e.mu.Unlock()
	}
	return l, back
}

// asking is the look that is under way, or one that begins now.
func (e *Engine) asking(ctx context.Context, s sensor.Sensor) <-chan look {
	e.mu.Lock()
	defer e.mu.Unlock()
	answer, looking := e.asked[s.Class]
	if !looking {
		answer = begin(func() look { return e.look(ctx, s) })
		e.asked[s.Class] = answer
	}
	return answer
}

// begin begins a look, whose answer waits where who asked is gone by then.
func begin(looking func() look) <-chan look {
	answer := make(chan look, 1)
	go func() { answer <- looking() }()
	return answer
}

// await waits for a look that began. Of one that does not come back it says so.
func await(ctx context.Context, s sensor.Sensor, answer <-chan look) (l look, back bool) {
	select {
	case l = <-answer:
		return l, true
	case <-time.After(hung):
	case <-ctx.Done():
	}
	return look{sensor: s, coverage: hangs(s)}, false
}

func hangs(s sensor.Sensor) finding.Coverage {
	return finding.Coverage{Class: s.Class, State: finding.CoverageFailed,
		Detail: "the sensor " + s.Class + " does not come back: the system does not answer what it asks, as a folder on a network that is gone; it looks on once it does"}
}

// errNobodyTold is why a report waits whose names are not known.
var errNobodyTold = errors.New("the system does not answer who has an account here, and without their names nothing may leave")

// hide tells the gate the names of people, asked anew each time: a person may have
// logged in for the first time. Where the system does not answer, those that are known
// stay hidden; where it never did, nothing may leave.
func (e *Engine) hide() error {
	if e.People == nil {
		return nil
	}
	patience := hung
	if e.names == nil {
		names := make(chan []string, 1)
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), deadline)
			defer cancel()
			names <- e.People(ctx)
		}()
		e.names = names
	} else {
		patience = settle // it was waited for already
	}
	select {
	case names := <-e.names:
		e.Gate.Hide(names...)
		e.names, e.hid = nil, true
	case <-time.After(patience):
		if !e.hid {
			return errNobodyTold
		}
		e.Log.Warn("the system does not answer who has an account here; the names known stay hidden")
	}
	return nil
}
