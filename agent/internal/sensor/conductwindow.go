package sensor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// Bounds of what is remembered of conduct, and how long a break may be.
const (
	doingLimit   = 256
	linkLimit    = 4096
	conductBreak = 5 * time.Minute
)

// The kinds of what a program does; the first two are followed by how.
const (
	injecting = "injects "
	capturing = "captures "
	greeting  = "greets"
)

// conductWindow remembers since when programs do what they do, and since when
// they are connected to whom, in bounded space. Its clock is the machine's time
// since it was started.
type conductWindow struct {
	*gathering // its first sample is its beginning
	owners     *ownerTable

	mu      sync.Mutex
	doing   map[int]*deed // by process
	links   map[tie]*span
	since   map[int]birth // of the program of each process that has a row
	held    map[string]time.Duration
	asked   bool  // whether held was asked for
	partial error // of the last sample
}

// A deed is what one process does.
type deed struct {
	span
	words   map[string]float64 // when each was seen last
	started time.Time          // the process, since its number may be given to another
}

// A span is when something was first and last seen.
type span struct{ first, last float64 }

// A tie is a process connected to another machine: however often it connects
// anew, it is the same.
type tie struct {
	pid    int
	remote netip.Addr
	port   uint16 // of the side that serves
}

type birth struct {
	known bool
	at    float64
}

func newConductWindow(t *ownerTable) *conductWindow {
	return &conductWindow{gathering: newGathering("watch what programs do to screen and input"), owners: t, doing: map[int]*deed{}, links: map[tie]*span{}, since: map[int]birth{}}
}

// watch samples until ctx ends or the recording does, and sees to it that
// greetings are heard.
func (w *conductWindow) watch(ctx context.Context, h host.Host) error {
	var heard sync.WaitGroup
	heard.Go(func() { _ = w.owners.wire.watch(ctx, h) }) // how it went is asked of the window
	err := w.ended(ctx, w.sample(ctx, h))
	heard.Wait()
	return err
}

func (w *conductWindow) sample(ctx context.Context, h host.Host) error {
	machine, err := host.Can[host.ConductHost](h, "which programs inject and capture")
	if err != nil {
		return err
	}
	source, err := machine.Conduct(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", w.gathering.doing, err)
	}
	defer func() { _ = source.Close() }()
	for {
		s, err := source.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", w.gathering.doing, err)
		}
		w.take(s, sinceStart(ctx, h))
		w.began(nil)
	}
}

func (w *conductWindow) take(s host.ConductSample, now float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.partial = s.Partial
	for _, p := range s.Programs {
		for _, how := range p.Injects {
			w.does(p.PID, injecting+how, now)
		}
		for _, how := range p.Captures {
			w.does(p.PID, capturing+how, now)
		}
	}
}

// does notes that a process did something. Of too many no more are taken in.
func (w *conductWindow) does(pid int, word string, now float64) {
	d := w.doing[pid]
	if d == nil {
		if len(w.doing) >= doingLimit {
			return
		}
		d = &deed{span: span{first: now - w.before("conduct", pid), last: now}, words: map[string]float64{}}
		w.doing[pid] = d
	}
	d.last, d.words[word] = now, now
}

// before is how long it had been so when a recording was made.
func (w *conductWindow) before(what string, pid int) float64 {
	return w.held[fmt.Sprintf("%s of %d", what, pid)].Seconds()
}

// remember asks once for what only a recording can know.
func (w *conductWindow) remember(ctx context.Context, h host.Host) {
	if w.asked {
		return
	}
	w.asked = true
	w.held, _ = heldBefore(ctx, h) // a recording without it held nothing
	for pid, d := range w.doing {
		d.first -= w.before("conduct", pid)
	}
}

// meet sees to it that it is known who does something, and forgets what those
// did who had the same number before.
func (w *conductWindow) meet(ctx context.Context, h host.Host) error {
	var err error
	for pid := range w.doing {
		if w.owners.who(pid) == noOwner {
			_, err = w.owners.all(ctx, h)
			break
		}
	}
	for pid, d := range w.doing {
		started := w.owners.who(pid).said.Started
		if !d.started.IsZero() && !d.started.Equal(started) {
			delete(w.doing, pid)
			delete(w.since, pid)
		}
		d.started = started
	}
	return err
}

// lately are the words of what it did not long ago, sorted.
func (d *deed) lately(now float64) []string {
	var words []string
	for word, last := range d.words {
		if now-last <= conductBreak.Seconds() {
			words = append(words, word)
		}
	}
	slices.Sort(words)
	return words
}

func (s span) lasted(now float64) time.Duration {
	return time.Duration((now - s.first) * float64(time.Second))
}

// follow takes in the connections to other machines.
func (w *conductWindow) follow(sockets []ownedSocket, now float64) {
	for _, s := range sockets {
		if s.PID == 0 || s.listens() || s.State != "established" || !s.Remote.IsValid() || scopeOf(s.Remote.Addr()) == "loopback" {
			continue
		}
		l := tie{pid: s.PID, remote: s.Remote.Addr().Unmap(), port: s.Remote.Port()}
		if s.Inbound {
			l.port = s.Local.Port()
		}
		switch known := w.links[l]; {
		case known != nil:
			known.last = now
		case len(w.links) < linkLimit:
			w.links[l] = &span{first: now - w.before("connection", s.PID), last: now}
		}
	}
}

// connected is the longest time that a process has been connected to one other
// machine; negative when it is connected to none.
func (w *conductWindow) connected(pid int, now float64) time.Duration {
	longest := -time.Second
	for l, s := range w.links {
		if l.pid == pid {
			longest = max(longest, s.lasted(now))
		}
	}
	return longest
}

// part forgets what has not been seen for longer than a break, and all of
// processes that have ended: their numbers are given to others.
func (w *conductWindow) part(now float64) {
	gone := func(pid int, last float64) bool {
		return now < last || now-last > conductBreak.Seconds() || w.owners.who(pid) == noOwner
	}
	for pid, d := range w.doing {
		if gone(pid, d.last) {
			delete(w.doing, pid)
		}
	}
	for l, s := range w.links {
		if gone(l.pid, s.last) {
			delete(w.links, l)
		}
	}
	for pid := range w.since {
		if w.doing[pid] == nil {
			delete(w.since, pid)
		}
	}
}

// state says how the sampling goes, and what the last sample could not see.
func (w *conductWindow) state(ctx context.Context) error {
	trouble := w.gathering.state(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	return errors.Join(trouble, w.partial)
}
