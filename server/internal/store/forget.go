package store

import (
	"context"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/audit"
)

// forgetBatch is how many reports are forgotten in one transaction; what agents
// send meanwhile waits for no more than that.
const forgetBatch = 500

// ForgetEntries deletes the reports, as they came, that were received before a
// moment, and says how many. What they told stays: findings, spells, facts,
// coverage, gaps, alerts, the audit log, and up to which number each epoch is
// known, so that a report that comes again is still a repeat.
func (s *SQLite) ForgetEntries(ctx context.Context, before, at time.Time) (total int64, err error) {
	for {
		var n int64
		err := s.Tx(ctx, func(t *Tx) (err error) {
			n, err = t.exec(ctx, t.q.ForgetEntries, micros(before), forgetBatch)
			if err != nil || n == 0 || total > 0 {
				return err
			}
			return t.note(ctx, at, audit.Console, "entries.forget", "entries", map[string]any{"received_before": before.UTC().Format(time.RFC3339)})
		})
		if err != nil {
			return total, err
		}
		if total += n; n < forgetBatch {
			return total, nil
		}
	}
}
