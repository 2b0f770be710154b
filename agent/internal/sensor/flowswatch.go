package sensor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/flow"
	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// flowWindow remembers how flows went, and compares a few of them with input, in
// bounded space. Its clock is the host's.
type flowWindow struct {
	*gathering
	owners *ownerTable

	mu       sync.Mutex
	table    *flow.Table
	follower *flow.Follower
	followed map[flow.Key]bool // now
	source   host.FlowSource   // nil while nothing is counted
	partial  error             // of the latest look
	lost     uint64            // flows that the table had lost before it
	full     bool              // inputs have to be told before more can be compared
	told     chan struct{}     // holds one when inputs were told
}

func newFlowWindow(t *ownerTable, input *inputWindow) *flowWindow {
	w := &flowWindow{
		gathering: newGathering("count what passes through connections"), owners: t,
		table: flow.NewTable(flow.Most), follower: flow.NewFollower(), followed: map[flow.Key]bool{}, told: make(chan struct{}, 1),
	}
	input.heard = w.hear
	return w
}

// hear takes of inputs when they came.
func (w *flowWindow) hear(batch host.InputBatch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, in := range batch.Inputs {
		switch in.Kind {
		case host.InputPressed, host.InputUsed, host.InputLost, host.InputLidClose, host.InputLidOpen: // nobody knows when, or by whose hand
		default:
			w.follower.Hands.Add(in.At)
		}
	}
	w.follower.Told(batch.Until)
	select {
	case w.told <- struct{}{}:
	default:
	}
	if len(batch.Inputs) > 0 && w.source != nil {
		w.source.Stir()
	}
}

// watch counts until ctx ends or the recording does.
func (w *flowWindow) watch(ctx context.Context, h host.Host) error {
	err := w.count(ctx, h)
	w.mu.Lock()
	w.source = nil
	if err != nil && ctx.Err() == nil {
		w.table, w.partial, w.lost = flow.NewTable(flow.Most), nil, 0
	}
	w.mu.Unlock()
	return w.ended(ctx, err)
}

func (w *flowWindow) count(ctx context.Context, h host.Host) error {
	counting, err := host.Can[host.FlowHost](h, "what passes through connections")
	if err != nil {
		return err
	}
	source, err := counting.Flows(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", w.doing, err)
	}
	defer func() { _ = source.Close() }()
	w.mu.Lock()
	w.source = source
	w.mu.Unlock()
	for patient := true; ; {
		begun := false
		look, err := source.Next(func(look host.FlowLook, f host.Flow) {
			w.take(look, f, !begun)
			begun = true
		})
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", w.doing, err)
		}
		full := w.end(look, begun)
		w.began(nil)
		patient = full && patient && w.await(ctx) || !full && patient
	}
}

// await waits until inputs are told, which only a recording is ahead of. It says
// whether they were.
func (w *flowWindow) await(ctx context.Context) bool {
	select {
	case <-w.told:
		return true
	case <-ctx.Done():
	case <-time.After(openWait):
	}
	return false
}

// take takes in one flow of a look.
func (w *flowWindow) take(look host.FlowLook, f host.Flow, first bool) {
	k := flow.NewKey(f.Protocol == "udp", f.Local, f.Remote)
	counts := flow.Counts{In: flow.Count(f.In), Out: flow.Count(f.Out)}
	w.mu.Lock()
	defer w.mu.Unlock()
	if look.Whole {
		if first {
			w.table.Begin(look.At)
		}
		w.table.Add(k, counts)
	}
	if w.followed[k] {
		w.follower.Sample(k, look.At, counts)
		w.full = w.full || w.follower.Full(k)
	}
}

// end ends a look, and after one at all flows chooses those to follow. It says
// whether more can only be compared once inputs are told.
func (w *flowWindow) end(look host.FlowLook, begun bool) (full bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.partial = look.Partial
	full, w.full = w.full, false
	if !look.Whole {
		return full
	}
	if !begun {
		w.table.Begin(look.At)
	}
	if n := w.table.Lost - w.lost; n > 0 {
		w.partial = errors.Join(w.partial, fmt.Errorf("there are more connections than are remembered: %d were left out", n))
	}
	w.lost = w.table.Lost
	if look.Partial == nil {
		w.table.End()
	} else {
		w.table.EndPartly()
	}
	clear(w.followed)
	var ids []host.FlowID
	for _, k := range w.follower.Choose(w.table, host.FlowMost) {
		w.followed[k] = true
		id := host.FlowID{Protocol: "tcp", Local: k.Local(), Remote: k.Remote()}
		if k.UDP {
			id.Protocol = "udp"
		}
		ids = append(ids, id)
	}
	w.source.Follow(ids)
	w.follower.Rest(look.At)
	return full
}

// state says how the counting goes, and what the last look could not see.
func (w *flowWindow) state(ctx context.Context) error {
	trouble := w.gathering.state(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	return errors.Join(trouble, w.partial)
}
