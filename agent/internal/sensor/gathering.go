package sensor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/google/gopacket"
	"golang.org/x/net/bpf"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
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

// opener opens a capture, as a host's Packets does.
type opener func(context.Context, []bpf.RawInstruction) (host.PacketSource, error)

// capture hands over what a filter passes until ctx ends or the recording does. A
// malformed frame is passed over: anybody on the network can send it.
func (g *gathering) capture(ctx context.Context, open opener, filter []bpf.RawInstruction, hear func(parse.Segment, time.Time)) error {
	source, err := open(ctx, filter)
	if errors.Is(err, host.ErrDenied) {
		return fmt.Errorf("%s: start the agent by its unit, which grants it CAP_NET_RAW, or run setcap cap_net_raw+ep on its program: %w", g.doing, err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", g.doing, err)
	}
	defer func() { _ = source.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = source.Close() })
	defer stop()
	g.began(nil)
	return g.drain(source, hear)
}

func (g *gathering) drain(source gopacket.PacketDataSource, hear func(parse.Segment, time.Time)) error {
	frames := parse.NewFrames()
	for {
		frame, info, err := source.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", g.doing, err)
		}
		if segment, err := frames.Parse(frame); err == nil {
			hear(segment, info.Timestamp)
		}
	}
}
