package host

import (
	"context"
	"errors"
	"time"

	"golang.org/x/net/bpf"
)

// Options say how to look at the machine we run on.
type Options struct {
	Now  func() time.Time // the clock that paces what is looked up only now and then
	Root string           // where its disk begins, "/" unless a test says otherwise
	Keep time.Duration    // how long one answer serves all who ask; none when zero
	// Unpaced reads every captured frame, however many come: only to measure what that costs.
	Unpaced bool
}

// A LiveHost is the machine we run on. Its methods may be called by several at
// once; what they remember between calls makes the next call cheap.
type LiveHost struct {
	options  Options
	files    FS
	platform Platform
	machine  // what differs by operating system

	processesNow recent[Process]
	socketsNow   recent[Socket]
}

var (
	_ Host       = (*LiveHost)(nil)
	_ SelfCoster = (*LiveHost)(nil)
)

// A SelfCoster is a host that can say what this very process costs it.
type SelfCoster interface {
	Cost(ctx context.Context) (Cost, error)
}

// Cost is what this process has used up and holds.
type Cost struct {
	CPU       time.Duration // user and system time since it started
	RSS       uint64        // bytes of memory it holds in RAM
	OpenFiles int
}

// Live is the machine we run on.
func Live(now func() time.Time) *LiveHost { return New(Options{Now: now, Keep: recentFor}) }

// New is Live with a say in how it looks.
func New(o Options) *LiveHost {
	h := &LiveHost{options: o}
	h.files = liveFiles(o.Root)
	h.start()
	return h
}

// Platform says what machine this is, as it was when we started to look.
func (h *LiveHost) Platform() Platform { return h.platform }

// Files is the machine's disk. Pipes and devices are not opened, and a single
// file is read up to a bound.
func (h *LiveHost) Files() FS { return h.files }

// Run runs one of the listed tools.
func (h *LiveHost) Run(ctx context.Context, t Tool) ([]byte, error) {
	listed, err := listedTool(t)
	if err != nil {
		return nil, err
	}
	if asked, ok := any(h).(toolStandIn); ok {
		if output, err := asked.standIn(ctx, listed); !errors.Is(err, errNoStandIn) {
			return output, err
		}
	}
	return runTool(ctx, listed)
}

// A toolStandIn can say itself what a tool would print, so that none is started.
// Of other tools it says errNoStandIn.
type toolStandIn interface {
	standIn(ctx context.Context, t Tool) ([]byte, error)
}

var errNoStandIn = errors.New("nothing stands in for this tool")

// Processes are the running programs; threads of the kernel are not among them.
func (h *LiveHost) Processes(ctx context.Context) ([]Process, error) {
	return h.processesNow.get(h.options, func() ([]Process, error) { return h.listProcesses(ctx) })
}

// Sockets are the TCP sockets that listen or are connected and the UDP sockets
// that are bound.
func (h *LiveHost) Sockets(ctx context.Context) ([]Socket, error) {
	return h.socketsNow.get(h.options, func() ([]Socket, error) { return h.listSockets(ctx) })
}

// Sessions are the people logged in.
func (h *LiveHost) Sessions(ctx context.Context) ([]Session, error) { return h.listSessions(ctx) }

// AccessPoints are the Wi-Fi networks this machine is joined to now.
func (h *LiveHost) AccessPoints(ctx context.Context) ([]AccessPoint, error) {
	return h.listAccessPoints(ctx)
}

// Packets opens a capture on the machine's interfaces until ctx ends or the
// source is closed.
func (h *LiveHost) Packets(ctx context.Context, filter []bpf.RawInstruction) (PacketSource, error) {
	return h.openPackets(ctx, filter)
}

// Cost is what this process has used up and holds.
func (h *LiveHost) Cost(ctx context.Context) (Cost, error) { return h.cost(ctx) }
