package api

import (
	"context"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
)

// mostMoved is how many devices are put into a group at once.
const mostMoved = 500

// SetDeviceGroup puts devices into a group from now on, all or none.
func (s *Server) SetDeviceGroup(ctx context.Context, r *connect.Request[consolev1.SetDeviceGroupRequest]) (*connect.Response[consolev1.SetDeviceGroupResponse], error) {
	ids, group := r.Msg.GetIds(), r.Msg.GetGroup()
	if len(ids) == 0 || len(ids) > mostMoved {
		return nil, invalid("name between 1 and %d devices, not %d", mostMoved, len(ids))
	}
	if group != "" {
		if err := alert.ValidGroup(group); err != nil {
			return nil, err
		}
	}
	moved, err := s.Fleet.SetGroup(ctx, ids, group, sessionOf(ctx).User.Name, s.Now().UTC())
	if err != nil {
		return nil, missing(err, "one of the devices is not there; nothing was changed")
	}
	s.Assess()
	m := &consolev1.SetDeviceGroupResponse{}
	for _, d := range moved {
		m.Devices = append(m.Devices, deviceOut(assess.Overview{Device: d, Level: finding.LevelNone}, s.Now()))
	}
	return connect.NewResponse(m), nil
}
