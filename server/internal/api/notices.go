package api

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"connectrpc.com/connect"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// Notices is where it is kept what appeared on many laptops at once.
type Notices interface {
	Notices(ctx context.Context) ([]alert.Notice, error)
	// NoticeDevices gives a notice and its devices; device.ErrNotFound if there is none.
	NoticeDevices(ctx context.Context, id string) (alert.Notice, []device.Device, error)
	// DecideNotice keeps what decide makes of a notice, unless it refuses; device.ErrNotFound if there is none.
	DecideNotice(ctx context.Context, id string, decide func(alert.Notice) (alert.Notice, error)) (alert.Notice, error)
}

// mostListed is how many devices of a notice are listed.
const mostListed = 1000

// mostAlerts is how many open alerts are looked through for those of a notice's devices.
const mostAlerts = 10_000

// ListNotices gives every notice, the latest first.
func (s *Server) ListNotices(ctx context.Context, r *connect.Request[consolev1.ListNoticesRequest]) (*connect.Response[consolev1.ListNoticesResponse], error) {
	list, err := s.Notices.Notices(ctx)
	if err != nil {
		return nil, err
	}
	about, err := s.noticesOf(ctx, list, r.Msg.GetDevice())
	if err != nil {
		return nil, err
	}
	m := &consolev1.ListNoticesResponse{}
	for _, n := range list {
		if about(n) && (!r.Msg.GetUndecided() || n.Decision == alert.Undecided) {
			m.Notices = append(m.Notices, s.noticeOut(n))
		}
	}
	return connect.NewResponse(m), nil
}

// noticesOf says which notices are about a device; all are where none is named.
func (s *Server) noticesOf(ctx context.Context, list []alert.Notice, named string) (func(alert.Notice) bool, error) {
	if named == "" {
		return func(alert.Notice) bool { return true }, nil
	}
	d, err := s.Fleet.DeviceNamed(ctx, named)
	if err != nil {
		return nil, missing(err, "there is no device %q", named)
	}
	about := map[string]bool{}
	for _, n := range list {
		_, devices, err := s.Notices.NoticeDevices(ctx, n.ID)
		if err != nil {
			return nil, err
		}
		about[n.ID] = slices.ContainsFunc(devices, func(one device.Device) bool { return one.ID == d.ID })
	}
	return func(n alert.Notice) bool { return about[n.ID] }, nil
}

// GetNotice gives a notice and the devices that it is about.
func (s *Server) GetNotice(ctx context.Context, r *connect.Request[consolev1.GetNoticeRequest]) (*connect.Response[consolev1.GetNoticeResponse], error) {
	n, devices, err := s.Notices.NoticeDevices(ctx, r.Msg.GetId())
	if err != nil {
		return nil, missing(err, "there is no notice %q", r.Msg.GetId())
	}
	open, err := s.Alerts.AlertPage(ctx, alert.Filter{States: []string{string(alert.New), string(alert.InProgress)}, Limit: mostAlerts})
	if err != nil {
		return nil, err
	}
	of := map[string]alert.Alert{} // the one with the highest score
	for _, a := range slices.Backward(open.Alerts) {
		if a.SiteID == "" {
			of[a.DeviceID] = a
		}
	}
	// What has an alert of its own comes first: the rest is told by the notice.
	slices.SortStableFunc(devices, func(x, y device.Device) int { return cmp.Compare(of[y.ID].Score, of[x.ID].Score) })
	m := &consolev1.GetNoticeResponse{Notice: s.noticeOut(n)}
	for _, d := range devices[:min(len(devices), mostListed)] {
		m.Devices = append(m.Devices, &consolev1.NoticeDevice{Id: d.ID, Name: d.Name, Alert: of[d.ID].ID, Level: string(of[d.ID].Level)})
	}
	return connect.NewResponse(m), nil
}

// DecideNotice keeps whether the company expected it.
func (s *Server) DecideNotice(ctx context.Context, r *connect.Request[consolev1.DecideNoticeRequest]) (*connect.Response[consolev1.DecideNoticeResponse], error) {
	m, user := r.Msg, sessionOf(ctx).User
	n, err := s.Notices.DecideNotice(ctx, m.GetId(), func(n alert.Notice) (alert.Notice, error) {
		return n.Decide(alert.Actor{Name: user.Name, Role: user.Role}, alert.Decision(m.GetDecision()), m.GetComment(), s.Now().UTC().Truncate(time.Microsecond))
	})
	if err != nil {
		return nil, missing(err, "there is no notice %q", m.GetId())
	}
	s.Assess()
	return connect.NewResponse(&consolev1.DecideNoticeResponse{Notice: s.noticeOut(n)}), nil
}

func (s *Server) noticeOut(n alert.Notice) *consolev1.Notice {
	what := n.Subject
	if rule, ok := s.Catalogue.Rule(n.Subject); ok {
		what = rule.Title
	} else if i := slices.IndexFunc(s.Catalogue.Tools, func(t catalogue.Tool) bool { return t.ID == n.Subject }); i >= 0 {
		what = s.Catalogue.Tools[i].Name
	}
	return &consolev1.Notice{
		Id: n.ID, Subject: n.Subject, Title: fmt.Sprintf("New on %s: %s", laptops(n.Devices), what), Tenant: n.Tenant,
		From: stamp(n.From), To: stamp(n.To), Devices: int32(n.Devices),
		Decision: string(n.Decision), DecidedBy: n.DecidedBy, DecidedAt: stamp(n.DecidedAt), Comment: n.Comment, NextStep: nextOf(n),
	}
}

// laptops counts laptops as people read large numbers: 2,000 laptops.
func laptops(n int) string {
	if n == 1 {
		return "1 laptop"
	}
	digits := strconv.Itoa(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits + " laptops"
}

// nextOf says what to do about a notice.
func nextOf(n alert.Notice) string {
	switch n.Decision {
	case alert.Expected:
		return "Sanction it, so that laptops that join later are permitted it as well."
	case alert.Unexpected:
		return "Review the alerts of the laptops, those with the highest score first."
	}
	return "Ask who rolls out software and hardware whether this is theirs. Until somebody decides, a laptop gets no alert for this alone."
}
