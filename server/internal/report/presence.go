package report

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/presence"
)

type presenceRow struct {
	ID              string          `json:"id"`
	DeviceID        string          `json:"device_id"`
	Device          string          `json:"device"`
	AlertID         string          `json:"alert_id"`
	Means           []finding.Means `json:"means"`
	Reason          string          `json:"reason"`
	AskedBy         string          `json:"asked_by"`
	AskedAt         *time.Time      `json:"asked_at"`
	DueAt           *time.Time      `json:"due_at"`
	State           string          `json:"state"`
	AnsweredBy      string          `json:"answered_by"`
	AnsweredAfterMS int64           `json:"answered_after_ms"`
	AnsweredFrom    string          `json:"answered_from"`
	ClosedAt        *time.Time      `json:"closed_at"`
	Detail          string          `json:"detail"`
}

// presenceTable tells where each question stood when the pack was made.
func presenceTable(a About, s Snapshot) table {
	columns := []string{"presence_check_id", "device_id", "device", "alert_id", "means", "reason", "asked_by", "asked_at", "due_at",
		"state", "answered_by", "answered_after_ms", "answered_from", "closed_at", "detail"}
	list := sortedBy(s.Presence, func(a, b presence.Question) int {
		return cmp.Or(a.AskedAt.Compare(b.AskedAt), cmp.Compare(a.ID, b.ID))
	})
	return tabulate("presence_checks", columns, list, func(q presence.Question) ([]string, presenceRow) {
		stands := q.Standing(a.AsOf)
		r := presenceRow{q.ID, q.DeviceID, q.DeviceName, q.Alert, q.Means, q.Reason, q.AskedBy, when(q.AskedAt), when(q.DueAt), string(stands.State),
			string(q.Told.Means), q.Told.After.Milliseconds(), q.Told.From, when(stands.ClosedAt), stands.Detail}
		return []string{r.ID, r.DeviceID, r.Device, r.AlertID, strings.Join(finding.MeansWords(q.Means), " "), r.Reason, r.AskedBy, clock(q.AskedAt), clock(q.DueAt), r.State,
			r.AnsweredBy, strconv.FormatInt(r.AnsweredAfterMS, 10), r.AnsweredFrom, clock(stands.ClosedAt), r.Detail}, r
	})
}
