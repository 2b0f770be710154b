package api

import (
	"context"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/server/internal/audit"
)

// ListAudit gives one page of what people decided, latest first, with the tree over all of it.
func (s *Server) ListAudit(ctx context.Context, r *connect.Request[consolev1.ListAuditRequest]) (*connect.Response[consolev1.ListAuditResponse], error) {
	m := r.Msg
	page, err := readPage[int64](m, func() { m.PageSize, m.PageToken = 0, "" })
	if err != nil {
		return nil, err
	}
	before := page.after
	if page.first {
		before = -1
	}
	records, tree, err := s.Audit.AuditPage(ctx, before, m.GetObject(), page.size+1)
	if err != nil {
		return nil, err
	}
	records, next, err := cutPage(page, records, func(r audit.Record) int64 { return r.Index })
	if err != nil {
		return nil, err
	}
	response := &consolev1.ListAuditResponse{TreeSize: tree.Size, Root: tree.Root.String(), NextPageToken: next}
	for _, a := range records {
		hash, err := a.Hash()
		if err != nil {
			return nil, err
		}
		response.Records = append(response.Records, &consolev1.AuditRecord{
			Index: a.Index, At: stamp(a.At), Actor: a.Actor, Action: a.Action, Object: a.Object, Detail: a.Detail, Hash: hash.String(),
		})
	}
	return connect.NewResponse(response), nil
}
