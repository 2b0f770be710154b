package sensor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

const (
	// mostOfADay is longer than meetings last in which people meet: the published
	// description of laptops driven through meetings has them last all day.
	mostOfADay = 6 * time.Hour
	// meetingBreak is what a meeting may be interrupted for, as by a lost network.
	meetingBreak = 10 * time.Minute
	// callLasts is how long a launcher that was given a link speaks for a client that
	// comes after it: programs take a while to start.
	callLasts = 2 * time.Minute
)

// meetingWindow remembers what began the meeting programs that run: a launcher is
// gone a moment later. Its clock is the machine's own count of seconds.
type meetingWindow struct {
	owners *ownerTable

	mu      sync.Mutex
	clients map[int]*meetingClient
	calls   map[string]meetingCall // by program, the last link that a launcher was given
	met     map[int]*metProcess
	spare   map[int]*metProcess // what was met before that, to be filled anew

	interesting bool // whether one of those has to do with meetings

	asked bool
	held  map[string]time.Duration
}

// meetingOrigin is what began a client, or had it join a meeting.
type meetingOrigin struct {
	by   string
	link bool
}

// meetingCall is a link on its way to a client.
type meetingCall struct {
	meetingOrigin
	at float64
}

// meetingClient is a meeting program with all that it started.
type meetingClient struct {
	pid     int
	tool    string
	started time.Time
	met     float64
	begun   meetingOrigin
	shares  bool
	within  *span // the meeting that goes on
	voice   string
}

// meetingLook is one look at the meeting programs.
type meetingLook struct {
	window *meetingWindow
	host   host.Host
	now    float64
	tree   processTree
}

// programs finds the clients that run, what began those that are new, and links
// on their way.
func (l *meetingLook) programs(ctx context.Context) {
	w := l.window
	there := map[int]bool{}
	for _, p := range l.tree.said {
		tool := l.tool(p)
		if tool != "" && l.belongs(p, tool) { // a part passes on what the whole was given
			continue
		}
		l.call(ctx, p)
		if tool == "" || len(there) >= meetingLimit {
			continue
		}
		there[p.PID] = true
		if c := w.clients[p.PID]; c == nil || !c.started.Equal(p.Started) || c.tool != tool {
			w.clients[p.PID] = &meetingClient{pid: p.PID, tool: tool, started: p.Started, met: l.now, begun: l.origin(ctx, p, tool)}
		}
	}
	for pid, c := range w.clients {
		if !there[pid] {
			delete(w.clients, pid)
			continue
		}
		if call, ok := w.calls[c.tool]; ok && call.at >= c.met-callLasts.Seconds() && (call.by != byUnknown || !c.begun.link) {
			c.begun = call.meetingOrigin
		}
	}
	l.hangUp()
}

// hangUp forgets links whose time is over.
func (l *meetingLook) hangUp() {
	w := l.window
	for tool, call := range w.calls {
		if l.now < call.at || l.now-call.at > callLasts.Seconds() {
			delete(w.calls, tool)
		}
	}
}

// belongs says whether a process is a part of a client that another one is.
func (l *meetingLook) belongs(p host.Process, tool string) bool {
	return slices.ContainsFunc(l.tree.parents(p.PID), func(above host.Process) bool {
		return l.tool(above) == tool
	})
}

// metProcess is what a process is to this look, kept while it stays the same.
type metProcess struct {
	said  host.Process
	known *program
	tool  string // meeting program
	call  string // meeting program to which it passes on a link
	fresh bool   // whether it was not met before
}

// still says whether a process and what is known of its program are what they were.
func (m *metProcess) still(p host.Process, known *program) bool {
	return m.known == known && m.said.Started.Equal(p.Started) && m.said.Path == p.Path && m.said.Name == p.Name && slices.Equal(m.said.Args, p.Args)
}

// meet looks at the processes that are new or became another program.
func (l *meetingLook) meet() {
	w := l.window
	met := w.spare
	if met == nil {
		met = make(map[int]*metProcess, len(l.tree.said))
	}
	clear(met)
	w.interesting = false
	for _, p := range l.tree.said {
		known, last := w.owners.programOf(p), w.met[p.PID]
		if last == nil || !last.still(p, known) {
			again := last != nil && last.said.Started.Equal(p.Started) && slices.Equal(last.said.Args, p.Args)
			last = &metProcess{said: p, known: known, tool: meetingTool(p, known), fresh: !again}
			who := identify(p)
			if last.tool != "" || launcherNames[programWord(who.file)] || launcherNames[programWord(who.script)] {
				last.call, _ = withLink(p, last.tool != "")
			}
		} else {
			last.fresh = false
		}
		met[p.PID] = last
		w.interesting = w.interesting || last.tool != "" || last.call != ""
	}
	w.met, w.spare = met, w.met
}

// quiet says whether nothing of meetings runs or is remembered.
func (l *meetingLook) quiet() bool {
	w := l.window
	return !w.interesting && len(w.clients) == 0 && len(w.calls) == 0
}

