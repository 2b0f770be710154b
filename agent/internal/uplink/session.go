package uplink

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/farmwatch/farmwatch/agent/internal/spool"
	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
)

const (
	welcomePatience = 30 * time.Second
	farewell        = 2 * time.Second // for the last acknowledgements when the agent stops
)

type reports = grpc.BidiStreamingClient[agentv1.ReportRequest, agentv1.ReportResponse]

// session connects once and sends until the stream ends, and says why it did.
func (u *Uplink) session(ctx context.Context) error {
	u.mu.Lock()
	identity := u.identity
	u.mu.Unlock()
	address, host, err := splitServer(identity.Server)
	if err != nil {
		return err
	}
	config := trust(host, identity.Authorities, u.options.Now)
	config.Certificates = []tls.Certificate{identity.tls()}
	link, err := connect(u.options.Dial, address, config, u.options.Now)
	if err != nil {
		return err
	}
	defer func() { _ = link.Close() }() // how it hangs up does not matter
	if u.renewalDue() {
		if err := u.renew(ctx, link); err != nil {
			u.options.Log.Warn("the certificate could not be renewed", "error", err, "certificate.not_after", identity.Certificate.NotAfter)
		} else {
			return errRenewed
		}
	}
	// The stream outlives ctx by a moment, so that stopping ends it in order.
	live, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(farewell, cancel) })
	defer stop()
	stream, err := u.greet(ctx, live, cancel, link)
	if err != nil {
		return err
	}
	s := &sending{uplink: u, stream: stream, window: newWindow(u.options.Now()), refused: make(chan uint64, windowItems), ended: make(chan error, 1)}
	go func() { s.ended <- s.listen(live) }()
	err = s.send(ctx, live)
	cancel()
	if err == nil || errors.Is(err, errNewEpoch) || errors.Is(err, errRenewed) || errors.Is(err, spool.ErrClosed) {
		return err
	}
	return link.explain(err)
}

// greet opens a stream and settles with the collector where to go on.
func (u *Uplink) greet(ctx, live context.Context, cancel context.CancelFunc, l *link) (reports, error) {
	patience := time.AfterFunc(welcomePatience, cancel)
	defer patience.Stop()
	stopped := context.AfterFunc(ctx, cancel)
	defer stopped()
	stream, err := agentv1.NewAgentServiceClient(l).Report(live)
	if err != nil {
		return nil, l.explain(err)
	}
	sent := u.options.Now()
	hello := &agentv1.Hello{Epoch: u.spool.Epoch(), BootId: u.options.BootID, AgentVersion: u.options.AgentVersion, AgentTime: timestamppb.New(sent)}
	err = stream.Send(&agentv1.ReportRequest{Message: &agentv1.ReportRequest_Hello{Hello: hello}})
	if err != nil && !errors.Is(err, io.EOF) { // io.EOF: Recv says why
		return nil, l.explain(err)
	}
	m, err := stream.Recv()
	if err != nil {
		return nil, l.explain(err)
	}
	if !patience.Stop() {
		return nil, fmt.Errorf("the collector at %s did not welcome this device within %s", l.address, welcomePatience)
	}
	welcome := m.GetWelcome()
	if welcome == nil {
		return nil, fmt.Errorf("the collector at %s answered Hello with something else than Welcome", l.address)
	}
	u.welcomed(u.measure(sent, welcome))
	renewed, err := u.spool.Agree(welcome.GetAckedSeq())
	if err != nil {
		return nil, err
	}
	if renewed {
		u.options.Log.Warn("the collector knows more of this spool than was sent: this device was set back to an earlier copy, its spool begins anew", "collector.acked", welcome.GetAckedSeq())
		return nil, errNewEpoch
	}
	return stream, nil
}

// measure says how far this clock is ahead of the collector's. The answer was
// written about half-way between sending and receiving.
func (u *Uplink) measure(sent time.Time, w *agentv1.Welcome) time.Duration {
	if !w.GetCollectorTime().IsValid() {
		return 0
	}
	received := u.options.Now()
	offset := sent.Add(received.Sub(sent) / 2).Sub(w.GetCollectorTime().AsTime()).Round(time.Millisecond)
	log := u.options.Log.Info
	if offset.Abs() > skewNoticed {
		log = u.options.Log.Warn
	}
	log("connected to the collector", "clock.offset", offset.String(), "clock.here", clock(received), "clock.collector", clock(w.GetCollectorTime().AsTime()), "collector.acked", w.GetAckedSeq())
	return offset
}

