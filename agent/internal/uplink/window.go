package uplink

import (
	"sync"
	"time"
)

// How much may be on its way unacknowledged. The collector holds as many
// entries of one stream at most.
const (
	windowItems = 64
	windowBytes = 1 << 20
)

// A window is what was sent and not yet acknowledged.
type window struct {
	mu    sync.Mutex
	sent  []flight
	bytes int
	moved time.Time     // when it last opened or began to fill
	open  chan struct{} // has one element when there may be room again
}

type flight struct {
	seq  uint64
	size int
}

func newWindow(now time.Time) *window {
	return &window{moved: now, open: make(chan struct{}, 1)}
}

func (w *window) full() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.sent) >= windowItems || w.bytes >= windowBytes
}

func (w *window) add(seq uint64, size int, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.sent) == 0 {
		w.moved = now
	}
	w.sent, w.bytes = append(w.sent, flight{seq, size}), w.bytes+size
}

// ack takes out everything up to a number.
func (w *window) ack(seq uint64, now time.Time) {
	w.mu.Lock()
	for len(w.sent) > 0 && w.sent[0].seq <= seq {
		w.bytes -= w.sent[0].size
		w.sent, w.moved = w.sent[1:], now
	}
	w.mu.Unlock()
	select {
	case w.open <- struct{}{}:
	default:
	}
}

// stuck says for how long what was sent waits for an acknowledgement.
func (w *window) stuck(now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.sent) == 0 {
		return 0
	}
	return now.Sub(w.moved)
}
