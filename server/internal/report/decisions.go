package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/audit"
)

type alertRow struct {
	ID          string                  `json:"id"`
	DeviceID    string                  `json:"device_id"`
	Device      string                  `json:"device"`
	SiteID      string                  `json:"site_id"`
	Site        string                  `json:"site"`
	Conclusion  string                  `json:"conclusion"`
	Level       string                  `json:"level"`
	Score       int                     `json:"score"`
	Confidence  string                  `json:"confidence"`
	Missing     []string                `json:"missing"`
	Title       string                  `json:"title"`
	State       string                  `json:"state"`
	Assignee    string                  `json:"assignee"`
	CloseReason string                  `json:"close_reason"`
	Active      bool                    `json:"active"`
	OpenedAt    *time.Time              `json:"opened_at"`
	LastSeen    *time.Time              `json:"last_seen"`
	ClosedAt    *time.Time              `json:"closed_at"`
	Previous    string                  `json:"previous"`
	Findings    []string                `json:"findings"`
	Ledger      []catalogue.LedgerEntry `json:"ledger"`
	Timeline    []entryRow              `json:"timeline"`
}

type entryRow struct {
	At    *time.Time `json:"at"`
	Kind  string     `json:"kind"`
	Text  string     `json:"text"`
	Actor string     `json:"actor"`
}

func alertsTable(s Snapshot) table {
	columns := []string{"alert_id", "device_id", "device", "site_id", "site", "conclusion", "level", "score", "confidence", "missing", "title", "state", "assignee", "close_reason",
		"active", "opened_at", "last_seen", "closed_at", "previous", "findings", "ledger", "timeline"}
	list := sortedBy(s.Alerts, func(a, b Case) int { return cmp.Or(a.OpenedAt.Compare(b.OpenedAt), cmp.Compare(a.ID, b.ID)) })
	return tabulate("alerts", columns, list, func(a Case) ([]string, alertRow) {
		r := alertRow{a.ID, a.DeviceID, a.DeviceName, a.SiteID, a.SiteName, string(a.Conclusion), string(a.Level), a.Score,
			string(a.Assessment.Confidence), listed(a.Assessment.Missing), a.Title, string(a.State), a.Assignee, string(a.CloseReason),
			a.Active, when(a.OpenedAt), when(a.LastSeen), when(a.ClosedAt), a.Previous, a.Findings, a.Assessment.Ledger, []entryRow{}}
		var told []string
		for _, e := range a.Timeline {
			r.Timeline = append(r.Timeline, entryRow{when(e.At), string(e.Kind), e.Text, e.Actor})
			told = append(told, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", clock(e.At), e.Kind, e.Actor, e.Text)))
		}
		return []string{r.ID, r.DeviceID, r.Device, r.SiteID, r.Site, r.Conclusion, r.Level, strconv.Itoa(r.Score), r.Confidence, strings.Join(r.Missing, " | "), r.Title, r.State, r.Assignee, r.CloseReason,
			strconv.FormatBool(r.Active), clock(a.OpenedAt), clock(a.LastSeen), clock(a.ClosedAt), r.Previous,
			strings.Join(r.Findings, " "), ledgerText(r.Ledger), strings.Join(told, " | ")}, r
	})
}

type sanctionRow struct {
	ID                string            `json:"id"`
	Name              string            `json:"name"`
	Version           int               `json:"version"`
	Tools             []string          `json:"tools"`
	Where             []alert.Condition `json:"where"`
	Tenants           []alert.Tenant    `json:"tenants"`
	Devices           []string          `json:"devices"`
	Groups            []string          `json:"groups"`
	ApprovedAtConsole bool              `json:"approved_at_console"`
	TicketRequired    bool              `json:"ticket_required"`
	Hours             string            `json:"hours"`
	Owner             string            `json:"owner"`
	Approver          string            `json:"approver"`
	SecondApprover    string            `json:"second_approver"`
	Justification     string            `json:"justification"`
	Ticket            string            `json:"ticket"`
	CreatedBy         string            `json:"created_by"`
	CreatedAt         *time.Time        `json:"created_at"`
	StartsAt          *time.Time        `json:"starts_at"`
	ExpiresAt         *time.Time        `json:"expires_at"`
	RevokedAt         *time.Time        `json:"revoked_at"`
	ReplacedAt        *time.Time        `json:"replaced_at"`
}

func sanctionsTable(s Snapshot) table {
	columns := []string{"sanction_id", "name", "version", "tools", "where", "tenants", "devices", "groups", "approved_at_console", "ticket_required", "hours",
		"owner", "approver", "second_approver", "justification", "ticket", "created_by", "created_at", "starts_at", "expires_at", "revoked_at", "replaced_at"}
	list := sortedBy(s.Sanctions, func(a, b alert.Sanction) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return tabulate("sanctions", columns, list, func(n alert.Sanction) ([]string, sanctionRow) {
		r := sanctionRow{n.ID, n.Name, n.Version, n.Tools, append([]alert.Condition{}, n.Where...), append([]alert.Tenant{}, n.Tenants...), append([]string{}, n.Devices...), append([]string{}, n.Groups...),
			n.Conditions.ApprovedAtConsole, n.Conditions.Ticket, n.Conditions.Hours.String(), n.Owner, n.Approver, n.SecondApprover, n.Justification, n.Ticket,
			n.CreatedBy, when(n.CreatedAt), when(n.StartsAt), when(n.ExpiresAt), when(n.RevokedAt), when(n.ReplacedAt)}
		return []string{r.ID, r.Name, strconv.Itoa(r.Version), strings.Join(r.Tools, " "), texts(r.Where), texts(r.Tenants), strings.Join(r.Devices, " "), strings.Join(r.Groups, " "),
			strconv.FormatBool(r.ApprovedAtConsole), strconv.FormatBool(r.TicketRequired), r.Hours, r.Owner, r.Approver, r.SecondApprover, r.Justification, r.Ticket,
			r.CreatedBy, clock(n.CreatedAt), clock(n.StartsAt), clock(n.ExpiresAt), clock(n.RevokedAt), clock(n.ReplacedAt)}, r
	})
}

func texts[T fmt.Stringer](list []T) string {
	var parts []string
	for _, one := range list {
		parts = append(parts, one.String())
	}
	return strings.Join(parts, " ")
}

type auditRow struct {
	Index  int64           `json:"index"`
	At     *time.Time      `json:"at"`
	Actor  string          `json:"actor"`
	Action string          `json:"action"`
	Object string          `json:"object"`
	Detail json.RawMessage `json:"detail"`
	Hash   string          `json:"hash"`
}

func auditTable(s Snapshot) table {
	columns := []string{"index", "at", "actor", "action", "object", "detail", "hash"}
	list := sortedBy(s.Audit, func(a, b audit.Record) int { return cmp.Compare(a.Index, b.Index) })
	return tabulate("audit", columns, list, func(r audit.Record) ([]string, auditRow) {
		hash := ""
		if h, err := r.Hash(); err == nil { // a record that does not hash is shown without: verify names it
			hash = h.String()
		}
		detail := json.RawMessage(r.Detail)
		if !json.Valid(detail) {
			detail = json.RawMessage("null")
		}
		return []string{strconv.FormatInt(r.Index, 10), clock(r.At), r.Actor, r.Action, r.Object, r.Detail, hash},
			auditRow{r.Index, when(r.At), r.Actor, r.Action, r.Object, detail, hash}
	})
}
