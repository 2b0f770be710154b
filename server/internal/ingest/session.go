package ingest

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"golang.org/x/time/rate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// The ends of a stream that every agent may meet.
var (
	errOutcast  = status.Error(codes.Unauthenticated, "this device was removed from the collector or enrolled again: enrol it with a new token")
	errStopping = status.Error(codes.Unavailable, "the collector is stopping; try again later")
)

// costUnit is how many bytes of an entry count as one more entry.
const costUnit = 32 << 10

// A session is one stream of one device. One goroutine receives, one sends; the
// committer tells it what is on the disk and never waits for it.
type session struct {
	server    *Server
	stream    grpc.BidiStreamingServer[agentv1.ReportRequest, agentv1.ReportResponse]
	device    device.Device
	epoch     string        // set by Hello
	offset    time.Duration // device clock minus collector clock; only the receiver touches it
	limiter   *rate.Limiter
	from      *entrance // what the connection tells of where it stands; nil when nothing is kept of that
	begun     time.Time // when the stream began
	until     time.Time // the end of the certificate the stream began with; zero in a test without one
	allowance *allowance
	window    chan struct{} // a place for each entry that waits for the disk

	done chan struct{} // closed when the stream is to end
	wake chan struct{} // there is something to send

	mu       sync.Mutex
	err      error // why it ends
	acked    uint64
	told     uint64 // the last number acknowledged to the agent
	refusals []*agentv1.Refusal
	owed     bool   // the bundle may hold something else than was told
	bundle   uint64 // the version that was told; only the sender touches it
}

// Report carries one agent's spool.
func (s *Server) Report(stream grpc.BidiStreamingServer[agentv1.ReportRequest, agentv1.ReportResponse]) error {
	d, err := s.identify(stream.Context())
	if err != nil {
		return err
	}
	n := s.newSession(stream, d)
	if certificate, err := certificateOf(stream.Context()); err == nil {
		n.until = certificate.NotAfter
	}
	n.meet(stream.Context())
	if err := s.admit(n); err != nil {
		return err
	}
	defer s.leave(n)
	return n.converse(stream.Context())
}

func (s *Server) newSession(stream grpc.BidiStreamingServer[agentv1.ReportRequest, agentv1.ReportResponse], d device.Device) *session {
	return &session{
		server: s, stream: stream, device: d, allowance: s.allowance(d.ID), limiter: rate.NewLimiter(s.Limits.Entries, s.Limits.Burst),
		window: make(chan struct{}, s.Limits.Window), done: make(chan struct{}), wake: make(chan struct{}, 1),
	}
}

// converse receives and sends until the stream ends, and says why it did.
func (n *session) converse(ctx context.Context) error {
	greeted := make(chan struct{})
	go func() { n.end(n.receive(ctx, greeted)) }()
	return n.send(greeted)
}

// end says why the stream ends; only the first reason counts.
func (n *session) end(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case <-n.done:
	default:
		n.err = err
		close(n.done)
	}
}

// send answers Hello and then tells what is on the disk, until the stream ends.
func (n *session) send(greeted <-chan struct{}) error {
	patience := time.NewTimer(n.server.Limits.HelloTimeout)
	defer patience.Stop()
	select {
	case <-greeted:
	case <-n.done:
		return n.why()
	case <-patience.C:
		return status.Errorf(codes.DeadlineExceeded, "no Hello came within %s", n.server.Limits.HelloTimeout)
	}
	if err := n.welcome(); err != nil {
		return err
	}
	n.owe()
	for {
		select {
		case <-n.wake:
			if err := n.tell(); err != nil {
				return err
			}
		case <-n.done:
			if err := n.tell(); err != nil {
				return err
			}
			return n.why()
		}
	}
}

func (n *session) why() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.err
}

func (n *session) welcome() error {
	acked, err := n.server.Store.Acked(n.stream.Context(), n.device.ID, n.epoch)
	if err != nil {
		n.server.Log.Error("look up epoch", "device.id", n.device.ID, "error", err)
		return status.Error(codes.Unavailable, "the collector cannot look up what it has of this device; try again later")
	}
	return n.stream.Send(&agentv1.ReportResponse{Message: &agentv1.ReportResponse_Welcome{
		Welcome: &agentv1.Welcome{CollectorTime: timestamppb.New(n.server.Now()), AckedSeq: acked}}})
}

