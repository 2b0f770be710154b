package api

import (
	"context"
	"strings"
	"time"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/presence"
)

// Presence is where the questions whether somebody sits at a laptop are kept.
type Presence interface {
	// Ask keeps a question, or refuses it; device.ErrNotFound if there is no such device.
	Ask(ctx context.Context, q presence.Question) (presence.Question, error)
	Questions(ctx context.Context, idOrName, alertID string) ([]presence.Question, error)
	WithdrawQuestion(ctx context.Context, id, by string, at time.Time) (presence.Question, error)
}

// RequestPresence asks the person at a device to show that somebody sits there.
func (s *Server) RequestPresence(ctx context.Context, r *connect.Request[consolev1.RequestPresenceRequest]) (*connect.Response[consolev1.RequestPresenceResponse], error) {
	m, now := r.Msg, s.Now().UTC().Truncate(time.Microsecond)
	if m.GetDevice() == "" {
		return nil, invalid("say at which device: its id")
	}
	// Bounded before it is multiplied; Validate says what it may be.
	due := min(max(m.GetDueSeconds(), 0), int64(2*presence.LongestDue/time.Second))
	id, err := presence.NewID(s.NewID())
	if err != nil {
		return nil, err
	}
	q := presence.Question{
		ID: id, DeviceID: m.GetDevice(), Alert: m.GetAlert(), Means: presence.Distinct(m.GetMeans()), Reason: strings.TrimSpace(m.GetReason()),
		AskedBy: sessionOf(ctx).User.Name, AskedAt: now, DueAt: now.Add(time.Duration(due) * time.Second), Told: presence.Answer{State: presence.Waiting},
	}
	if err := q.Validate(); err != nil {
		return nil, err
	}
	if q, err = s.Presence.Ask(ctx, q); err != nil {
		return nil, missing(err, "there is no device with the id %q", m.GetDevice())
	}
	s.Tell(q.DeviceID)
	s.Log.InfoContext(ctx, "presence asked for", "device.id", q.DeviceID, "user.name", q.AskedBy)
	return connect.NewResponse(&consolev1.RequestPresenceResponse{Check: questionOut(q, now)}), nil
}

// ListPresence gives the latest questions, newest first.
func (s *Server) ListPresence(ctx context.Context, r *connect.Request[consolev1.ListPresenceRequest]) (*connect.Response[consolev1.ListPresenceResponse], error) {
	list, err := s.Presence.Questions(ctx, r.Msg.GetDevice(), r.Msg.GetAlert())
	if err != nil {
		return nil, missing(err, "there is no device %q", r.Msg.GetDevice())
	}
	m, now := &consolev1.ListPresenceResponse{}, s.Now()
	for _, q := range list {
		m.Checks = append(m.Checks, questionOut(q, now))
	}
	return connect.NewResponse(m), nil
}

// WithdrawPresence ends an open question: the agent stops asking.
func (s *Server) WithdrawPresence(ctx context.Context, r *connect.Request[consolev1.WithdrawPresenceRequest]) (*connect.Response[consolev1.WithdrawPresenceResponse], error) {
	now := s.Now().UTC().Truncate(time.Microsecond)
	q, err := s.Presence.WithdrawQuestion(ctx, r.Msg.GetId(), sessionOf(ctx).User.Name, now)
	if err != nil {
		return nil, missing(err, "there is no presence check %q", r.Msg.GetId())
	}
	s.Tell(q.DeviceID)
	return connect.NewResponse(&consolev1.WithdrawPresenceResponse{Check: questionOut(q, now)}), nil
}

func questionOut(q presence.Question, now time.Time) *consolev1.PresenceCheck {
	stands := q.Standing(now)
	return &consolev1.PresenceCheck{
		Id: q.ID, Subject: subject(q.DeviceID, q.DeviceName), Alert: q.Alert, Means: finding.MeansWords(q.Means), Reason: q.Reason, AskedBy: q.AskedBy,
		AskedAt: stamp(q.AskedAt), DueAt: stamp(q.DueAt), State: string(stands.State), ClosedAt: stamp(stands.ClosedAt), Detail: stands.Detail,
		AnsweredBy: string(q.Told.Means), AnsweredAfterMs: q.Told.After.Milliseconds(), AnsweredFrom: q.Told.From,
	}
}
