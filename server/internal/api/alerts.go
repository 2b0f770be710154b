package api

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// ListAlerts gives one page of the queue: highest score first, then newest.
func (s *Server) ListAlerts(ctx context.Context, r *connect.Request[consolev1.ListAlertsRequest]) (*connect.Response[consolev1.ListAlertsResponse], error) {
	m := r.Msg
	if err := validateFilter(m); err != nil {
		return nil, err
	}
	page, err := readPage[alert.Position](m, func() { m.PageSize, m.PageToken = 0, "" })
	if err != nil {
		return nil, err
	}
	found, err := s.Alerts.AlertPage(ctx, alert.Filter{
		States: m.GetStates(), Levels: m.GetLevels(), Conclusions: m.GetConclusions(), Device: m.GetDevice(),
		Words: strings.Fields(strings.ToLower(m.GetQuery())), After: page.after, Limit: page.size + 1,
	})
	if err != nil {
		return nil, err
	}
	response := &consolev1.ListAlertsResponse{Total: int32(found.Total)}
	if found.Alerts, response.NextPageToken, err = cutPage(page, found.Alerts, alert.Alert.Position); err != nil {
		return nil, err
	}
	for _, a := range found.Alerts {
		response.Alerts = append(response.Alerts, alertOut(a))
	}
	return connect.NewResponse(response), nil
}

func validateFilter(m *consolev1.ListAlertsRequest) error {
	return errors.Join(
		among("states", m.GetStates(), string(alert.New), string(alert.InProgress), string(alert.Closed)),
		among("levels", m.GetLevels(), levelNames()...),
		among("conclusions", m.GetConclusions(), string(finding.RemotelyControlled), string(finding.InFarm)),
	)
}

func levelNames() []string {
	return []string{string(finding.LevelNone), string(finding.LevelWatch), string(finding.LevelMedium), string(finding.LevelHigh)}
}

// among refuses a value that cannot fit anything: an empty answer to a
// misspelt filter would look like good news.
func among(field string, values []string, known ...string) error {
	for _, v := range values {
		if !slices.Contains(known, v) {
			return invalid("%s: %q is none of %s", field, v, strings.Join(known, ", "))
		}
	}
	return nil
}

// GetAlert gives an alert with all that a person needs to decide on it.
func (s *Server) GetAlert(ctx context.Context, r *connect.Request[consolev1.GetAlertRequest]) (*connect.Response[consolev1.GetAlertResponse], error) {
	c, err := s.Alerts.AlertCase(ctx, r.Msg.GetId())
	if err != nil {
		return nil, missing(err, "there is no alert %q", r.Msg.GetId())
	}
	detail := s.caseOut(c)
	if c.SiteID != "" {
		if err := s.nameLaptops(ctx, c.SiteID, c.Evidence, detail.GetFindings()); err != nil {
			return nil, err
		}
	}
	return connect.NewResponse(&consolev1.GetAlertResponse{Detail: detail}), nil
}

// nameLaptops says of each finding of a site's alert whose it is. Of a site that is
// there no more the ids are left.
func (s *Server) nameLaptops(ctx context.Context, siteID string, found []device.Finding, out []*consolev1.Finding) error {
	d, err := s.Sites.Site(ctx, siteID)
	if err != nil && !errors.Is(err, device.ErrNotFound) {
		return err
	}
	names := map[string]string{}
	for _, m := range d.Members {
		names[m.DeviceID] = m.DeviceName
	}
	for i, f := range found {
		out[i].Device = subject(f.DeviceID, names[f.DeviceID])
	}
	return nil
}

// AcknowledgeAlert takes an alert to work on it.
func (s *Server) AcknowledgeAlert(ctx context.Context, r *connect.Request[consolev1.AcknowledgeAlertRequest]) (*connect.Response[consolev1.AcknowledgeAlertResponse], error) {
	a, err := s.move(ctx, r.Msg.GetId(), alert.Move{Action: alert.Acknowledge, Etag: r.Msg.GetEtag()})
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&consolev1.AcknowledgeAlertResponse{Alert: a}), nil
}

// CloseAlert decides on an alert, with a reason; it wants the version that was decided on.
func (s *Server) CloseAlert(ctx context.Context, r *connect.Request[consolev1.CloseAlertRequest]) (*connect.Response[consolev1.CloseAlertResponse], error) {
	a, err := s.move(ctx, r.Msg.GetId(), alert.Move{Action: alert.Close, Etag: r.Msg.GetEtag(), Reason: r.Msg.GetReason(), Comment: r.Msg.GetComment()})
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&consolev1.CloseAlertResponse{Alert: a}), nil
}

// ReopenAlert takes a decision back.
func (s *Server) ReopenAlert(ctx context.Context, r *connect.Request[consolev1.ReopenAlertRequest]) (*connect.Response[consolev1.ReopenAlertResponse], error) {
	a, err := s.move(ctx, r.Msg.GetId(), alert.Move{Action: alert.Reopen, Etag: r.Msg.GetEtag(), Comment: r.Msg.GetComment()})
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&consolev1.ReopenAlertResponse{Alert: a}), nil
}

// CommentAlert adds a remark to an alert.
func (s *Server) CommentAlert(ctx context.Context, r *connect.Request[consolev1.CommentAlertRequest]) (*connect.Response[consolev1.CommentAlertResponse], error) {
	a, err := s.move(ctx, r.Msg.GetId(), alert.Move{Action: alert.Remark, Comment: r.Msg.GetComment()})
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&consolev1.CommentAlertResponse{Alert: a}), nil
}

func (s *Server) move(ctx context.Context, id string, m alert.Move) (*consolev1.Alert, error) {
	m.By, m.At = sessionOf(ctx).Actor(), s.Now().UTC()
	a, err := s.Alerts.MoveAlert(ctx, id, m)
	if err != nil {
		return nil, missing(err, "there is no alert %q", id)
	}
	s.Watch.Tell([]alert.Alert{a})
	return alertOut(a), nil
}

// heartbeat is how often a watcher hears that the connection lives.
const heartbeat = 20 * time.Second

// WatchAlerts sends one message for every alert that changed, and an empty one
// at once and every 20 s.
func (s *Server) WatchAlerts(ctx context.Context, r *connect.Request[consolev1.WatchAlertsRequest], out *connect.ServerStream[consolev1.WatchAlertsResponse]) error {
	changes, stop := s.Watch.Listen()
	defer stop()
	token := s.tokenOf(r.Header())
	beat := time.NewTicker(s.beat)
	defer beat.Stop()
	if err := out.Send(&consolev1.WatchAlertsResponse{}); err != nil {
		return err
	}
	for {
		message := &consolev1.WatchAlertsResponse{}
		select {
		case <-ctx.Done():
			return nil
		case a, more := <-changes:
			if !more {
				return connect.NewError(connect.CodeUnavailable, errors.New("watching ended: the server stops, or changes came faster than they were taken; connect again and list the alerts"))
			}
			message.Alert = alertOut(a)
		case <-beat.C:
		}
		// Who was signed out meanwhile hears no more.
		if _, err := s.Sessions.Find(ctx, token); err != nil {
			return err
		}
		if err := out.Send(message); err != nil {
			return err
		}
	}
}
