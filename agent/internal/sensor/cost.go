package sensor

import (
	"context"
	"fmt"
	"io/fs"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// agentCost is what farmwatch itself takes from the laptop, one row.
type agentCost struct {
	CPUSeconds string `column:"cpu_seconds,public" about:"processor time the agent has used since it started"`
	CPUPercent string `column:"cpu_percent,public" about:"share of one processor that the agent used since the last look"`
	RSSBytes   uint64 `column:"rss_bytes,public" about:"memory the agent occupies"`
	Goroutines int    `column:"goroutines,public" about:"number of tasks inside the agent"`
	OpenFiles  int    `column:"open_files,public" about:"number of files and connections the agent has open"`
}

// Cost looks at what the agent itself costs.
func Cost() Sensor {
	meter := &costMeter{}
	return Define(Options{
		Class: "agent_cost", Every: 10 * time.Minute, Facts: true,
		About: "Looks at how much processor time and memory farmwatch itself uses, so that it never becomes a burden unseen.",
	}, meter.collect)
}

// costMeter remembers the last look, since a share needs two.
type costMeter struct {
	mu          sync.Mutex
	cpu, uptime float64
}

func (m *costMeter) collect(ctx context.Context, h host.Host) ([]agentCost, error) {
	self, ok := h.(host.SelfCoster)
	if !ok {
		return nil, fmt.Errorf("read the agent's own cost, which a recording does not hold: %w", host.ErrAbsent)
	}
	cost, err := self.Cost(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the agent's own cost: %w", err)
	}
	return []agentCost{{
		CPUSeconds: strconv.FormatFloat(cost.CPU.Seconds(), 'f', 2, 64),
		CPUPercent: m.share(cost.CPU.Seconds(), sinceStart(ctx, h)),
		RSSBytes:   cost.RSS, Goroutines: runtime.NumGoroutine(), OpenFiles: cost.OpenFiles,
	}}, nil
}

// share is the part of one processor used between two looks, in percent. Time is
// the machine's own count of seconds, where it gives one. The first look gives
// none: the start costs more than all that follows and says nothing of it.
func (m *costMeter) share(cpu, uptime float64) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	since, used := m.uptime, cpu-m.cpu
	m.cpu, m.uptime = cpu, uptime
	if since == 0 || uptime <= since || used < 0 {
		return ""
	}
	return strconv.FormatFloat(100*used/(uptime-since), 'f', 2, 64)
}

// sinceStart is the number of seconds since the machine started, 0 when not told.
func sinceStart(ctx context.Context, h host.Host) float64 {
	kept, ok := h.(host.PowerHost)
	if h.Platform().OS == "linux" || !ok {
		return readUptime(h.Files())
	}
	power, err := kept.Power(ctx)
	if err != nil {
		return 0
	}
	return power.Uptime.Seconds()
}

// readUptime is sinceStart as Linux tells it among its files.
func readUptime(fsys fs.FS) float64 {
	first, _, _ := strings.Cut(attribute(fsys, "proc/uptime"), " ")
	return seconds(first)
}

func seconds(text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v < 0 {
		return 0
	}
	return v
}
