package report

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/audit"
)

// A Notice is one as it was decided at the end of a period, with its laptops.
type Notice struct {
	alert.Notice
	Laptops []NoticeDevice
}

// A NoticeDevice is a laptop that a notice is about.
type NoticeDevice struct {
	ID, Name string
	At       time.Time // when it began there, event time; zero where that is not kept
}

// notices gives those that spoke in the period, or that nobody had decided on before it.
func (m *Maker) notices(ctx context.Context, a About) ([]Notice, error) {
	all, err := m.store.Notices(ctx)
	if err != nil {
		return nil, err
	}
	first := a.AsOf
	all = slices.DeleteFunc(all, func(n alert.Notice) bool {
		settled := n.Decision != alert.Undecided && n.DecidedAt.Before(a.Period.From) && n.To.Before(a.Period.From)
		return settled || !a.within(n.CreatedAt)
	})
	for _, n := range all {
		if n.From.Before(first) {
			first = n.From
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	starts, _, err := m.store.Beginnings(ctx, first)
	if err != nil {
		return nil, err
	}
	began := make(map[[2]string]time.Time, len(starts))
	for _, s := range starts {
		began[[2]string{s.Device, s.Subject}] = s.At
	}
	var list []Notice
	for _, n := range all {
		if n, err = m.decidedBy(ctx, a, n); err != nil {
			return nil, err
		}
		one, err := m.noticed(ctx, a, n, began)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// noticed gives the laptops on which it had begun by the end of the period.
func (m *Maker) noticed(ctx context.Context, a About, n alert.Notice, began map[[2]string]time.Time) (Notice, error) {
	one := Notice{Notice: n}
	_, devices, err := m.store.NoticeDevices(ctx, n.ID)
	if err != nil {
		return one, err
	}
	if !a.within(n.To) {
		one.To = time.Time{}
	}
	for _, d := range devices {
		at := began[[2]string{d.ID, n.Subject}]
		if !a.within(at) {
			continue
		}
		if !a.within(n.To) && at.After(one.To) {
			one.To = at
		}
		one.Laptops = append(one.Laptops, NoticeDevice{d.ID, d.Name, at})
	}
	one.Devices = len(one.Laptops)
	return one, nil
}

// decidedBy is a notice as somebody had decided on it by the end of the period.
func (m *Maker) decidedBy(ctx context.Context, a About, n alert.Notice) (alert.Notice, error) {
	if a.within(n.DecidedAt) {
		return n, nil
	}
	r, found, err := m.lastBefore(ctx, "notice/"+n.ID, a.Period.To)
	n.Decision, n.DecidedBy, n.DecidedAt, n.Comment = alert.Undecided, "", time.Time{}, ""
	if found {
		n.Decision, n.DecidedBy, n.DecidedAt = alert.Decision(strings.TrimPrefix(r.Action, "notice.")), r.Actor, r.At
		n.Comment = detailOf(r).Comment
	}
	return n, err
}

// A decision is what is read of the detail of an audit record.
type decision struct {
	Comment string `json:"comment"`
	Rows    int    `json:"rows"`
	Ranges  int    `json:"ranges"`
}

func detailOf(r audit.Record) (d decision) {
	_ = json.Unmarshal([]byte(r.Detail), &d) // what cannot be read says nothing; audit.csv has it as it is
	return d
}

type noticeRow struct {
	ID        string     `json:"id"`
	Subject   string     `json:"subject"`
	Tenant    string     `json:"tenant"`
	From      *time.Time `json:"from"`
	To        *time.Time `json:"to"`
	Devices   int        `json:"devices"`
	Decision  string     `json:"decision"`
	DecidedBy string     `json:"decided_by"`
	DecidedAt *time.Time `json:"decided_at"`
	Comment   string     `json:"comment"`
	CreatedAt *time.Time `json:"created_at"`
}

// undecided is what a notice is that nobody has decided on.
const undecided = "undecided"

func sortedNotices(s Snapshot) []Notice {
	return sortedBy(s.Notices, func(a, b Notice) int { return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID)) })
}

func noticesTable(s Snapshot) table {
	columns := []string{"notice_id", "subject", "tenant", "from", "to", "devices", "decision", "decided_by", "decided_at", "comment", "created_at"}
	return tabulate("notices", columns, sortedNotices(s), func(n Notice) ([]string, noticeRow) {
		r := noticeRow{n.ID, n.Subject, n.Tenant, when(n.From), when(n.To), n.Devices, cmp.Or(string(n.Decision), undecided), n.DecidedBy, when(n.DecidedAt), n.Comment, when(n.CreatedAt)}
		return []string{r.ID, r.Subject, r.Tenant, clock(n.From), clock(n.To), strconv.Itoa(r.Devices), r.Decision, r.DecidedBy, clock(n.DecidedAt), r.Comment, clock(n.CreatedAt)}, r
	})
}

type noticeDeviceRow struct {
	NoticeID string     `json:"notice_id"`
	DeviceID string     `json:"device_id"`
	Device   string     `json:"device"`
	BeganAt  *time.Time `json:"began_at"`
}

func noticeDevicesTable(s Snapshot) table {
	type pair struct {
		notice string
		NoticeDevice
	}
	var list []pair
	for _, n := range sortedNotices(s) {
		for _, d := range sortedBy(n.Laptops, func(a, b NoticeDevice) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) }) {
			list = append(list, pair{n.ID, d})
		}
	}
	return tabulate("notice_devices", []string{"notice_id", "device_id", "device", "began_at"}, list, func(p pair) ([]string, noticeDeviceRow) {
		return []string{p.notice, p.ID, p.Name, clock(p.At)}, noticeDeviceRow{p.notice, p.ID, p.Name, when(p.At)}
	})
}
