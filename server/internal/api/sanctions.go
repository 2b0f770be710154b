package api

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// Sanctions is where permissions are kept.
type Sanctions interface {
	Sanctions(ctx context.Context) ([]alert.Sanction, error)
	// AddSanctions keeps new ones and new versions, all or none; action is what the audit log calls it.
	AddSanctions(ctx context.Context, action string, list ...alert.Sanction) error
	RevokeSanction(ctx context.Context, idOrName, by string, at time.Time) (alert.Sanction, error)
	Tickets(ctx context.Context, at time.Time) ([]alert.Window, error)
	OpenTicket(ctx context.Context, w alert.Window) error
}

// ListSanctions gives sanctions, newest first: the latest version of each, without
// those that ended so long ago that nothing lapses of them any more, or all.
func (s *Server) ListSanctions(ctx context.Context, r *connect.Request[consolev1.ListSanctionsRequest]) (*connect.Response[consolev1.ListSanctionsResponse], error) {
	m, now := r.Msg, s.Now().UTC()
	if m.GetEndingDays() < 0 {
		return nil, invalid("ending_days is %d; it cannot be below zero", m.GetEndingDays())
	}
	list, err := s.Sanctions.Sanctions(ctx)
	if err != nil {
		return nil, err
	}
	var d device.Device
	if m.GetDevice() != "" {
		if d, err = s.Fleet.DeviceNamed(ctx, m.GetDevice()); err != nil {
			return nil, missing(err, "there is no device %q", m.GetDevice())
		}
	}
	list = slices.DeleteFunc(list, func(n alert.Sanction) bool { return !asked(m, n, d, now) })
	out, err := s.sanctionsOut(ctx, list...)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&consolev1.ListSanctionsResponse{Sanctions: out}), nil
}

// asked says whether a sanction fits what was asked for; d is the device, if one was.
func asked(m *consolev1.ListSanctionsRequest, n alert.Sanction, d device.Device, now time.Time) bool {
	end := now.AddDate(0, 0, int(m.GetEndingDays()))
	switch {
	case m.GetName() != "" && n.Name != m.GetName(), !m.GetHistory() && !n.ReplacedAt.IsZero():
		return false
	case m.GetName() == "" && !m.GetHistory() && n.Over(now):
		return false
	case m.GetEndingDays() > 0 && (!n.InForce(now) || n.ExpiresAt.After(end)):
		return false
	}
	return d.ID == "" || n.InForce(now) && n.Reaches(d.ID, d.Group)
}

// CreateSanction permits one tool, from now on. As many people stand behind it as
// behind one of a file: what one person alone may give is a grant.
func (s *Server) CreateSanction(ctx context.Context, r *connect.Request[consolev1.CreateSanctionRequest]) (*connect.Response[consolev1.CreateSanctionResponse], error) {
	m := r.Msg
	n := s.begun(ctx, m.GetTool())
	n.Justification = strings.TrimSpace(m.GetJustification())
	for _, w := range m.GetWhere() {
		n.Where = append(n.Where, alert.Condition{Column: w.GetColumn(), Value: strings.TrimSpace(w.GetValue())})
	}
	if t := m.GetExpiresAt(); t != nil {
		n.ExpiresAt = t.AsTime()
	}
	if m.GetDevice() == "" {
		n.Groups = []string{alert.AllWorkstations}
	}
	n.Owner, n.Approver = cmp.Or(strings.TrimSpace(m.GetOwner()), n.CreatedBy), strings.TrimSpace(m.GetApprover())
	if err := s.settle(ctx, &n, m.GetDevice()); err != nil {
		return nil, err
	}
	foreseen, err := s.preview(ctx, n)
	if err != nil {
		return nil, err
	}
	if err := s.agreed(ctx, &n, foreseen, strings.TrimSpace(m.GetSecondApprover()), false); err != nil {
		return nil, err
	}
	if err := s.keep(ctx, "sanction.create", n); err != nil {
		return nil, err
	}
	out, err := s.sanctionOut(ctx, n)
	return connect.NewResponse(&consolev1.CreateSanctionResponse{Sanction: out}), err
}

// RevokeSanction ends a sanction now.
func (s *Server) RevokeSanction(ctx context.Context, r *connect.Request[consolev1.RevokeSanctionRequest]) (*connect.Response[consolev1.RevokeSanctionResponse], error) {
	n, err := s.Sanctions.RevokeSanction(ctx, r.Msg.GetId(), sessionOf(ctx).User.Name, s.Now().UTC())
	if err != nil {
		return nil, missing(err, "there is no sanction %q", r.Msg.GetId())
	}
	s.Assess()
	out, err := s.sanctionOut(ctx, n)
	return connect.NewResponse(&consolev1.RevokeSanctionResponse{Sanction: out}), err
}

