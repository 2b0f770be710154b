package host

import (
	"context"
	"io"
)

// liveFlows asks nettop of a running Mac. It has no goroutine of its own: who
// calls Next does the waiting.
type liveFlows struct {
	*flowPace
	host *LiveHost
}

var _ FlowHost = (*LiveHost)(nil)

// Flows has the system's own nettop count, a minute apart.
func (h *LiveHost) Flows(ctx context.Context) (FlowSource, error) {
	return &liveFlows{flowPace: newFlowPace(ctx, nettopEvery, monotonic), host: h}, nil
}

// Follow changes nothing: macOS tells bytes alone, and too late to go by.
func (l *liveFlows) Follow([]FlowID) {}

// Next waits until a look is due, and takes it.
func (l *liveFlows) Next(take func(FlowLook, Flow)) (FlowLook, error) {
	for {
		switch l.next(false, nettopEvery) {
		case dueEnd:
			return FlowLook{}, io.EOF
		case dueWhole:
			look := FlowLook{At: monotonic(), Whole: true}
			output, err := l.host.Run(l.ctx, NetworkCounts)
			parseNettop(output, func(f Flow) { take(look, f) })
			look.Partial = err
			return look, nil
		case dueNothing, dueFollowed:
		}
	}
}
