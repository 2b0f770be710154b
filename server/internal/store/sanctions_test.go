package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// TestOldSanctionsStayWhatTheyWere: one of before permits after the migration
// what it permitted, and on the way back nothing permits more than it said.
func TestOldSanctionsStayWhatTheyWere(t *testing.T) {
	path := fill(t)
	open(t, path)
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	p, err := goose.NewProvider(goose.DialectSQLite3, raw, os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.DownTo(t.Context(), 15); err != nil {
		t.Fatal(err)
	}
	const kept = `INSERT INTO sanctions (id, tool, device_id, justification, created_by, created_at, starts_at, expires_at, conditions) VALUES
		('0198-000000000001', 'anydesk', NULL, 'for all', 'root', 1, 2, 9000000000000000, '[]'),
		('0198-000000000002', 'kvm.test', 'd1', 'for one', 'root', 1, 2, 9000000000000000, '[{"column":"vendor_id","value":"0624"}]')`
	if _, err := raw.Exec(kept); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	list, err := s.Sanctions(t.Context())
	if err != nil || len(list) != 2 {
		t.Fatalf("sanctions %+v, %v", list, err)
	}
	one, every := list[0], list[1]
	if every.Name != "anydesk-000000000001" || every.Version != 1 || !every.Reaches("d3", "") || !every.InForce(time.UnixMicro(2)) {
		t.Errorf("for every device: %+v", every)
	}
	if one.Name != "kvm.test-000000000002" || !one.Reaches("d1", "") || one.Reaches("d2", "") || len(one.Where) != 1 {
		t.Errorf("for one: %+v", one)
	}
	group := alert.Sanction{ID: "g", Name: "g", Version: 1, Tools: []string{"anydesk"}, Groups: []string{"sales"}, CreatedAt: time.UnixMicro(1), StartsAt: time.UnixMicro(1), ExpiresAt: time.UnixMicro(9e15)}
	ticket := group
	ticket.ID, ticket.Name, ticket.Groups, ticket.Conditions.Ticket = "t", "t", []string{alert.AllWorkstations}, true
	if err := s.AddSanctions(t.Context(), "sanction.apply", group, ticket); err != nil {
		t.Fatal(err)
	}
	if _, err := p.DownTo(t.Context(), 15); err != nil {
		t.Fatal(err)
	}
	var left string
	if err := raw.QueryRow("SELECT group_concat(id || ' ' || tool || ' ' || coalesce(device_id, 'all') || ' ' || conditions, '; ') FROM (SELECT * FROM sanctions ORDER BY id)").Scan(&left); err != nil {
		t.Fatal(err)
	}
	if want := `0198-000000000001 anydesk all []; 0198-000000000002 kvm.test d1 [{"column":"vendor_id","value":"0624"}]`; left != want {
		t.Errorf("on the way back: %s", left)
	}
}

// TestAJudgementReadsWhatCanSpeakOfTheDevice and nothing of the others'.
func TestAJudgementReadsWhatCanSpeakOfTheDevice(t *testing.T) {
	s := open(t, fill(t))
	now := time.Unix(1, 0).Add(200 * 24 * time.Hour)
	sanction := func(name string, end time.Duration, devices, groups []string) alert.Sanction {
		return alert.Sanction{ID: name, Name: name, Version: 1, Tools: []string{"anydesk"}, Devices: devices, Groups: groups,
			CreatedAt: now, StartsAt: now, ExpiresAt: now.Add(end), Conditions: alert.Conditions{Ticket: true}}
	}
	const long = 300 * 24 * time.Hour
	for _, group := range []string{"sales", ""} { // in a group that it has left
		if _, err := s.SetGroup(t.Context(), []string{"d1"}, group, "root", now); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.AddSanctions(t.Context(), "sanction.apply", sanction("mine", long, []string{"d1"}, nil), sanction("others", long, []string{"d2"}, nil),
		sanction("group", long, nil, []string{"sales"}), sanction("strangers", long, nil, []string{"others"}), sanction("revoked", long, nil, []string{alert.AllWorkstations}), sanction("past", -500*24*time.Hour, []string{"d1"}, nil)); err != nil {
		t.Fatal(err)
	}
	for _, w := range []alert.Window{{ID: "1", Sanction: "mine", Device: "d1"}, {ID: "2", Sanction: "others", Device: "d2"}} {
		w.Ticket, w.From, w.To, w.OpenedBy = "INC-1", now, now.Add(time.Hour), "ana"
		if err := s.OpenTicket(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.RevokeSanction(t.Context(), "revoked", "root", time.Unix(1, 0).Add(-200*24*time.Hour)); err != nil { // before what a judgement looks at
		t.Fatal(err)
	}
	past, err := s.Past(t.Context(), "d1")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, n := range past.Sanctions {
		names = append(names, n.Name)
	}
	if got := strings.Join(names, " "); got != "mine group" || len(past.Tickets) != 1 || past.Tickets[0].Sanction != "mine" {
		t.Errorf("read %s, tickets %+v", got, past.Tickets)
	}
	restored := filepath.Join(t.TempDir(), "backup.db")
	if err := s.Backup(t.Context(), restored); err != nil {
		t.Fatal(err)
	}
	again, err := open(t, restored).Past(t.Context(), "d1")
	if err != nil || len(again.Sanctions) != 2 || len(again.Tickets) != 1 {
		t.Errorf("from the backup: %+v, %v", again, err)
	}
}

func TestDevicesFoundAreThoseInTheScope(t *testing.T) {
	s := open(t, fill(t))
	if _, err := s.SetGroup(t.Context(), []string{"d1"}, "sales", "root", time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	at := time.Unix(2, 0)
	receipts, err := s.Record(t.Context(), []device.Delivery{{DeviceID: "d1", AgentID: "d1", Epoch: "new", ReceivedAt: at, Entry: &device.Entry{Seq: 1, Wire: []byte("1"),
		Report: finding.Report{At: at, Findings: []finding.Finding{{UID: "u", Rule: "tool.anydesk.running", Status: finding.Open, FirstSeen: at, LastSeen: at}}}}}})
	if err != nil || receipts[0].Outcome != device.Stored {
		t.Fatalf("Record = %v, %v", receipts, err)
	}
	rules := []string{"tool.anydesk.running"}
	every := alert.Sanction{Groups: []string{alert.AllWorkstations}}
	if found, err := s.DevicesFound(t.Context(), every, []string{"tool.anydesk.controlled"}, at); err != nil || len(found) != 0 {
		t.Errorf("of another rule: %q, %v", found, err)
	}
	for name, test := range map[string]struct {
		n    alert.Sanction
		want bool
	}{
		"every device":   {every, true},
		"it by its id":   {alert.Sanction{Devices: []string{"d1"}}, true},
		"its group":      {alert.Sanction{Devices: []string{"d9"}, Groups: []string{"sales"}}, true},
		"another group":  {alert.Sanction{Groups: []string{"others"}}, false},
		"another device": {alert.Sanction{Devices: []string{"d9"}}, false},
	} {
		found, err := s.DevicesFound(t.Context(), test.n, rules, at)
		if err != nil || slices.Contains(found, "d1") != test.want {
			t.Errorf("%s: %q, %v", name, found, err)
		}
	}
}
