package api

import (
	"context"
	"strings"
	"time"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/server/internal/alert"
)

// GrantSanction permits one tool on one device for some hours.
func (s *Server) GrantSanction(ctx context.Context, r *connect.Request[consolev1.GrantSanctionRequest]) (*connect.Response[consolev1.GrantSanctionResponse], error) {
	m := r.Msg
	if m.GetDevice() == "" {
		return nil, invalid("say on which device: its id or its name")
	}
	length, err := stretch(m.GetSeconds())
	if err != nil {
		return nil, err
	}
	n := s.begun(ctx, m.GetTool())
	n.Ticket, n.ExpiresAt = strings.TrimSpace(m.GetTicket()), n.StartsAt.Add(length)
	if err := alert.ValidTicket(n.Ticket, length); err != nil {
		return nil, err
	}
	if n.Justification = strings.TrimSpace(m.GetJustification()); n.Justification == "" {
		n.Justification = "Granted for " + length.String() + " under ticket " + n.Ticket
	}
	if err := s.settle(ctx, &n, m.GetDevice()); err != nil {
		return nil, err
	}
	if err := s.keep(ctx, "sanction.grant", n); err != nil {
		return nil, err
	}
	out, err := s.sanctionOut(ctx, n)
	return connect.NewResponse(&consolev1.GrantSanctionResponse{Sanction: out}), err
}

// OpenTicket opens a sanction that requires a ticket, on one device, for some hours.
func (s *Server) OpenTicket(ctx context.Context, r *connect.Request[consolev1.OpenTicketRequest]) (*connect.Response[consolev1.OpenTicketResponse], error) {
	m, now := r.Msg, s.Now().UTC()
	length, err := stretch(m.GetSeconds())
	if err != nil {
		return nil, err
	}
	d, err := s.Fleet.DeviceNamed(ctx, m.GetDevice())
	if err != nil {
		return nil, missing(err, "there is no device %q", m.GetDevice())
	}
	w := alert.Window{ID: s.NewID(), Sanction: m.GetName(), Device: d.ID, Ticket: strings.TrimSpace(m.GetTicket()),
		From: now, To: now.Add(length), OpenedBy: sessionOf(ctx).User.Name}
	if err := s.Sanctions.OpenTicket(ctx, w); err != nil {
		return nil, missing(err, "there is no sanction %q", m.GetName())
	}
	s.Assess()
	return connect.NewResponse(&consolev1.OpenTicketResponse{Ticket: ticketOut(w, subject(d.ID, d.Name))}), nil
}

// stretch is how long something is for; seconds beyond all measure do not wrap around.
func stretch(seconds int64) (time.Duration, error) {
	if seconds <= 0 || seconds > int64(alert.LongestGrant/time.Second) {
		return 0, invalid("it may be for at most 24 hours, not %d seconds; for longer write a sanction and apply it", seconds)
	}
	return time.Duration(seconds) * time.Second, nil
}
