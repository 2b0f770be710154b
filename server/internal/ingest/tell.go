package ingest

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
)

// tell sends what came about since it last did: refusals before the
// acknowledgement that covers them.
func (n *session) tell() error {
	n.mu.Lock()
	acked, refusals, owed, news := n.acked, n.refusals, n.owed, n.acked > n.told
	n.told, n.refusals, n.owed = n.acked, nil, false
	n.mu.Unlock()
	for _, r := range refusals {
		if err := n.stream.Send(&agentv1.ReportResponse{Message: &agentv1.ReportResponse_Refusal{Refusal: r}}); err != nil {
			return err
		}
	}
	if news {
		if err := n.stream.Send(&agentv1.ReportResponse{Message: &agentv1.ReportResponse_Ack{Ack: &agentv1.Ack{Seq: acked}}}); err != nil {
			return err
		}
	}
	if owed {
		return n.tellBundle()
	}
	return nil
}

// tellBundle sends the bundle where it is not the one that was told. One that
// cannot be made stays owed until the agent is next told anything, within a
// minute if it lives: what the laptop has to say does not wait for it.
func (n *session) tellBundle() error {
	signed, version, err := n.server.Bundles.Make(n.stream.Context(), n.device.ID, n.bundle)
	if err != nil {
		n.server.Log.Error("the bundle is not sent yet", "device.id", n.device.ID, "error", err)
		n.mu.Lock()
		n.owed = true
		n.mu.Unlock()
		return nil
	}
	if signed == nil {
		return nil
	}
	n.bundle = version
	return n.stream.Send(&agentv1.ReportResponse{Message: &agentv1.ReportResponse_Bundle{Bundle: signed}})
}

// owe has the sender look whether the device was told its latest bundle.
func (n *session) owe() {
	n.mu.Lock()
	n.owed = true
	n.mu.Unlock()
	n.nudge()
}

func (n *session) advance(acked uint64) {
	n.mu.Lock()
	n.acked = max(n.acked, acked)
	n.mu.Unlock()
	n.nudge()
}

// refuse queues a refusal. An agent that does not listen to them is not
// listened to either.
func (n *session) refuse(seq uint64, reason error) {
	n.mu.Lock()
	n.refusals = append(n.refusals, &agentv1.Refusal{Seq: seq, Reason: reason.Error()})
	deaf := len(n.refusals) > 4*cap(n.window)
	n.mu.Unlock()
	if deaf {
		n.end(status.Error(codes.ResourceExhausted, "too many entries were refused without the agent taking notice"))
	}
	n.nudge()
}

func (n *session) nudge() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}
