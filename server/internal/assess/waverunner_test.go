package assess_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/store"
	"github.com/farmwatch/farmwatch/server/internal/wave"
)

// A rollout is a fleet of laptops, all enrolled on one day, on which software appears.
type rollout struct {
	t      *testing.T
	db     *store.SQLite
	known  *catalogue.Catalogue
	runner *assess.Runner
	waves  *assess.WaveRunner
	now    time.Time
	told   map[string]uint64
	tenant string // to which the tools answer
}

const laptops = 60

func newRollout(t *testing.T) *rollout {
	t.Helper()
	known, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	r := &rollout{t: t, db: db, known: known, now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), told: map[string]uint64{}, tenant: "p:provider"}
	ids := 0
	clock, log := func() time.Time { return r.now }, slog.New(slog.DiscardHandler)
	r.runner = assess.NewRunner(db, known, clock, func() string { ids++; return fmt.Sprintf("alert-%04d", ids) }, func([]alert.Alert) {}, log)
	r.waves = assess.NewWaveRunner(db, known, wave.Default(), clock, func() {}, log)
	for n := range laptops {
		r.must(db.Enrolment(t.Context(), func(tx enroll.Tx) error {
			return tx.SaveEnrolment(t.Context(), device.Device{ID: name(n), AgentID: "a-" + name(n), Name: name(n), OS: "windows", EnrolledAt: r.now}, "t")
		}))
	}
	return r
}

func name(n int) string { return fmt.Sprintf("d%02d", n) }

func (r *rollout) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// find has a laptop tell of something, and the collector judge it.
func (r *rollout) find(n int, rules ...string) {
	r.t.Helper()
	report := finding.Report{At: r.now}
	for _, id := range rules {
		rule, ok := r.known.Rule(id)
		if !ok {
			r.t.Fatalf("no rule %s", id)
		}
		report.Findings = append(report.Findings, finding.Finding{UID: id + "-" + name(n), Rule: id, Title: rule.Title, Status: finding.Open,
			Severity: rule.Severity, Confidence: rule.Confidence, FirstSeen: r.now, LastSeen: r.now,
			Evidence: []finding.Observation{{Class: rule.Class, UID: "row", Columns: map[string]string{"tenant": r.tenant}}}})
	}
	r.told[name(n)]++
	_, err := r.db.Record(r.t.Context(), []device.Delivery{{DeviceID: name(n), AgentID: "a-" + name(n), Epoch: "e", ReceivedAt: r.now,
		Entry: &device.Entry{Seq: r.told[name(n)], Wire: []byte{byte(r.told[name(n)])}, Report: report}}})
	r.must(err)
	r.must(r.runner.Catch(r.t.Context()))
}

// look lets the collector see what appeared on many laptops, and judge them anew.
func (r *rollout) look() {
	r.t.Helper()
	r.must(r.waves.Look(r.t.Context()))
	r.must(r.runner.Catch(r.t.Context()))
}

// alerts names the laptops with an alert that is not closed.
func (r *rollout) alerts() (list []string) {
	r.t.Helper()
	for n := range laptops {
		p, err := r.db.Past(r.t.Context(), name(n))
		r.must(err)
		if slices.ContainsFunc(p.Alerts, func(a alert.Alert) bool { return a.State != alert.Closed }) {
			list = append(list, name(n))
		}
	}
	return list
}

func (r *rollout) notice() alert.Notice {
	r.t.Helper()
	list, err := r.db.Notices(r.t.Context())
	r.must(err)
	if len(list) != 1 {
		r.t.Fatalf("there are %d notices, want one: %+v", len(list), list)
	}
	return list[0]
}

// TestAChangeOfTheFleetIsToldOnce: a provider's new product comes to forty laptops of
// sixty. One of them has a KVM as well, and one stood out before.
func TestAChangeOfTheFleetIsToldOnce(t *testing.T) {
	r := newRollout(t)
	product := []string{"tool.syncro.running", "tool.syncro.connected", "tool.syncro.tenant", "posture.always_on_power"}
	for n := range 19 {
		r.now = r.now.Add(20 * time.Minute)
		r.find(n, product...)
	}
	r.look()
	if got := r.alerts(); len(got) != 19 {
		t.Fatalf("%d laptops with new software that nobody sanctioned have an alert before they are many, want 19", len(got))
	}
	for n := 19; n < 40; n++ {
		r.now = r.now.Add(20 * time.Minute)
		r.find(n, product...)
		r.look()
	}
	if got := r.alerts(); len(got) != 0 {
		t.Errorf("alerts beside the notice, which tells all of it: %v", got)
	}
	if n := r.notice(); n.Devices != 40 || n.Subject != "syncro" || n.Tenant != "p:provider" || n.Decision != alert.Undecided {
		t.Errorf("the notice is %+v", n)
	}
	levels, err := r.db.Past(t.Context(), name(30))
	r.must(err)
	if s := levels.Standings; !slices.ContainsFunc(s, func(s assess.Standing) bool { return s.Level == finding.LevelMedium }) {
		t.Errorf("the laptop's assessment is as without the notice, got %+v", s)
	}
	r.now = r.now.Add(time.Hour)
	r.find(7, "kvm.default_identity")
	r.find(41, "tool.anydesk.running", "tool.anydesk.unattended")
	r.look()
	if got := r.alerts(); !slices.Equal(got, []string{name(7), name(41)}) {
		t.Errorf("alerts for what no notice tells: %v", got)
	}
	_, err = r.db.DecideNotice(t.Context(), r.notice().ID, func(n alert.Notice) (alert.Notice, error) {
		return n.Decide(alert.Actor{Name: "ada", Role: alert.Analyst}, alert.Unexpected, "nobody here rolled this out", r.now)
	})
	r.must(err)
	r.look()
	if got := r.alerts(); len(got) != 41 {
		t.Errorf("%d laptops have an alert once nobody expected it, want all 41", len(got))
	}
}

