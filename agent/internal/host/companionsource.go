package host

import (
	"cmp"
	"context"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// companionSource is an InputSource of several companions.
type companionSource struct {
	from  *companions
	ctx   context.Context // of the source's life
	stop  context.CancelFunc
	woken chan struct{}

	last atomic.Pointer[lastDevices] // once it has ended

	mu      sync.Mutex
	pending []Input
	taken   []Input         // the batch before, to be used again
	lost    map[string]bool // devices of which there was no room for all
}

// lastDevices is what was known when a source ended.
type lastDevices struct {
	devices []InputDevice
	err     error
}

// add never waits: one who listens slowly loses inputs, and is told so.
func (s *companionSource) add(inputs []Input) {
	s.mu.Lock()
	for _, in := range inputs {
		if len(s.pending) >= inputPending {
			s.lost[in.Device] = true
			continue
		}
		s.pending = append(s.pending, in)
	}
	s.mu.Unlock()
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// Devices are those of all sessions, or those there were when it ended.
func (s *companionSource) Devices() ([]InputDevice, error) {
	if last := s.last.Load(); last != nil {
		return last.devices, last.err
	}
	return s.from.devices()
}

// Next waits for inputs and lets more gather.
func (s *companionSource) Next() (InputBatch, error) {
	select {
	case <-s.ctx.Done():
	case <-time.After(inputTick):
	case <-s.woken:
		time.Sleep(inputGather)
	}
	if s.ctx.Err() != nil {
		return InputBatch{}, io.EOF
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := InputBatch{Inputs: s.pending, Until: s.from.since()}
	for device := range s.lost {
		b.Inputs = append(b.Inputs, Input{Device: device, Kind: InputLost, At: b.Until})
	}
	clear(s.lost)
	s.pending, s.taken = s.taken[:0], b.Inputs
	slices.SortStableFunc(b.Inputs, func(a, b Input) int { return cmp.Compare(a.At, b.At) })
	return b, nil
}

// Close ends it.
func (s *companionSource) Close() error {
	devices, err := s.from.devices()
	s.last.CompareAndSwap(nil, &lastDevices{devices, err})
	s.stop()
	s.from.mu.Lock()
	defer s.from.mu.Unlock()
	delete(s.from.listeners, s)
	return nil
}
