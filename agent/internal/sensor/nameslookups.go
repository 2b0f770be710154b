package sensor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// hearLookups listens to a system that tells which names are looked up. told is
// false where it does not.
func (w *nameWindow) hearLookups(ctx context.Context, h host.Host) (told bool, err error) {
	lookups, ok := h.(host.LookupHost)
	if !ok {
		return false, nil
	}
	source, problem := lookups.Lookups(ctx)
	switch {
	case source == nil && errors.Is(problem, host.ErrAbsent) && h.Platform().OS != "windows":
		return false, nil // the recording of one that does not
	case source == nil:
		return true, fmt.Errorf("%s: %w", w.doing, problem)
	}
	defer func() { _ = source.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = source.Close() })
	defer stop()
	w.began(problem)
	for {
		found, err := source.Next()
		if errors.Is(err, io.EOF) {
			return true, problem // what was not told at the beginning was not told later
		}
		if err != nil {
			return true, fmt.Errorf("%s: %w", w.doing, err)
		}
		name, err := parse.ParseHostName(found.Name)
		if err != nil || name == "" {
			continue // anybody may look up anything
		}
		if found.At.IsZero() {
			found.At = nowOf(ctx, h)
		}
		w.see(nameKey{name: name, kind: "dns", pid: found.PID}, sighting{last: found.At})
	}
}

// nowOf is the machine's time; zero where it does not tell.
func nowOf(ctx context.Context, h host.Host) time.Time {
	clock, ok := h.(host.Clock)
	if !ok {
		return time.Time{}
	}
	now, _, err := clock.Now(ctx)
	if err != nil {
		return time.Time{}
	}
	return now
}

// nameFiles finds the programs of the processes that looked names up. One that
// ended before it was looked at stays unknown.
func (w *nameWindow) nameFiles(ctx context.Context, h host.Host) {
	unnamed := w.unnamed()
	if len(unnamed) == 0 {
		return
	}
	_, _ = w.owners.all(ctx, h) // how it went is said by the class of processes
	for pid := range unnamed {
		unnamed[pid] = w.owners.who(pid)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for key, s := range w.known.all() {
		if key.pid == 0 {
			continue
		}
		moved := *s
		if o := unnamed[key.pid]; o != nil && o != noOwner && !o.said.Started.After(s.last) {
			moved.by = o.row.program
		}
		w.known.drop(key)
		key.pid = 0
		w.add(key, moved)
	}
}

// unnamed gives the processes whose program is not known yet.
func (w *nameWindow) unnamed() map[int]*owner {
	w.mu.Lock()
	defer w.mu.Unlock()
	pids := map[int]*owner{}
	for key := range w.known.all() {
		if key.pid != 0 {
			pids[key.pid] = nil
		}
	}
	return pids
}
