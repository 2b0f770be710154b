package host

import (
	"context"
	"sync"
	"time"
)

// A flowPace says when which flows are looked at: all of them now and then, and
// those that are followed often while something stirs.
type flowPace struct {
	ctx   context.Context // of the source's life
	stop  context.CancelFunc
	now   func() time.Duration
	every time.Duration // between two looks at all
	whole time.Duration // when the next one is due
	tick  time.Duration // when those followed were looked at last
	poke  chan struct{} // something stirred after a rest

	mu    sync.Mutex
	until time.Duration // something stirs
}

func newFlowPace(ctx context.Context, every time.Duration, now func() time.Duration) *flowPace {
	ctx, stop := context.WithCancel(ctx)
	return &flowPace{ctx: ctx, stop: stop, now: now, every: every, whole: now(), poke: make(chan struct{}, 1)}
}

// Stir has those that are followed looked at for a while from now on.
func (p *flowPace) Stir() {
	now := p.now()
	p.mu.Lock()
	rested := p.until <= now
	p.until = now + flowLinger
	p.mu.Unlock()
	if rested {
		select {
		case p.poke <- struct{}{}:
		default:
		}
	}
}

// Close ends the source.
func (p *flowPace) Close() error {
	p.stop()
	return nil
}

func (p *flowPace) stirs(now time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return now < p.until
}

// What is due.
type flowDue uint8

const (
	dueNothing flowDue = iota // yet
	dueWhole
	dueFollowed
	dueEnd
)

// next says what is due, after a wait where nothing is: until something is, and
// no longer than it may.
func (p *flowPace) next(following bool, most time.Duration) flowDue {
	now := p.now()
	rest := min(p.whole-now, most)
	switch following = following && p.stirs(now); {
	case p.ctx.Err() != nil:
		return dueEnd
	case now >= p.whole:
		p.whole = now + p.every
		return dueWhole
	case following && now >= p.tick+FlowTick:
		p.tick = now
		return dueFollowed
	case following:
		rest = min(rest, p.tick+FlowTick-now)
	}
	timer := time.NewTimer(rest)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.poke:
	case <-p.ctx.Done():
	}
	return dueNothing
}
