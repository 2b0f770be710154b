package host

import (
	"context"
	"sync"
)

// A lifeNotice is what a system tells the service, and no other program of ours,
// while it runs.
type lifeNotice int

const (
	lifeSuspend lifeNotice = iota // the machine is about to sleep
	lifeResume                    // it woke up
	lifeSession                   // somebody logged in, locked, came from afar, left …
)

// noticeboard hands what the service is told to all of this process who want to
// know. Like every wake it may be missed: who reads it looks at what is there now.
type noticeboard struct {
	mu      sync.Mutex
	readers map[chan lifeNotice]bool
}

// serviceLife is the one board: a process is one service at most.
var serviceLife noticeboard

// post tells all readers, and waits for none.
func (b *noticeboard) post(n lifeNotice) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for reader := range b.readers {
		select {
		case reader <- n:
		default:
		}
	}
}

// follow gives what is posted until ctx ends, which closes the channel.
func (b *noticeboard) follow(ctx context.Context) <-chan lifeNotice {
	reader := make(chan lifeNotice, 4)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.readers == nil {
		b.readers = map[chan lifeNotice]bool{}
	}
	b.readers[reader] = true
	context.AfterFunc(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.readers, reader)
		close(reader)
	})
	return reader
}