// sending is one stream after its greeting. One goroutine sends, one listens,
// one waits for the spool.
type sending struct {
	uplink  *Uplink
	stream  reports
	window  *window
	refused chan uint64
	ended   chan error
}

func (s *sending) send(ctx, live context.Context) error {
	items := make(chan spool.Item)
	fed := make(chan error, 1)
	go func() { fed <- s.feed(live, items) }()
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		source := items
		if s.window.full() {
			source = nil
		}
		var err error
		select {
		case item := <-source:
			err = s.item(item)
		case seq := <-s.refused:
			err = s.put(&agentv1.ReportRequest{Message: &agentv1.ReportRequest_Gap{Gap: &agentv1.Gap{From: seq, To: seq, Reason: spool.Refused}}})
		case <-s.window.open:
		case <-beat.C:
			err = s.beat()
		case <-s.uplink.beats:
			err = s.beat()
		case err := <-fed:
			return err
		case err := <-s.ended:
			return err
		case <-ctx.Done():
			return s.leave()
		}
		if errors.Is(err, io.EOF) {
			return <-s.ended // the stream is over, and Recv says why
		}
		if err != nil {
			return err
		}
	}
}

// feed hands out what the spool holds, in order.
func (s *sending) feed(ctx context.Context, items chan<- spool.Item) error {
	after := uint64(0)
	for {
		item, err := s.uplink.spool.Next(ctx, after)
		if err != nil {
			return err
		}
		select {
		case items <- item:
			after = item.Seq
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *sending) item(i spool.Item) error {
	s.window.add(i.Seq, len(i.Wire), s.uplink.options.Now())
	if i.Gap != nil {
		return s.put(&agentv1.ReportRequest{Message: &agentv1.ReportRequest_Gap{Gap: &agentv1.Gap{From: i.Gap.From, To: i.Gap.To, Reason: i.Gap.Reason}}})
	}
	return s.put(&agentv1.ReportRequest{Message: &agentv1.ReportRequest_Entry{Entry: &agentv1.Entry{Seq: i.Seq, Report: i.Wire}}})
}

func (s *sending) put(m *agentv1.ReportRequest) error { return s.stream.Send(m) }

// beat says that the agent lives, and ends a stream that no longer serves.
func (s *sending) beat() error {
	now := s.uplink.options.Now()
	if stuck := s.window.stuck(now); stuck > ackPatience {
		return fmt.Errorf("the collector has acknowledged nothing for %s", stuck.Round(time.Second))
	}
	if s.uplink.renewalDue() {
		return errRenewed
	}
	return s.put(&agentv1.ReportRequest{Message: &agentv1.ReportRequest_Heartbeat{Heartbeat: &agentv1.Heartbeat{AgentTime: timestamppb.New(now)}}})
}

// leave ends the stream in order and waits a moment for the last acknowledgements.
func (s *sending) leave() error {
	if err := s.stream.CloseSend(); err != nil {
		return err
	}
	select {
	case err := <-s.ended:
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	case <-time.After(farewell):
		return nil
	}
}

// listen takes what the collector says until the stream ends.
func (s *sending) listen(ctx context.Context) error {
	for {
		m, err := s.stream.Recv()
		if err != nil {
			return err
		}
		switch m := m.GetMessage().(type) {
		case *agentv1.ReportResponse_Ack:
			if err := s.uplink.spool.Ack(m.Ack.GetSeq()); err != nil {
				return err
			}
			s.window.ack(m.Ack.GetSeq(), s.uplink.options.Now())
			s.uplink.acked()
		case *agentv1.ReportResponse_Bundle:
			s.uplink.bundle(m.Bundle)
		case *agentv1.ReportResponse_Refusal:
			if err := s.uplink.spool.SetAside(m.Refusal.GetSeq(), m.Refusal.GetReason()); err != nil {
				return err
			}
			select {
			case s.refused <- m.Refusal.GetSeq():
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}
