package sensor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/net/bpf"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// openWait is how long a look waits for a Watch that is beginning.
const openWait = time.Second

// gathering is how a sensor's Watch goes: a look waits until it has begun, and
// tells what stands in its way.
type gathering struct {
	doing string // what it does, as errors say it
	once  sync.Once
	begun chan struct{} // closed once it has begun or cannot

	mu      sync.Mutex
	trouble error // of the latest try
}

func newGathering(doing string) *gathering {
	return &gathering{doing: doing, begun: make(chan struct{})}
}

// began says that it has begun, or what kept it.
func (g *gathering) began(err error) {
	g.mu.Lock()
	g.trouble = err
	g.mu.Unlock()
	g.once.Do(func() { close(g.begun) })
}

// ended says how it ended; that it was told to is no trouble.
func (g *gathering) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = nil
	}
	g.began(err)
	return err
}

// state says how it goes.
func (g *gathering) state(ctx context.Context) error {
	select {
	case <-g.begun:
	case <-time.After(openWait):
		return errors.New(g.doing + ": it has not begun")
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", g.doing, ctx.Err())
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.trouble
}

// capture opens a capture behind a filter, on every interface where the host can,
// and has it heard until ctx ends or the recording does.
func (g *gathering) capture(ctx context.Context, h host.Host, filter []bpf.RawInstruction, hear func(host.PacketSource) error) error {
	open := h.Packets
	if local, ok := h.(host.LoopbackHost); ok {
		open = local.AllPackets
	}
	source, err := open(ctx, filter)
	if errors.Is(err, host.ErrDenied) {
		return fmt.Errorf("%s: %s: %w", g.doing, mayListen(h), err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", g.doing, err)
	}
	defer func() { _ = source.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = source.Close() })
	defer stop()
	g.began(nil)
	return hear(source)
}

// mayListen says how an agent is let listen.
func mayListen(h host.Host) string {
	if h.Platform().OS != "linux" {
		return "start the agent as a service"
	}
	program := "PATH_OF_FARMWATCH_AGENT" // of a recorded machine
	if itself, ok := h.(host.SelfPlacer); ok {
		program = itself.Itself()
	}
	return "start the agent by its unit, which grants it CAP_NET_RAW, or run `setcap cap_net_raw+ep " + program + "`"
}
