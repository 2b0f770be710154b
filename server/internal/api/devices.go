package api

import (
	"context"
	"slices"
	"strings"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/assess"
)

// A place in the list of devices: by name, then id.
type place struct {
	Name string `json:"n"`
	ID   string `json:"i"`
}

// ListDevices gives one page of the enrolled devices, by name.
func (s *Server) ListDevices(ctx context.Context, r *connect.Request[consolev1.ListDevicesRequest]) (*connect.Response[consolev1.ListDevicesResponse], error) {
	m := r.Msg
	page, err := readPage[place](m, func() { m.PageSize, m.PageToken = 0, "" })
	if err != nil {
		return nil, err
	}
	fleet, err := s.Fleet.Fleet(ctx)
	if err != nil {
		return nil, err
	}
	words := strings.Fields(strings.ToLower(m.GetQuery()))
	fleet = slices.DeleteFunc(fleet, func(o assess.Overview) bool { return m.GetGroup() != "" && o.Group != m.GetGroup() || !fits(o, words) })
	response := &consolev1.ListDevicesResponse{Total: int32(len(fleet))}
	if !page.first {
		fleet = slices.DeleteFunc(fleet, func(o assess.Overview) bool { return !placeOf(o).after(page.after) })
	}
	if fleet, response.NextPageToken, err = cutPage(page, fleet, placeOf); err != nil {
		return nil, err
	}
	now := s.Now()
	for _, o := range fleet {
		response.Devices = append(response.Devices, deviceOut(o, now))
	}
	return connect.NewResponse(response), nil
}

func placeOf(o assess.Overview) place { return place{o.Name, o.ID} }

func (p place) after(q place) bool {
	if p.Name != q.Name {
		return p.Name > q.Name
	}
	return p.ID > q.ID
}

func fits(o assess.Overview, words []string) bool {
	text := strings.ToLower(strings.Join([]string{o.Name, o.ID, o.OS, o.OSVersion, o.AgentVersion, o.Group}, " "))
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// GetDevice gives all that is known of a device.
func (s *Server) GetDevice(ctx context.Context, r *connect.Request[consolev1.GetDeviceRequest]) (*connect.Response[consolev1.GetDeviceResponse], error) {
	if r.Msg.GetId() == "" {
		return nil, invalid("say which device: its id or its name")
	}
	d, err := s.Fleet.Dossier(ctx, r.Msg.GetId())
	if err != nil {
		return nil, missing(err, "there is no device %q", r.Msg.GetId())
	}
	m := &consolev1.GetDeviceResponse{Device: deviceOut(d.Overview, s.Now()), Findings: s.findingsOut(d.Findings)}
	for _, c := range d.Coverage {
		m.Coverage = append(m.Coverage, &consolev1.Coverage{Class: c.Class, State: string(c.State), Detail: c.Detail, Since: stamp(c.Since)})
	}
	for _, f := range d.Facts {
		m.Facts = append(m.Facts, &consolev1.Facts{Class: f.Class, Rows: rowsOut(f.Rows)})
	}
	for _, a := range d.Standings {
		m.Assessments = append(m.Assessments, standingOut(a))
	}
	if m.Site, err = s.siteOf(ctx, d.ID); err != nil {
		return nil, err
	}
	for _, g := range d.Gaps {
		m.Gaps = append(m.Gaps, &consolev1.Gap{Epoch: g.Epoch, From: g.From, To: g.To, Reason: g.Reason, ReceivedAt: stamp(g.ReceivedAt)})
	}
	return connect.NewResponse(m), nil
}

// RemoveDevice ends a device's enrolment. The store refuses what its agent says
// from then on; cutting the stream tells the agent so at once.
func (s *Server) RemoveDevice(ctx context.Context, r *connect.Request[consolev1.RemoveDeviceRequest]) (*connect.Response[consolev1.RemoveDeviceResponse], error) {
	if r.Msg.GetId() == "" {
		return nil, invalid("say which device: its id")
	}
	by := sessionOf(ctx).User.Name
	d, err := s.Fleet.RemoveDevice(ctx, r.Msg.GetId(), by, s.Now().UTC())
	if err != nil {
		return nil, missing(err, "there is no device with the id %q", r.Msg.GetId())
	}
	s.Cut(d.ID)
	s.Assess()
	s.Log.InfoContext(ctx, "device removed", "device.id", d.ID, "user.name", by)
	return connect.NewResponse(&consolev1.RemoveDeviceResponse{Device: deviceOut(assess.Overview{Device: d, Level: finding.LevelNone}, s.Now())}), nil
}
