package assess_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/roster"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// A staff is a store with laptops, what is imported of them, and what looks at it.
type staff struct {
	testing.TB
	db     *store.SQLite
	now    time.Time
	told   []string
	runner *assess.ContextRunner
}

func newStaff(t testing.TB, laptops int) *staff {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	c, err := catalogue.Load(os.DirFS("../../../proto/catalogue"))
	if err != nil {
		t.Fatal(err)
	}
	s := &staff{TB: t, db: db, now: monday}
	err = db.Enrolment(t.Context(), func(tx enroll.Tx) error {
		for n := range laptops {
			if err := tx.SaveEnrolment(t.Context(), device.Device{ID: fmt.Sprintf("d%d", n), AgentID: fmt.Sprintf("a%d", n), Name: fmt.Sprintf("laptop-%d", n), OS: "linux", EnrolledAt: monday}, "t"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.runner = assess.NewContextRunner(db, c, func() time.Time { return s.now }, func(id string) { s.told = append(s.told, id) }, slog.New(slog.DiscardHandler))
	return s
}

func (s *staff) imports(kind, text string) {
	s.Helper()
	entries, err := roster.Read(kind, kind+".csv", "", []byte(text), roster.Options{
		Pseudonym: func(v string) string { return "p:" + v }, Address: func(v string) string { return "a:" + v }, Tool: func(w string) (string, bool) { return w, true },
	})
	if err == nil {
		_, _, err = s.db.ReplaceImport(s.Context(), roster.Import{Kind: kind, Label: "hr", By: "root", At: s.now}, entries, nil)
	}
	if err != nil {
		s.Fatal(err)
	}
}

// stand lets a laptop be heard from a country.
func (s *staff) stand(n int, country string) {
	s.Helper()
	_, err := s.db.Record(s.Context(), []device.Delivery{{DeviceID: fmt.Sprintf("d%d", n), AgentID: fmt.Sprintf("a%d", n), Epoch: "e", ReceivedAt: s.now,
		Heard: &device.Heard{Stay: &device.Stay{Address: "a:" + country, Network: 7922, NetworkClass: device.NetworkResidential, Country: country}}}})
	if err != nil {
		s.Fatal(err)
	}
}

// look looks and says what is open, what the row says, and whether it could look.
func (s *staff) look(n int) (open []string, row map[string]string, coverage finding.CoverageState) {
	s.Helper()
	s.told = nil
	if err := s.runner.Look(s.Context()); err != nil {
		s.Fatal(err)
	}
	d, err := s.db.Dossier(s.Context(), fmt.Sprintf("d%d", n))
	if err != nil {
		s.Fatal(err)
	}
	for _, f := range d.Findings {
		if f.Status == finding.Open {
			open = append(open, f.Rule)
		}
	}
	for _, f := range d.Facts {
		if f.Class == device.ContextClass && len(f.Rows) == 1 {
			row = f.Rows[0].Columns
		}
	}
	for _, c := range d.Coverage {
		if c.Class == device.ContextClass {
			coverage = c.State
		}
	}
	slices.Sort(open)
	return open, row, coverage
}

func TestWhatIsImportedIsJudgedAndSaid(t *testing.T) {
	s := newStaff(t, 2)
	if open, row, coverage := s.look(0); len(open) != 0 || row != nil || coverage != finding.CoverageAbsent || len(s.told) != 2 {
		t.Errorf("with nothing imported: %v, %v, coverage %s, told %v", open, row, coverage, s.told)
	}
	if s.look(0); len(s.told) != 0 {
		t.Errorf("told again of %v, though nothing changed", s.told)
	}
	s.imports(roster.People, "person,declared_place,credential\np-0,PT,unverified\np-1,PT,\n")
	s.imports(roster.Devices, "device,person,handed_out\nlaptop-0,p-0,2026-11-02\nlaptop-1,p-1,2026-11-02\n")
	if open, row, coverage := s.look(0); !slices.Equal(open, []string{"context.credential"}) || row["person_known"] != "true" || coverage != finding.CoverageOK {
		t.Errorf("with people: %v, %v, coverage %s", open, row, coverage)
	}
	for range 9 {
		s.stand(0, "ES")
		s.stand(1, "PT")
		s.now = s.now.AddDate(0, 0, 1)
	}
	s.stand(0, "ES")
	open, row, _ := s.look(0)
	if want := []string{"context.credential", "context.first_use_elsewhere", "context.place_differs"}; !slices.Equal(open, want) || row["place_declared_differs"] != "10" || row["in_service_days"] != "5" {
		t.Errorf("after ten days elsewhere: %v, %v", open, row)
	}
	if open, row, _ := s.look(1); len(open) != 0 || row["place_declared_differs"] != "" || len(s.told) != 0 {
		t.Errorf("at home: %v, %v, told %v", open, row, s.told)
	}
	// The journey is told of afterwards, and explains what was found.
	s.imports(roster.Travel, "person,from,to,place\np-0,2026-11-01,2026-11-20,ES\n")
	if open, row, _ := s.look(0); !slices.Equal(open, []string{"context.credential", "context.travelling"}) || row["travelling"] != "true" {
		t.Errorf("on a journey: %v, %v", open, row)
	}
	for _, kind := range []string{roster.People, roster.Devices, roster.Travel} {
		if _, err := s.db.RemoveImports(t.Context(), kind, "", "root", s.now); err != nil {
			t.Fatal(err)
		}
	}
	if open, row, coverage := s.look(0); len(open) != 0 || row != nil || coverage != finding.CoverageAbsent {
		t.Errorf("with nothing left: %v, %v, coverage %s", open, row, coverage)
	}
}

// TestALaptopThatSleepsIsLeftAlone: what is said of it is said again once it is heard,
// but what nobody imports any more goes at once.
func TestALaptopThatSleepsIsLeftAlone(t *testing.T) {
	s := newStaff(t, 1)
	s.imports(roster.People, "person,credential\np-0,unverified\n")
	s.imports(roster.Devices, "device,person\nlaptop-0,p-0\n")
	s.stand(0, "PT")
	s.look(0)
	s.now = s.now.AddDate(0, 0, 20)
	if _, row, _ := s.look(0); row["in_service_days"] != "0" || len(s.told) != 0 {
		t.Errorf("asleep: %v, told %v", row, s.told)
	}
	if _, err := s.db.RemoveImports(t.Context(), roster.People, "", "root", s.now); err != nil {
		t.Fatal(err)
	}
	if open, row, _ := s.look(0); len(open) != 0 || row["person_known"] != "false" {
		t.Errorf("after the import is gone: %v, %v", open, row)
	}
}

// TestATicketThatComesLateLetsTheAlertGo: help that was asked for is help, whenever the
// collector learns of the ticket.
func TestATicketThatComesLateLetsTheAlertGo(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	r := newRig(t, func() time.Time { return now })
	c, err := catalogue.Load(os.DirFS("../../../proto/catalogue"))
	if err != nil {
		t.Fatal(err)
	}
	ids := 0
	r.runner = assess.NewRunner(r.db, c, r.now, func() string { ids++; return fmt.Sprintf("alert-%d", ids) }, func([]alert.Alert) {}, slog.New(slog.DiscardHandler))
	s := &staff{TB: t, db: r.db, now: now}
	for i, f := range []struct{ uid, rule, class string }{{"r", "tool.anydesk.running", "processes"}, {"c", "tool.anydesk.controlled", "remote_sessions"}} {
		r.says(f.rule, f.class, f.uid, finding.Open, now.Add(time.Duration(i)*time.Minute), 0, map[string]string{"tool": "anydesk", "approval": "password"})
	}
	now = now.Add(30 * time.Minute)
	for _, f := range []struct{ uid, rule, class string }{{"c", "tool.anydesk.controlled", "remote_sessions"}, {"r", "tool.anydesk.running", "processes"}} {
		r.says(f.rule, f.class, f.uid, finding.Open, now, 0, map[string]string{"tool": "anydesk", "approval": "password"})
	}
	before, ledger := r.level()
	if before == finding.LevelNone {
		t.Fatalf("without a ticket the level is %s: %s", before, ledger)
	}
	for _, f := range []struct{ uid, rule, class string }{{"c", "tool.anydesk.controlled", "remote_sessions"}, {"r", "tool.anydesk.running", "processes"}} {
		r.says(f.rule, f.class, f.uid, finding.Closed, now.Add(time.Minute), 0, map[string]string{"tool": "anydesk", "approval": "password"})
	}
	stood := strings.Join(levels(r), " ")
	now = now.Add(20 * time.Hour)
	s.now = now
	s.imports(roster.Tickets, "device,ticket,from,to,tool\nd1,INC-1,2026-11-25T11:50:00Z,2026-11-25T13:00:00Z,anydesk\n")
	if after, ledger := r.level(); after != finding.LevelNone {
		t.Errorf("with the ticket the level is %s (%s before, then %s): %s", after, before, stood, ledger)
	}
	for _, a := range r.alerts() {
		if a.Active {
			t.Errorf("the alert is still active: %+v", a)
		}
	}
}

func levels(r *rig) []string {
	var list []string
	for _, a := range r.alerts() {
		list = append(list, string(a.Level))
	}
	return list
}

// BenchmarkContextLook looks at a fleet of which nothing changed but when it was heard.
func BenchmarkContextLook(b *testing.B) {
	const laptops = 10_000
	s := newStaff(b, laptops)
	people, devices := "person,declared_place,shipped_to_address\n", "device,person,handed_out\n"
	for n := range laptops {
		people += fmt.Sprintf("p-%d,PT,Rua A %d\n", n, n)
		devices += fmt.Sprintf("laptop-%d,p-%d,2026-11-02\n", n, n)
	}
	began := time.Now()
	s.imports(roster.People, people)
	s.imports(roster.Devices, devices)
	b.Logf("two imports of %d rows: %s", laptops, time.Since(began).Round(time.Millisecond))
	began = time.Now()
	s.look(0)
	b.Logf("the first look: %s", time.Since(began).Round(time.Millisecond))
	for b.Loop() {
		if err := s.runner.Look(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
