package main

import (
	"context"
	"runtime/debug"
	"time"
)

// What keeps the agent small. It holds about 3 MB for long and needs more for
// moments only, so collecting early costs little and saves twice as much.
const (
	gcPercent   = 25
	memoryLimit = 48 << 20 // bytes; a leak makes the agent slow before it makes the laptop slow
	started     = 20 * time.Second
	returned    = 15 * time.Minute
)

// stayLight gives memory back that the start and the slow looks needed.
func stayLight(ctx context.Context) {
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memoryLimit)
	for wait := started; ; wait = min(2*wait, returned) { // a slow machine starts for longer
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
			debug.FreeOSMemory()
		}
	}
}
