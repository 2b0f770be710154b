package assess_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/egress"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

var monday = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)

// A shelf is a store with laptops behind one router of a home, and what looks at it.
type shelf struct {
	*testing.T
	db        *store.SQLite
	catalogue *catalogue.Catalogue
	now       time.Time
	told      []string
	missing   []string
	runner    *assess.EgressRunner
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := &shelf{T: t, db: db, now: monday}
	if s.catalogue, err = catalogue.Embedded(); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		err := db.Enrolment(t.Context(), func(tx enroll.Tx) error {
			return tx.SaveEnrolment(t.Context(), device.Device{ID: fmt.Sprintf("d%d", n), AgentID: fmt.Sprintf("a%d", n), Name: "laptop", OS: "linux", EnrolledAt: monday}, "t")
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	s.restart()
	return s
}

func (s *shelf) restart() {
	s.runner = assess.NewEgressRunner(assess.EgressOptions{Store: s.db, Catalogue: s.catalogue, Numbers: egress.Default(), Now: func() time.Time { return s.now },
		Missing: func() []string { return s.missing }, Concluded: func(id string) { s.told = append(s.told, id) }, Log: slog.New(slog.DiscardHandler)})
}

// stand lets the laptops be heard in the place of that day, which is theirs until another is given.
func (s *shelf) stand(class, address string) {
	s.Helper()
	for n := range 3 {
		facts := []finding.Facts{{Class: "network_interfaces", Rows: []finding.Observation{{Class: "network_interfaces", UID: "e",
			Columns: map[string]string{"up": "true", "default_route": "true", "gateway": "p:router"}}}}}
		id, agent := fmt.Sprintf("d%d", n), fmt.Sprintf("a%d", n)
		acked, err := s.db.Acked(s.Context(), id, "e")
		if err != nil {
			s.Fatal(err)
		}
		_, err = s.db.Record(s.Context(), []device.Delivery{
			{DeviceID: id, AgentID: agent, Epoch: "e", ReceivedAt: s.now, Entry: &device.Entry{Seq: acked + 1, Wire: fmt.Append(nil, acked), Report: finding.Report{At: s.now, Facts: facts}}},
			{DeviceID: id, AgentID: agent, Epoch: "e", ReceivedAt: s.now, Heard: &device.Heard{Stay: &device.Stay{Address: address, Network: 7922, NetworkClass: class, Country: "US"}}},
		})
		if err != nil {
			s.Fatal(err)
		}
	}
}

func (s *shelf) look() {
	s.Helper()
	if err := s.runner.Look(s.Context()); err != nil {
		s.Fatal(err)
	}
}

// spells are those of what the collector found, without when it heard of them.
func (s *shelf) spells() []device.Spell {
	s.Helper()
	var list []device.Spell
	for n := range 3 {
		p, err := s.db.Past(s.Context(), fmt.Sprintf("d%d", n))
		if err != nil {
			s.Fatal(err)
		}
		list = append(list, p.Spells...)
	}
	return list
}

// What is found is judged by the days it was so: a collector that looked every day
// finds the same as one that looks once.
func TestWhatTheCollectorFindsIsOfItsTime(t *testing.T) {
	daily, late := newShelf(t), newShelf(t)
	for range 12 {
		daily.stand(device.NetworkResidential, "a:house")
		late.stand(device.NetworkResidential, "a:house")
		daily.look()
		daily.now, late.now = daily.now.Add(24*time.Hour), late.now.Add(24*time.Hour)
	}
	daily.now, late.now = daily.now.Add(-24*time.Hour), late.now.Add(-24*time.Hour)
	late.look()
	if diff := cmp.Diff(daily.spells(), late.spells(), cmpopts.IgnoreFields(device.Finding{}, "ReceivedAt")); diff != "" {
		t.Errorf("looked daily and late (-daily +late):\n%s", diff)
	}
	got := late.spells()
	if len(got) != 3 || got[0].Finding.Rule != "location.shares_place" || !got[0].From.Equal(monday.AddDate(0, 0, 9)) || !got[0].To.IsZero() {
		t.Fatalf("spells = %+v", got)
	}
	if rows := got[0].Finding.Evidence; len(rows) != 0 { // read only where a sanction wants to see it
		t.Errorf("evidence = %v", rows)
	}
	f, err := late.db.Dossier(t.Context(), "d0")
	if err != nil || len(f.Findings) != 1 || f.Findings[0].Evidence[0].Class != egress.Class || f.Findings[0].Evidence[0].Columns["shared_days"] != "12" {
		t.Errorf("finding = %+v, %v", f.Findings, err)
	}
}

// A restart finds what stands and tells nothing twice; nothing that is found means
// that a laptop was heard; what no longer holds is closed, and holds again as before.
func TestWhatTheCollectorFindsEndsAndComesBack(t *testing.T) {
	s := newShelf(t)
	for range 12 {
		s.stand(device.NetworkResidential, "a:house")
		s.now = s.now.Add(24 * time.Hour)
	}
	s.now = s.now.Add(-18 * time.Hour)
	heard, err := s.db.Device(t.Context(), "d0")
	if err != nil {
		t.Fatal(err)
	}
	s.look()
	if len(s.told) != 3 || len(s.spells()) != 3 {
		t.Fatalf("told %v, found %v", s.told, s.spells())
	}
	if after, err := s.db.Device(t.Context(), "d0"); err != nil || !after.LastSeen.Equal(heard.LastSeen) {
		t.Errorf("a finding of the collector let the laptop be heard at %s, %v", after.LastSeen, err)
	}
	s.restart()
	s.look()
	s.look()
	if len(s.told) != 3 {
		t.Errorf("after a restart it was told again: %v", s.told)
	}
	// The house is the company's own from now on: imported, and told by each heartbeat.
	s.now = s.now.Add(time.Hour)
	own := device.Stay{Address: "a:house", Network: 7922, NetworkClass: device.NetworkResidential, Country: "US", Corporate: "Branch"}
	if _, err := s.db.Record(t.Context(), []device.Delivery{{DeviceID: "d0", AgentID: "a0", Epoch: "e", ReceivedAt: s.now, Heard: &device.Heard{Stay: &own}}}); err != nil {
		t.Fatal(err)
	}
	s.look()
	for _, spell := range s.spells() {
		if spell.To.IsZero() || spell.To.After(s.now) {
			t.Errorf("%s is open though the place is the company's own", spell.Finding.UID)
		}
	}
	if _, err := s.db.RemoveDevice(t.Context(), "d1", "root", s.now); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(time.Hour)
	s.stand(device.NetworkResidential, "a:house")
	s.look()
	if got, err := s.db.Dossier(t.Context(), "d1"); err != nil || slices.ContainsFunc(got.Facts, func(f device.Facts) bool { return f.Class == egress.Class }) {
		t.Errorf("a removed laptop still stands somewhere: %v, %v", got.Facts, err)
	}
}

// What was found alone raises no alert; it can be sanctioned by its own evidence.
func TestWhatTheCollectorFindsCountsAsAnyOther(t *testing.T) {
	s := newShelf(t)
	for range 12 {
		s.stand(device.NetworkResidential, "a:house")
		s.now = s.now.Add(24 * time.Hour)
	}
	s.now = s.now.Add(-18 * time.Hour)
	s.look()
	judge := func() map[finding.Conclusion]finding.Level {
		s.Helper()
		levels := map[finding.Conclusion]finding.Level{}
		p, err := s.db.Past(t.Context(), "d0")
		if err != nil {
			t.Fatal(err)
		}
		v := assess.Judge(s.catalogue, p, s.now, func() string { return "id" })
		for _, n := range v.Standings {
			levels[n.Conclusion] = n.Level
		}
		if len(v.Alerts) > 0 {
			t.Errorf("it raised %v", v.Alerts)
		}
		return levels
	}
	if got := judge(); got[finding.InFarm] != finding.LevelWatch {
		t.Errorf("three laptops at home give %v, want watch for a farm", got)
	}
	err := s.db.AddSanctions(t.Context(), "sanction.create", alert.Sanction{ID: "s1", Name: "flat", Version: 1, Tools: []string{"location.shares_place"}, Devices: []string{"d0"},
		Where: []alert.Condition{{Column: "country", Value: "US"}}, CreatedBy: "root", CreatedAt: s.now, StartsAt: s.now.Add(-time.Hour), ExpiresAt: s.now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if got := judge(); got[finding.InFarm] != finding.LevelNone {
		t.Errorf("sanctioned by its evidence it still gives %v", got)
	}
}

// Without files about networks it is said that most cannot be seen.
func TestWhatIsNotKnownIsSaid(t *testing.T) {
	s := newShelf(t)
	s.missing = []string{"The kind of a network is not known."}
	s.stand(device.NetworkUnknown, "a:house")
	s.look()
	got, err := s.db.Dossier(t.Context(), "d0")
	if err != nil || len(got.Coverage) != 1 || got.Coverage[0].State != finding.CoverageAbsent || !strings.Contains(got.Coverage[0].Detail, "lacks files") {
		t.Errorf("coverage = %+v, %v", got.Coverage, err)
	}
	s.missing = nil
	s.restart()
	s.look()
	if got, err = s.db.Dossier(t.Context(), "d0"); err != nil || got.Coverage[0].State != finding.CoverageOK {
		t.Errorf("coverage = %+v, %v", got.Coverage, err)
	}
}
