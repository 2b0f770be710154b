package sensor

import (
	"context"
	"fmt"
	"io/fs"
	"runtime"
	"runtime/metrics"
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
	RSSBytes   string `column:"rss_bytes,public" about:"memory the agent occupies"`
	Goroutines int    `column:"goroutines,public" about:"number of tasks inside the agent"`
	OpenFiles  string `column:"open_files,public" about:"number of files and connections the agent has open"`
}

// accountant is what a host may offer beside its other answers where the files
// do not tell what this process costs.
type accountant interface {
	// OwnCost is the processor time, resident memory and open files of this process.
	OwnCost(ctx context.Context) (cpu time.Duration, rss uint64, files int, err error)
}

// Cost looks at what the agent itself costs.
func Cost() Sensor {
	meter := &costMeter{}
	return Define(Options{
		Class: "agent_cost", Every: time.Minute, Facts: true,
		About: "Looks at how much processor time and memory farmwatch itself uses, so that it never becomes a burden unseen.",
	}, meter.collect)
}

// costMeter remembers the last look, since a share needs two.
type costMeter struct {
	mu          sync.Mutex
	cpu, uptime float64
}

// spent is what is known of this process; a negative number is not known.
type spent struct {
	cpu, rss, files float64
	uptime, started float64 // seconds since the machine started
}

func (m *costMeter) collect(ctx context.Context, h host.Host) ([]agentCost, error) {
	now, err := ownCost(ctx, h)
	if err != nil {
		return nil, err
	}
	return []agentCost{{
		CPUSeconds: measured(now.cpu, 2), CPUPercent: measured(m.share(now), 2),
		RSSBytes: measured(now.rss, 0), OpenFiles: measured(now.files, 0), Goroutines: runtime.NumGoroutine(),
	}}, nil
}

func measured(v float64, digits int) string {
	if v < 0 {
		return ""
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// share is the part of one processor used between two looks, or since the start.
func (m *costMeter) share(now spent) float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	since, used := m.uptime, now.cpu-m.cpu
	if since == 0 {
		since, used = now.started, now.cpu
	}
	m.cpu, m.uptime = now.cpu, now.uptime
	if now.uptime <= since || now.cpu < 0 || used < 0 {
		return -1
	}
	return 100 * used / (now.uptime - since)
}

// ownCost asks the host, then the kernel's files, then the Go runtime, which
// knows only this process and so only speaks for the machine it runs on.
func ownCost(ctx context.Context, h host.Host) (spent, error) {
	if a, ok := h.(accountant); ok {
		cpu, rss, files, err := a.OwnCost(ctx)
		if err != nil {
			return spent{}, fmt.Errorf("read the agent's own cost: %w", err)
		}
		s := spent{cpu: cpu.Seconds(), rss: float64(rss), files: float64(files)}
		s.clock(h.Files())
		return s, nil
	}
	if h.Platform().OS == "linux" {
		return costFromFiles(h.Files())
	}
	if h.Platform().OS != runtime.GOOS {
		return spent{}, fmt.Errorf("read the agent's own cost: %w", host.ErrUnsupported)
	}
	return costFromRuntime(), nil
}

const ticksPerSecond = 100 // of /proc; the same on every Linux that Go runs on

func costFromFiles(fsys fs.FS) (spent, error) {
	fields := ownStat(fsys)
	if fields == nil {
		return spent{}, fmt.Errorf("read the agent's own cost in proc/self/stat: %w", host.ErrAbsent)
	}
	s := spent{rss: -1, files: -1}
	s.cpu = (decimal(fields[11]) + decimal(fields[12])) / ticksPerSecond
	s.clock(fsys)
	for line := range strings.Lines(attribute(fsys, "proc/self/status")) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			s.rss = decimal(strings.TrimSuffix(strings.TrimSpace(value), " kB")) * 1024
		}
	}
	if open, err := fs.ReadDir(fsys, "proc/self/fd"); err == nil {
		s.files = float64(len(open))
	}
	return s, nil
}

// ownStat gives the fields of this process from its state on, the first after
// the name in brackets, because a name may hold spaces and brackets itself. It
// is nil when there are too few.
func ownStat(fsys fs.FS) []string {
	stat := attribute(fsys, "proc/self/stat")
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 20 {
		return nil
	}
	return fields
}

// clock reads when it is and when this process started, by the machine's own
// count of seconds; a share needs no other clock. Without it there is no share.
func (s *spent) clock(fsys fs.FS) {
	if fields := ownStat(fsys); fields != nil {
		s.started = decimal(fields[19]) / ticksPerSecond
	}
	up, _, _ := strings.Cut(attribute(fsys, "proc/uptime"), " ")
	s.uptime = decimal(up)
}

func decimal(text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v < 0 {
		return 0
	}
	return v
}

func costFromRuntime() spent {
	samples := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}, {Name: "/cpu/classes/total:cpu-seconds"}, {Name: "/cpu/classes/idle:cpu-seconds"},
	}
	metrics.Read(samples)
	return spent{
		rss:   float64(samples[0].Value.Uint64() - samples[1].Value.Uint64()),
		cpu:   samples[2].Value.Float64() - samples[3].Value.Float64(),
		files: -1,
	}
}
