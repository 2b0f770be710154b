package ingest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/presence"
)

// entry takes one report. One that can never be taken is refused under its
// number and noted as a gap, so that those behind it go on.
func (n *session) entry(ctx context.Context, e *agentv1.Entry) error {
	if e.GetSeq() == 0 || e.GetSeq() > math.MaxInt64 {
		return status.Errorf(codes.InvalidArgument, "an entry cannot have the number %d", e.GetSeq())
	}
	if err := n.limiter.WaitN(ctx, min(1+len(e.GetReport())/costUnit, n.limiter.Burst())); err != nil {
		return err
	}
	if err := n.allowance.spend(ctx, len(e.GetReport())); err != nil {
		return err
	}
	d := n.delivery()
	report, refusal := Read(e.GetReport())
	if refusal == nil {
		d.Entry = &device.Entry{Seq: e.GetSeq(), Wire: e.GetReport(), Report: report}
		n.allowance.trace.hears(report)
		return n.deliver(ctx, d, n.receivedOf(report))
	}
	n.server.Log.WarnContext(ctx, "entry refused", "device.id", n.device.ID, "entry.seq", e.GetSeq(), "reason", refusal)
	d.Gap = &device.Gap{DeviceID: n.device.ID, Epoch: n.epoch, From: e.GetSeq(), To: e.GetSeq(), Reason: device.ReasonRefused}
	return n.deliver(ctx, d, func(r device.Receipt, err error) {
		if err == nil && r.Outcome != device.Holed && r.Outcome != device.Outcast {
			n.refuse(e.GetSeq(), refusal)
		}
		n.received(r, err)
	})
}

// The reasons an agent may give; "acked_before" is what it no longer has after
// the collector was put back from a backup.
func (n *session) gap(ctx context.Context, g *agentv1.Gap) error {
	if g.GetFrom() == 0 || g.GetTo() < g.GetFrom() || g.GetTo() > math.MaxInt64 {
		return status.Errorf(codes.InvalidArgument, "a gap cannot reach from %d to %d", g.GetFrom(), g.GetTo())
	}
	// A newer agent may know more reasons; what the collector says itself is no agent's to say.
	if err := word("reason", g.GetReason()); err != nil || g.GetReason() == device.ReasonFork {
		return status.Errorf(codes.InvalidArgument, "a gap cannot have the reason %s", quote(g.GetReason()))
	}
	if err := n.limiter.Wait(ctx); err != nil {
		return err
	}
	if err := n.allowance.spend(ctx, least); err != nil {
		return err
	}
	d := n.delivery()
	d.Gap = &device.Gap{DeviceID: n.device.ID, Epoch: n.epoch, From: g.GetFrom(), To: g.GetTo(), Reason: g.GetReason()}
	return n.deliver(ctx, d, n.received)
}

// place takes a place in the window once there is one. It takes none when the
// session or the stream ended first.
func (n *session) place(ctx context.Context) (taken bool, err error) {
	select {
	case n.window <- struct{}{}:
		return true, nil
	case <-n.done:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// deliver hands a delivery to the committer and holds a place in the window until it is on the disk.
func (n *session) deliver(ctx context.Context, d device.Delivery, done func(device.Receipt, error)) error {
	if taken, err := n.place(ctx); !taken {
		return err
	}
	return n.server.committer.send(ctx, parcel{d, func(r device.Receipt, err error) {
		n.missing(d, r)
		done(r, err)
		<-n.window
	}})
}

// received takes what became of a delivery. It runs on the committer and never blocks.
func (n *session) received(r device.Receipt, err error) {
	switch {
	case errors.Is(err, device.ErrFull):
		n.end(status.Error(codes.ResourceExhausted, "the collector's disk is full: nothing was stored; try again later"))
	case err != nil:
		n.end(status.Error(codes.Unavailable, "the collector could not store what came: try again later"))
	case r.Outcome == device.Outcast:
		n.end(errOutcast)
	case r.Outcome == device.Forked:
		n.server.Log.Warn("two reports under one number: this agent was cloned or rolled back", "device.id", n.device.ID, "epoch", n.epoch)
		n.advance(r.Acked)
	default:
		n.advance(r.Acked)
	}
}

// receivedOf is received for a report: one that tells of what was asked may have
// ended it, and then the bundle no longer holds it.
func (n *session) receivedOf(report finding.Report) func(device.Receipt, error) {
	if !slices.ContainsFunc(report.Facts, func(f finding.Facts) bool { return f.Class == presence.Class }) {
		return n.received
	}
	return func(r device.Receipt, err error) {
		n.received(r, err)
		n.owe()
	}
}

// missing ends the stream at a hole, with what is missing.
func (n *session) missing(d device.Delivery, r device.Receipt) {
	if r.Outcome != device.Holed {
		return
	}
	var came uint64
	switch {
	case d.Entry != nil:
		came = d.Entry.Seq
	case d.Gap != nil:
		came = d.Gap.From
	}
	n.end(status.Error(codes.FailedPrecondition, fmt.Sprintf("number %d came after %d: %d to %d are missing and no gap says why", came, r.Acked, r.Acked+1, came-1)))
}
