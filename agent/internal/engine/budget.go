package engine

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

// What the agent may cost. A fifth of osquery's restrictive CPU limit, measured
// over a minute so that a start or one busy look does not count.
const (
	window     = time.Minute
	cpuShare   = 0.01 // of one core
	slowest    = 16   // how many times longer than its own pace a sensor may be made to wait
	spareShare = cpuShare / 2
)

// budget slows the costliest sensor while the agent costs more than it may,
// and lets it catch up once there is room again.
type budget struct {
	host host.SelfCoster // nil where the host cannot tell: then every sensor keeps its pace

	mu     sync.Mutex
	opened time.Time                // when the current window began
	cpu    time.Duration            // what the process had used by then
	busy   map[string]time.Duration // by class, time spent looking in this window
	factor map[string]int           // by class, how many times longer it waits
}

func newBudget(h host.Host) *budget {
	c, _ := h.(host.SelfCoster)
	return &budget{host: c, busy: map[string]time.Duration{}, factor: map[string]int{}}
}

// pace is how long a sensor waits for its next look.
func (b *budget) pace(s sensor.Sensor) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return s.Every * time.Duration(max(1, b.factor[s.Class]))
}

// explain adds to a coverage's detail that the sensor looks less often than it would.
func (b *budget) explain(s sensor.Sensor, detail string) string {
	pace := b.pace(s)
	if pace == s.Every {
		return detail
	}
	slow := fmt.Sprintf("looks every %s instead of %s, so that the agent stays light", pace, s.Every)
	if detail == "" {
		return slow
	}
	return detail + "; " + slow
}

// spent notes one look and, once a window is over, decides who has to slow down.
func (b *budget) spent(s sensor.Sensor, start, end time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.busy[s.Class] += end.Sub(start)
	if since := end.Sub(b.opened); b.host == nil || !b.opened.IsZero() && since >= 0 && since < window {
		return
	}
	cost, err := b.host.Cost(context.Background())
	if err != nil {
		return // what it costs is the cost sensor's to tell
	}
	if end.After(b.opened) && !b.opened.IsZero() { // else the clock was set back, and the window begins anew
		b.decide(float64(cost.CPU-b.cpu) / float64(end.Sub(b.opened)))
	}
	b.opened, b.cpu = end, cost.CPU
	clear(b.busy)
}

// decide doubles the wait of the sensor that was busy longest, or halves the
// longest wait when the agent has become cheap.
func (b *budget) decide(share float64) {
	switch {
	case share > cpuShare:
		if class := longest(b.busy); class != "" {
			b.factor[class] = min(slowest, 2*max(1, b.factor[class]))
		}
	case share < spareShare:
		if class := longest(b.factor); class != "" && b.factor[class] > 1 {
			b.factor[class] /= 2
		}
	}
}

// longest names the class with the largest value; of equals, the first by name.
func longest[N int | time.Duration](by map[string]N) string {
	var name string
	for class, n := range by {
		if name == "" || n > by[name] || n == by[name] && class < name {
			name = class
		}
	}
	return name
}