// TestUseIsNoPartOfAChange: that somebody is connected is told of each laptop, unless
// the tool there answers to whom all others do.
func TestUseIsNoPartOfAChange(t *testing.T) {
	for tenant, want := range map[bool]int{true: 0, false: 1} {
		r := newRollout(t)
		for n := range 40 {
			r.now = r.now.Add(time.Minute)
			rules := []string{"tool.rustdesk.running"}
			if tenant {
				rules = append(rules, "tool.rustdesk.tenant")
			}
			r.find(n, rules...)
		}
		r.look()
		r.find(3, "tool.rustdesk.controlled")
		r.look()
		if got := r.alerts(); len(got) != want {
			t.Errorf("with a tenant told (%v): alerts of %v, want %d", tenant, got, want)
		}
	}
}

// TestTakenOverIsNoPartOfAChange: on one laptop of a change of the fleet, the tool
// answers to a stranger a week later, who drives it.
func TestTakenOverIsNoPartOfAChange(t *testing.T) {
	r := newRollout(t)
	for n := range 40 {
		r.now = r.now.Add(time.Minute)
		r.find(n, "tool.rustdesk.running", "tool.rustdesk.tenant")
	}
	r.look()
	r.find(3, "tool.rustdesk.controlled")
	r.now = r.now.AddDate(0, 0, 7)
	r.tenant = "p:stranger"
	r.find(5, "tool.rustdesk.tenant", "tool.rustdesk.controlled")
	r.look()
	if got := r.alerts(); !slices.Equal(got, []string{name(5)}) {
		t.Errorf("alerts of %v, want one of the laptop that a stranger took over", got)
	}
}

// TestWhoTellsLateJoins: a laptop that was away tells after a month that the change came
// to it as well, when the first that it came to are not looked at any more.
func TestWhoTellsLateJoins(t *testing.T) {
	r := newRollout(t)
	for n := range 40 {
		r.now = r.now.Add(20 * time.Minute)
		r.find(n, "tool.syncro.running", "tool.syncro.connected", "tool.syncro.tenant")
	}
	r.look()
	then := r.now.Add(-10 * time.Minute)
	r.now = then.Add(30*24*time.Hour - 8*time.Hour)
	now := r.now
	r.now = then
	r.find(50, "tool.syncro.running", "tool.syncro.connected", "tool.syncro.tenant")
	r.now = now
	r.look()
	if n := r.notice(); n.Devices != 41 {
		t.Errorf("%d laptops are part of the notice, want 41", n.Devices)
	}
	if got := r.alerts(); len(got) != 0 {
		t.Errorf("alerts beside the notice: %v", got)
	}
}

// brittle keeps one of two notices, and fails at the other.
type brittle struct{ kept []string }

func (b *brittle) Beginnings(context.Context, time.Time) (starts []wave.Start, fleet int, err error) {
	for _, subject := range []string{"a.rule", "another.rule"} {
		for n := range laptops {
			starts = append(starts, wave.Start{Device: name(n), Subject: subject, At: time.Unix(int64(n), 0)})
		}
	}
	return starts, laptops, nil
}

func (b *brittle) Notices(context.Context) ([]alert.Notice, error) { return nil, nil }

func (b *brittle) KeepNotice(_ context.Context, n alert.Notice, _ []wave.Member) error {
	if n.Subject == "a.rule" {
		return errors.New("not today")
	}
	b.kept = append(b.kept, n.Subject)
	return nil
}

// TestANoticeThatCannotBeKeptStopsNoOther: and what is kept is told of.
func TestANoticeThatCannotBeKeptStopsNoOther(t *testing.T) {
	told, b := 0, &brittle{}
	waves := assess.NewWaveRunner(b, &catalogue.Catalogue{}, wave.Default(), time.Now, func() { told++ }, slog.New(slog.DiscardHandler))
	if err := waves.Look(t.Context()); err == nil {
		t.Error("it says nothing of what it could not keep")
	}
	if told != 1 || !slices.Equal(b.kept, []string{"another.rule"}) {
		t.Errorf("kept %v, told of %d times", b.kept, told)
	}
}
