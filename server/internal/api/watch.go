package api

import (
	"sync"

	"github.com/farmwatch/farmwatch/server/internal/alert"
)

// watchBuffer is how many changes one watcher may lag behind.
const watchBuffer = 256

// A Watch tells everybody who listens of every alert that changed.
type Watch struct {
	mu        sync.Mutex
	listeners map[chan alert.Alert]bool
	closed    bool
}

// NewWatch has nobody listening yet.
func NewWatch() *Watch { return &Watch{listeners: make(map[chan alert.Alert]bool)} }

// Tell tells of changed alerts and never blocks. Who lags too far behind is
// cut off rather than left with a hole it does not know of.
func (w *Watch) Tell(changed []alert.Alert) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range changed {
		for c := range w.listeners {
			select {
			case c <- a:
			default:
				delete(w.listeners, c)
				close(c)
			}
		}
	}
}

// Listen gives the changes from now on. The channel is closed when the
// listener lags too far behind or the server stops; stop ends listening.
func (w *Watch) Listen() (changes <-chan alert.Alert, stop func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := make(chan alert.Alert, watchBuffer)
	if w.closed {
		close(c)
		return c, func() {}
	}
	w.listeners[c] = true
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.listeners[c] {
			delete(w.listeners, c)
			close(c)
		}
	}
}

// Close ends every listening, so that a server can stop.
func (w *Watch) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for c := range w.listeners {
		delete(w.listeners, c)
		close(c)
	}
}

// Listeners says how many listen now.
func (w *Watch) Listeners() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.listeners)
}
