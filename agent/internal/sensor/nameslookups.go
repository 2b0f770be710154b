package sensor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
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
		w.see(nameKey{name, "dns"}, found.At, found.PID)
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
	if !w.unnamed() {
		return
	}
	processes, err := h.Processes(ctx)
	if err != nil && len(processes) == 0 {
		return
	}
	running := make(map[int]host.Process, len(processes))
	for _, p := range processes {
		running[p.PID] = p
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for element := w.order.Front(); element != nil; element = element.Next() {
		s := element.Value.(*sighting)
		if p, ok := running[s.pid]; ok && !p.Started.After(s.last) {
			s.file = lastElement(strings.TrimSuffix(p.Path, " (deleted)"))
			if s.file == "" {
				s.file = p.Name
			}
		}
		s.pid = 0
	}
}

// unnamed says whether there is a process whose program is not known yet.
func (w *nameWindow) unnamed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for element := w.order.Front(); element != nil; element = element.Next() {
		if element.Value.(*sighting).pid != 0 {
			return true
		}
	}
	return false
}
