package ingest

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// Places writes of an address what may be kept of it.
type Places interface {
	Stay(from netip.Addr, roundTrip time.Duration) device.Stay
}

// How often it is noted where a device stands: when that changed, at most every
// half a minute, and else every ten minutes.
const (
	noteAtMost  = 30 * time.Second
	noteAtLeast = 10 * time.Minute
)

// A trace is what is remembered of where a device was last noted to stand, over
// all its streams, so that most heartbeats note nothing.
type trace struct {
	mu      sync.Mutex
	noted   time.Time
	address string
	told    device.Stay // what it tells of its network and clock
	changed bool        // that is no longer what was noted
}

// hears takes what a device tells of its network and its clock.
func (t *trace) hears(report finding.Report) {
	var interfaces, system []finding.Observation
	for _, f := range report.Facts {
		switch f.Class {
		case "network_interfaces":
			interfaces = f.Rows
		case "system":
			system = f.Rows
		}
	}
	if interfaces == nil && system == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	told := device.Stay{TimeZone: t.told.TimeZone, UTCOffset: t.told.UTCOffset, Gateway: t.told.Gateway, AccessPoint: t.told.AccessPoint}
	if interfaces != nil {
		told.Gateway, told.AccessPoint = "", ""
	}
	told.Attach(interfaces, system)
	t.changed = t.changed || told != t.told
	t.told = told
}

// due says whether it is to be noted now where a device stands, and takes it as noted.
func (t *trace) due(address string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	// A clock that was put back counts as time that passed.
	since := now.Sub(t.noted).Abs()
	if since < noteAtMost || since < noteAtLeast && address == t.address && !t.changed {
		return false
	}
	t.noted, t.address, t.changed = now, address, false
	return true
}

// meet notes what the connection tells when the stream begins.
func (n *session) meet(ctx context.Context) {
	e, ok := entranceOf(ctx)
	if !ok || !e.from.IsValid() || n.server.Places == nil {
		return
	}
	n.from = &e
	n.begun = n.server.Now()
}

// stand is where the device stands, where that is to be noted now. What it told of
// its network before this stream may be of another place: a laptop that was moved
// gets the time to tell before its new address is joined with an old router.
func (n *session) stand() *device.Stay {
	now := n.server.Now()
	if n.from == nil || now.Sub(n.begun) < n.server.Limits.Settle {
		return nil
	}
	s := n.server.Places.Stay(n.from.from, n.from.roundTrip)
	if !n.allowance.trace.due(s.Address, now) {
		return nil
	}
	return &s
}
