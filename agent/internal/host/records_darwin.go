package host

import (
	"context"
	"fmt"
	"slices"
)

var _ RecordKeeper = (*LiveHost)(nil)

// Records are those of the unified log. They are read beside the looks, since
// the first answer may take longer than one; a look waits as long as it can.
func (h *LiveHost) Records(ctx context.Context, q RecordQuery) ([]byte, error) {
	if q.Filter != screenSharingRecords {
		return nil, fmt.Errorf("ask macOS' log for %s: %w", q.Name, ErrUnsupported)
	}
	processes, err := h.Processes(ctx)
	writes := err != nil || slices.ContainsFunc(processes, writesMacLog)
	if tool, due := h.log.due(h.now(), writes); due {
		life := context.WithoutCancel(ctx) // the tool has its own bound
		go func() { h.log.take(runTool(life, tool)) }()
	}
	select {
	case <-h.log.underway():
	case <-ctx.Done():
	}
	return h.log.answer()
}
