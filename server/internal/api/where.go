package api

import (
	"context"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/egress"
)

// GetWhere tells where one device stands, as it was judged last.
func (s *Server) GetWhere(ctx context.Context, r *connect.Request[consolev1.GetWhereRequest]) (*connect.Response[consolev1.GetWhereResponse], error) {
	d, err := s.Fleet.Dossier(ctx, r.Msg.GetDevice())
	if err != nil {
		return nil, missing(err, "there is no device %q", r.Msg.GetDevice())
	}
	return connect.NewResponse(&consolev1.GetWhereResponse{Where: whereOut(d), Notes: s.placeNotes(), CollectorPlace: s.CollectorPlace}), nil
}

func whereOut(d assess.Dossier) *consolev1.Where {
	var w *consolev1.Where
	zone := ""
	for _, f := range d.Facts {
		switch {
		case f.Class == egress.Class && len(f.Rows) > 0:
			w = &consolev1.Where{Subject: subject(d.ID, d.Name), Columns: columnsOf(f.Rows), JudgedAt: stamp(f.At)}
		case f.Class == "system":
			zone = columnsOf(f.Rows)["time_zone"]
		}
	}
	if w == nil {
		return nil
	}
	c := w.GetColumns()
	w.Behind, w.NetworkClass, w.NetworkName, w.Country = c["behind"], c["network_class"], c["network_name"], c["country"]
	w.OwnEgress, w.Listed, w.TimeZone = c["own_egress"], c["listed"], zone
	return w
}

func columnsOf(rows []finding.Observation) map[string]string {
	if len(rows) == 0 {
		return nil
	}
	return rows[0].Columns
}
