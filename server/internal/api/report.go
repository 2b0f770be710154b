package api

import (
	"bytes"
	"context"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

// pieceSize is how much of a pack one message carries.
const pieceSize = 256 << 10

// CreateReport makes the assurance pack of a period and sends it in pieces.
func (s *Server) CreateReport(ctx context.Context, r *connect.Request[consolev1.CreateReportRequest], out *connect.ServerStream[consolev1.CreateReportResponse]) error {
	// A pack is whole or it is none: it is finished before its first piece leaves.
	var pack bytes.Buffer
	name, err := s.Packs.Create(ctx, r.Msg.GetPeriod(), sessionOf(ctx).User.Name, &pack)
	if err != nil {
		return err
	}
	for {
		piece := pack.Next(pieceSize)
		if len(piece) == 0 {
			return nil
		}
		if err := out.Send(&consolev1.CreateReportResponse{Piece: piece, FileName: name}); err != nil {
			return err
		}
	}
}
