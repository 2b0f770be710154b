package api

import (
	"context"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

// ListAudit gives one page of what people decided, latest first, with the tree over all of it.
func (s *Server) ListAudit(ctx context.Context, r *connect.Request[consolev1.ListAuditRequest]) (*connect.Response[consolev1.ListAuditResponse], error) {
	m := r.Msg
	size, err := pageSize(m.GetPageSize())
	if err != nil {
		return nil, err
	}
	token := m.GetPageToken()
	of, err := question(m, func() { m.PageSize, m.PageToken = 0, "" })
	if err != nil {
		return nil, err
	}
	before := int64(-1)
	if token != "" {
		if before, err = decodePage[int64](token, of); err != nil {
			return nil, err
		}
	}
	records, tree, err := s.Audit.AuditPage(ctx, before, m.GetObject(), size+1)
	if err != nil {
		return nil, err
	}
	response := &consolev1.ListAuditResponse{TreeSize: tree.Size, Root: tree.Root.String()}
	if len(records) > size {
		records = records[:size]
		if response.NextPageToken, err = encodePage(records[size-1].Index, of); err != nil {
			return nil, err
		}
	}
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