// receive takes messages until the stream ends, and says why it did.
func (n *session) receive(ctx context.Context, greeted chan<- struct{}) error {
	m, err := n.stream.Recv()
	if errors.Is(err, io.EOF) {
		return nil // it called and had nothing to say
	}
	if err != nil {
		return err
	}
	if err := n.hello(ctx, m.GetHello()); err != nil {
		return err
	}
	close(greeted)
	for {
		m, err := n.stream.Recv()
		if errors.Is(err, io.EOF) {
			return n.settle(ctx)
		}
		if err != nil {
			return err
		}
		if err := n.current(); err != nil {
			return err
		}
		if err := n.take(ctx, m); err != nil {
			return err
		}
		select {
		case <-n.done:
			return nil
		default:
		}
	}
}

// current refuses a stream that outlived its certificate: a key that is to
// become worthless by itself must not live on in a stream that never ends.
func (n *session) current() error {
	if now := n.server.Now(); !n.until.IsZero() && now.After(n.until) {
		return status.Errorf(codes.Unauthenticated, "this device's certificate ended at %s while it was connected, and the collector's clock says %s: connect with the renewed one, or enrol the device again with a new token",
			n.until.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return nil
}

// settle waits until everything that came is on the disk, so that an agent
// that ends its stream in order still hears of all it sent.
func (n *session) settle(ctx context.Context) error {
	for range cap(n.window) {
		if taken, err := n.place(ctx); !taken {
			return err
		}
	}
	return nil
}

func (n *session) hello(ctx context.Context, h *agentv1.Hello) error {
	switch {
	case h == nil:
		return status.Error(codes.InvalidArgument, "the first message of a stream is Hello")
	case word("epoch", h.GetEpoch()) != nil:
		return status.Errorf(codes.InvalidArgument, "Hello: %v", word("epoch", h.GetEpoch()))
	case moment("agent_time", h.GetAgentTime(), true) != nil:
		return status.Errorf(codes.InvalidArgument, "Hello: %v", moment("agent_time", h.GetAgentTime(), true))
	case len(h.GetBootId()) > maxName || len(h.GetAgentVersion()) > maxName:
		return status.Errorf(codes.InvalidArgument, "Hello: boot_id and agent_version have at most %d bytes", maxName)
	}
	n.epoch = h.GetEpoch()
	return n.heard(ctx, h.GetAgentTime(), &device.Heard{AgentVersion: h.GetAgentVersion(), BootID: h.GetBootId()})
}

// heard measures the device's clock and notes that it lives.
func (n *session) heard(ctx context.Context, agentTime *timestamppb.Timestamp, h *device.Heard) error {
	n.offset = agentTime.AsTime().Sub(n.server.Now())
	h.Offset, h.Stay = n.offset, n.stand()
	d := n.delivery()
	d.Heard = h
	return n.server.committer.send(ctx, parcel{d, n.received})
}

func (n *session) delivery() device.Delivery {
	return device.Delivery{DeviceID: n.device.ID, AgentID: n.device.AgentID, Epoch: n.epoch, ReceivedAt: n.server.Now(), Offset: n.offset}
}

func (n *session) take(ctx context.Context, m *agentv1.ReportRequest) error {
	switch m := m.GetMessage().(type) {
	case *agentv1.ReportRequest_Entry:
		return n.entry(ctx, m.Entry)
	case *agentv1.ReportRequest_Gap:
		return n.gap(ctx, m.Gap)
	case *agentv1.ReportRequest_Heartbeat:
		if err := moment("agent_time", m.Heartbeat.GetAgentTime(), true); err != nil {
			return status.Errorf(codes.InvalidArgument, "Heartbeat: %v", err)
		}
		if err := n.limiter.Wait(ctx); err != nil {
			return err
		}
		return n.heard(ctx, m.Heartbeat.GetAgentTime(), &device.Heard{})
	case *agentv1.ReportRequest_Hello:
		return status.Error(codes.InvalidArgument, "a second Hello on one stream")
	default:
		return status.Error(codes.InvalidArgument, "a message of a kind this collector does not know; it is older than this agent")
	}
}
