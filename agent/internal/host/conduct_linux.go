package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// conductEvery is the time between the beginnings of two samples.
const conductEvery = 20 * time.Second

// liveConduct samples what programs do on a running machine. It has no goroutine
// of its own: who calls Next does the waiting.
type liveConduct struct {
	host    *LiveHost
	ctx     context.Context // of the source's life
	stop    context.CancelFunc
	every   time.Duration
	next    time.Time
	makers  deviceMakers
	mu      sync.Mutex // held while a conversation begins or ends
	watches map[int]*serverWatch
	failed  map[int]error
}

var _ ConductHost = (*LiveHost)(nil)

// Conduct samples which programs inject into X servers or read their screens,
// and which hold the kernel's doors for making input devices.
func (h *LiveHost) Conduct(ctx context.Context) (ConductSource, error) {
	ctx, stop := context.WithCancel(ctx)
	proc := filepath.Join("/", h.options.Root, "proc")
	c := &liveConduct{
		host: h, ctx: ctx, stop: stop, every: conductEvery, watches: map[int]*serverWatch{}, failed: map[int]error{},
		makers: deviceMakers{finder: ownerFinder{proc: proc}, files: h.files},
	}
	context.AfterFunc(ctx, c.hangUp)
	return c, nil
}

// Close ends it.
func (c *liveConduct) Close() error {
	c.stop()
	return nil
}

func (c *liveConduct) hangUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for pid := range c.watches {
		c.leave(pid)
	}
}

func (c *liveConduct) leave(pid int) {
	if w := c.watches[pid]; w != nil {
		hangUpBoth(w.conns)
		delete(c.watches, pid)
	}
}

// Next waits until a sample is due, and takes it.
func (c *liveConduct) Next() (ConductSample, error) {
	now := c.host.options.Now()
	if !c.next.IsZero() && c.next.After(now) {
		select {
		case <-time.After(c.next.Sub(now)):
		case <-c.ctx.Done():
			return ConductSample{}, io.EOF
		}
	}
	c.next = c.host.options.Now().Add(c.every)
	found := map[int]*Conduct{}
	problem := c.screens(found)
	if c.ctx.Err() != nil {
		return ConductSample{}, io.EOF
	}
	problem = errors.Join(problem, c.makers.find(c.ctx, found))
	var s ConductSample
	for _, pid := range slices.Sorted(maps.Keys(found)) {
		one := *found[pid]
		slices.Sort(one.Injects)
		s.Programs = append(s.Programs, one)
	}
	s.Partial = problem
	return s, nil
}

func of(found map[int]*Conduct, pid int) *Conduct {
	if found[pid] == nil {
		found[pid] = &Conduct{PID: pid}
	}
	return found[pid]
}

// screens samples all X servers at the same time.
func (c *liveConduct) screens(found map[int]*Conduct) error {
	if c.host.diskOnly() {
		return nil
	}
	processes, err := c.host.processesLately(c.ctx)
	if err != nil {
		return fmt.Errorf("look for X servers: %w", err)
	}
	c.meet(processes)
	c.mu.Lock()
	watches := maps.Clone(c.watches)
	c.mu.Unlock()
	var mu sync.Mutex
	var all sync.WaitGroup
	for pid, w := range watches {
		all.Go(func() {
			deeds, err := w.programs(c.host.options.Now().Add(sampleFor))
			mu.Lock()
			defer mu.Unlock()
			for _, d := range deeds {
				one := of(found, d.PID)
				one.Injects, one.Captures = merged(one.Injects, d.Injects), merged(one.Captures, d.Captures)
			}
			if err != nil {
				c.failed[pid] = fmt.Errorf("ask the X server what programs do: %w", err)
				c.mu.Lock()
				c.leave(pid) // it is asked anew at the next sample
				c.mu.Unlock()
			}
		})
	}
	all.Wait()
	problems := []error{hiddenSession(c.host.files)}
	for _, pid := range slices.Sorted(maps.Keys(c.failed)) {
		problems = append(problems, c.failed[pid])
	}
	return errors.Join(problems...)
}

func merged(a, b []string) []string {
	for _, word := range b {
		if !slices.Contains(a, word) {
			a = append(a, word)
		}
	}
	return a
}

// meet begins to watch servers that are new.
func (c *liveConduct) meet(processes []Process) {
	fresh := newServers(processes, func(pid int) bool { return c.watches[pid] != nil })
	c.failed = greetServers(fresh, mostServers-len(c.watches), "what programs do", c.connect)
}

// Age is the time since a file's last change that the kernel noted, which no
// program can set back. A folder changes with what is in it, and counts since it
// was made where the file system knows. The process's own program is asked for
// itself: at its path the process may see another.
func (h *LiveHost) Age(pid int, name string) (time.Duration, error) {
	process := filepath.Join("/", h.options.Root, "proc", strconv.Itoa(pid))
	seen := filepath.Join(process, "root", name)
	if !filepath.IsAbs(name) {
		seen = filepath.Join(process, "cwd", name)
	}
	if runs, err := os.Readlink(filepath.Join(process, "exe")); err == nil && strings.TrimSuffix(runs, " (deleted)") == name {
		seen = filepath.Join(process, "exe")
	}
	var stat unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, seen, unix.AT_STATX_DONT_SYNC, unix.STATX_CTIME|unix.STATX_BTIME, &stat); err != nil {
		return 0, fmt.Errorf("since when is %s there: %w", name, err)
	}
	since := stat.Ctime
	if stat.Mode&unix.S_IFMT == unix.S_IFDIR && stat.Mask&unix.STATX_BTIME != 0 {
		since = stat.Btime
	}
	return max(0, h.options.Now().Sub(time.Unix(since.Sec, int64(since.Nsec)))), nil
}