func (l *meetingLook) tool(p host.Process) string { return l.window.met[p.PID].tool }

// programOf is what is known of a process's program so far.
func (t *ownerTable) programOf(p host.Process) *program {
	t.mu.Lock()
	defer t.mu.Unlock()
	if o := t.known[p.PID]; o != nil && o.runs(p) {
		return o.row.program
	}
	return unknownProgram
}

// shoot keeps which processes take pictures of the screen, which the class of
// conduct finds out.
func (t *ownerTable) shoot(rows map[int]*conduct) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shooting = map[int]bool{}
	for pid, row := range rows {
		t.shooting[pid] = row.Captures != ""
	}
}

func (t *ownerTable) captures(pid int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.shooting[pid]
}

// call takes in a link that a client or a launcher was given. A launcher that
// calls the next one is one call.
func (l *meetingLook) call(ctx context.Context, p host.Process) {
	w, called := l.window, l.window.met[p.PID].call
	if last, known := w.calls[called]; called != "" && w.met[p.PID].fresh && (!known || last.by == byUnknown) {
		w.calls[called] = meetingCall{meetingOrigin{by: l.origin(ctx, p, called).by, link: true}, l.now}
	}
}

// origin says what began a process. Programs that are not known yet are looked at
// once for that.
func (l *meetingLook) origin(ctx context.Context, p host.Process, tool string) meetingOrigin {
	above := l.tree.parents(p.PID)
	t := l.window.owners
	if slices.ContainsFunc(above, func(a host.Process) bool { return t.programOf(a) == unknownProgram }) {
		_, _ = t.all(ctx, l.host) // what it could not read is told by the class of processes
	}
	chain := make([]meetingStarter, 0, len(above))
	for _, a := range above {
		chain = append(chain, meetingStarter{a, t.programOf(a)})
	}
	_, link := withLink(p, true)
	return meetingOrigin{startedBy(tool, p.Unit, chain), link}
}

// follow says of each client whether it is in a meeting, and whether anybody is
// heard or seen.
func (l *meetingLook) follow(ctx context.Context) error {
	w := l.window
	if len(w.clients) == 0 {
		return nil
	}
	sockets, failure := l.host.Sockets(ctx)
	if failure != nil {
		failure = fmt.Errorf("list sockets: %w", failure)
	}
	if !w.asked {
		w.asked = true
		w.held, _ = heldBefore(ctx, l.host) // a recording without it held nothing
	}
	var problems []error
	for _, c := range w.clients {
		family := l.tree.family(c.pid)
		c.shares = slices.ContainsFunc(family, func(p host.Process) bool { return w.owners.captures(p.PID) })
		if c.within != nil && (l.now < c.within.last || l.now-c.within.last > meetingBreak.Seconds()) {
			c.within, c.begun.link = nil, false // what had it join is over with that meeting, also where the laptop slept meanwhile
		}
		if l.meets(family, sockets) {
			if c.within == nil {
				c.within, c.voice = &span{first: l.now - w.held[fmt.Sprintf("meeting of %d", c.pid)].Seconds()}, "none"
			}
			c.within.last = l.now
		}
		if c.within == nil || c.voice == "used" {
			continue
		}
		heard, err := l.voice(ctx, c.within.lasted(l.now))
		problems = append(problems, err)
		if heard == "used" || heard == "unknown" {
			c.voice = heard
		}
	}
	return errors.Join(append(problems, failure)...)
}

// meetingParts are processes that are there only while a meeting goes on: Zoom's
// host for sharing and Webex's meeting manager, by the names of their files.
var meetingParts = wordSet("cpthost atmgr webexmta")

// meets says whether a client is in a meeting. On Linux and for programs without such a
// process, the pipes for sound and pictures show it: datagrams to no one server in
// particular, which the client's pages and its search for neighbours do not use.
func (l *meetingLook) meets(family []host.Process, sockets []host.Socket) bool {
	for _, p := range family {
		if meetingParts[programWord(identify(p).file)] || slices.ContainsFunc(p.Args, func(word string) bool { return strings.HasPrefix(word, "--runaszvideo") }) {
			return true
		}
	}
	if l.host.Platform().OS != "linux" {
		return false
	}
	return slices.ContainsFunc(sockets, func(s host.Socket) bool {
		return carriesMedia(s) && slices.ContainsFunc(family, func(p host.Process) bool { return p.PID == s.PID })
	})
}

// carriesMedia says whether a socket may carry sound and pictures: neither name
// look-ups and discovery nor a page's own connection (HTTP/3).
func carriesMedia(s host.Socket) bool {
	return s.Protocol == "udp" && s.PID != 0 && !slices.Contains([]uint16{53, 1900, 5353}, s.Local.Port()) &&
		(!s.Remote.IsValid() || !slices.Contains([]uint16{53, 80, 123, 443}, s.Remote.Port())) && !s.Local.Addr().IsLoopback()
}