// begun is a sanction of one tool that begins now, under a name that nobody chose.
func (s *Server) begun(ctx context.Context, tool string) alert.Sanction {
	now, id := s.Now().UTC(), s.NewID()
	return alert.Sanction{
		ID: id, Name: tool + "-" + id[max(0, len(id)-12):], Version: 1, Tools: []string{tool},
		CreatedBy: sessionOf(ctx).User.Name, CreatedAt: now, StartsAt: now,
	}
}

// settle finds the device of a sanction, by id or name, and refuses what may not be.
func (s *Server) settle(ctx context.Context, n *alert.Sanction, deviceName string) error {
	if deviceName != "" {
		n.Devices = []string{deviceName}
	}
	if err := n.Validate(s.Catalogue, n.CreatedAt); err != nil {
		return err
	}
	for i, name := range n.Devices {
		d, err := s.Fleet.DeviceNamed(ctx, name)
		if err != nil {
			return missing(err, "there is no device %q", name)
		}
		n.Devices[i] = d.ID
	}
	return nil
}

func (s *Server) keep(ctx context.Context, action string, n alert.Sanction) error {
	if err := s.Sanctions.AddSanctions(ctx, action, n); err != nil {
		return err
	}
	s.Assess()
	return nil
}

// mostShownTickets is how many tickets are shown with one sanction.
const mostShownTickets = 100

func (s *Server) sanctionOut(ctx context.Context, n alert.Sanction) (*consolev1.Sanction, error) {
	list, err := s.sanctionsOut(ctx, n)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// sanctionsOut shows sanctions with the names of their devices and the tickets that are open.
func (s *Server) sanctionsOut(ctx context.Context, list ...alert.Sanction) ([]*consolev1.Sanction, error) {
	now := s.Now().UTC()
	tickets, err := s.Sanctions.Tickets(ctx, now)
	if err != nil {
		return nil, err
	}
	names := &nameBook{fleet: s.Fleet, known: map[string]string{}}
	var out []*consolev1.Sanction
	for _, n := range list {
		m := sanctionTerms(n, now)
		for _, id := range n.Devices {
			m.Devices = append(m.Devices, names.subject(ctx, id))
		}
		for _, w := range tickets {
			if w.Sanction == n.Name && n.InForce(now) && len(m.GetTickets()) < mostShownTickets {
				m.Tickets = append(m.Tickets, ticketOut(w, names.subject(ctx, w.Device)))
			}
		}
		out = append(out, m)
	}
	return out, names.err
}

func sanctionTerms(n alert.Sanction, now time.Time) *consolev1.Sanction {
	m := &consolev1.Sanction{
		Id: n.ID, Name: n.Name, Version: int32(n.Version), Tools: n.Tools, Groups: n.Groups, State: n.Standing(now),
		ApprovedAtConsole: n.Conditions.ApprovedAtConsole, TicketRequired: n.Conditions.Ticket, Hours: n.Conditions.Hours.String(),
		Owner: n.Owner, Approver: n.Approver, SecondApprover: n.SecondApprover, Justification: n.Justification, Ticket: n.Ticket, CreatedBy: n.CreatedBy,
		CreatedAt: stamp(n.CreatedAt), StartsAt: stamp(n.StartsAt), ExpiresAt: stamp(n.ExpiresAt), RevokedAt: stamp(n.RevokedAt), ReplacedAt: stamp(n.ReplacedAt),
	}
	for _, w := range n.Where {
		m.Where = append(m.Where, &consolev1.Condition{Column: w.Column, Value: w.Value})
	}
	for _, t := range n.Tenants {
		m.Tenants = append(m.Tenants, &consolev1.Tenant{Pseudonym: t.Pseudonym, Label: t.Label})
	}
	return m
}

func ticketOut(w alert.Window, of *consolev1.Subject) *consolev1.Ticket {
	return &consolev1.Ticket{Id: w.ID, Sanction: w.Sanction, Device: of, Ticket: w.Ticket, OpensAt: stamp(w.From), ClosesAt: stamp(w.To), OpenedBy: w.OpenedBy}
}

// A nameBook finds the names of devices, each once, and keeps the first error.
type nameBook struct {
	fleet Fleet
	known map[string]string
	err   error
}

func (b *nameBook) subject(ctx context.Context, id string) *consolev1.Subject {
	name, asked := b.known[id]
	if !asked && b.err == nil {
		d, err := b.fleet.DeviceNamed(ctx, id)
		if err != nil && !errors.Is(err, device.ErrNotFound) {
			b.err = err
		}
		name = d.Name
		b.known[id] = name
	}
	return subject(id, name)
}
