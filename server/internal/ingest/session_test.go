package ingest

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"golang.org/x/time/rate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A tape is a stream that says what it holds, and then ends.
type tape struct {
	grpc.ServerStream
	ctx   context.Context
	holds []*agentv1.ReportRequest
}

func (s *tape) Context() context.Context { return s.ctx }

func (s *tape) Recv() (*agentv1.ReportRequest, error) {
	if len(s.holds) == 0 {
		return nil, io.EOF
	}
	next := s.holds[0]
	s.holds = s.holds[1:]
	return next, nil
}

func (s *tape) Send(*agentv1.ReportResponse) error { return nil }

// A ledger is a store that holds what it is given to the rules of the wire.
type ledger struct{ t *testing.T }

func (l ledger) Device(context.Context, string) (device.Device, error) { return device.Device{}, nil }
func (l ledger) Acked(context.Context, string, string) (uint64, error) { return 0, nil }

func (l ledger) Record(_ context.Context, deliveries []device.Delivery) ([]device.Receipt, error) {
	receipts := make([]device.Receipt, len(deliveries))
	for i, d := range deliveries {
		switch {
		case d.DeviceID != "d1" || d.AgentID != "a1" || d.Epoch == "":
			l.t.Errorf("a delivery of %q, %q, epoch %q", d.DeviceID, d.AgentID, d.Epoch)
		case d.Entry != nil && (d.Entry.Seq == 0 || d.Entry.Report.At.IsZero()):
			l.t.Errorf("entry %d with a report of %s", d.Entry.Seq, d.Entry.Report.At)
		case d.Gap != nil && (d.Gap.From == 0 || d.Gap.To < d.Gap.From || d.Gap.Reason == ""):
			l.t.Errorf("gap %+v", d.Gap)
		}
		receipts[i] = device.Receipt{Outcome: device.Stored, Acked: 1}
	}
	return receipts, nil
}

// mute has nothing to tell anybody.
type mute struct{}

func (mute) Make(context.Context, string, uint64) (*agentv1.SignedBundle, uint64, error) {
	return nil, 1, nil
}

// FuzzSession says anything to a session: it ends with a status, what reaches
// the store keeps the rules, and nothing hangs.
func FuzzSession(f *testing.F) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	stamp := timestamppb.New(now)
	seed := func(m *agentv1.ReportRequest) []byte {
		w, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		return w
	}
	greeting := &agentv1.ReportRequest{Message: &agentv1.ReportRequest_Hello{Hello: &agentv1.Hello{Epoch: "e", AgentTime: stamp}}}
	f.Add(seed(greeting), seed(&agentv1.ReportRequest{Message: &agentv1.ReportRequest_Entry{Entry: &agentv1.Entry{Seq: 1, Report: wire(f, sound())}}}))
	f.Add(seed(greeting), seed(&agentv1.ReportRequest{Message: &agentv1.ReportRequest_Gap{Gap: &agentv1.Gap{From: 1, To: 2, Reason: "corrupt"}}}))
	f.Add(seed(greeting), seed(&agentv1.ReportRequest{Message: &agentv1.ReportRequest_Heartbeat{Heartbeat: &agentv1.Heartbeat{AgentTime: stamp}}}))
	f.Add([]byte(nil), []byte{0xff})
	f.Add([]byte("0"), []byte("0")) // nothing that parses
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var messages []*agentv1.ReportRequest
		for _, w := range [][]byte{first, second, second} {
			m := &agentv1.ReportRequest{}
			if proto.Unmarshal(w, m) == nil {
				messages = append(messages, m)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		s := NewServer(Options{Store: ledger{t}, Bundles: mute{}, Notify: func(string) {}, Now: func() time.Time { return now }, Limits: DefaultLimits(), Log: slog.New(slog.DiscardHandler)})
		go s.Run(ctx)
		n := s.newSession(&tape{ctx: ctx, holds: messages}, device.Device{ID: "d1", AgentID: "a1"})
		n.limiter = rate.NewLimiter(rate.Inf, 1)
		if _, ok := status.FromError(n.converse(ctx)); !ok || ctx.Err() != nil {
			t.Errorf("it ended without a status, or not at all: %v", ctx.Err())
		}
	})
}
