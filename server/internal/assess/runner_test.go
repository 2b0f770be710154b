package assess_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// A rig is a store with one enrolled laptop, and a runner over it.
type rig struct {
	t      *testing.T
	db     *store.SQLite
	rule   catalogue.Rule
	runner *assess.Runner
	told   chan alert.Alert
	now    func() time.Time
	seq    uint64
}

func newRig(t *testing.T, now func() time.Time) *rig {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	c := &catalogue.Catalogue{
		Rules: []catalogue.Rule{{ID: "kvm.test", Title: "A KVM is attached", Status: "stable", Severity: finding.SeverityHigh,
			Confidence: finding.ConfidenceHigh, Tier: 1, Group: "kvm", Class: "usb_devices"}},
		Scale: catalogue.Scale{Watch: 20, Medium: 50, High: 80, Tier: map[int]int{1: 80}, TierCap: map[int]int{1: 100}},
	}
	r := &rig{t: t, db: db, rule: c.Rules[0], told: make(chan alert.Alert, 100), now: now}
	ids := 0
	newID := func() string { ids++; return fmt.Sprintf("alert-%04d", ids) }
	r.runner = assess.NewRunner(db, c, now, newID, func(list []alert.Alert) {
		for _, a := range list {
			r.told <- a
		}
	}, slog.New(slog.DiscardHandler))
	err = db.Enrolment(t.Context(), func(tx enroll.Tx) error {
		return tx.SaveEnrolment(t.Context(), device.Device{ID: "d1", AgentID: "a1", Name: "laptop", OS: "linux", EnrolledAt: now().Add(-time.Hour)}, "t")
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) tell(status finding.Status, uid string) {
	r.t.Helper()
	r.seq++
	now := r.now()
	f := finding.Finding{UID: uid, Rule: r.rule.ID, Title: r.rule.Title, Status: status, Severity: r.rule.Severity, Confidence: r.rule.Confidence,
		FirstSeen: now.Add(-time.Minute), LastSeen: now,
		Evidence: []finding.Observation{{Class: "usb_devices", UID: "o1", Columns: map[string]string{"vendor_id": "1d6b"}}}}
	if status == finding.Open {
		f.FirstSeen = now
	}
	receipts, err := r.db.Record(r.t.Context(), []device.Delivery{{DeviceID: "d1", AgentID: "a1", Epoch: "e", ReceivedAt: now,
		Entry: &device.Entry{Seq: r.seq, Wire: fmt.Appendf(nil, "%d", r.seq), Report: finding.Report{At: now, Findings: []finding.Finding{f}}}}})
	if err != nil || receipts[0].Outcome != device.Stored {
		r.t.Fatalf("Record = %v, %v", receipts, err)
	}
}

func (r *rig) alerts() []alert.Alert {
	r.t.Helper()
	var list []alert.Alert
	err := r.db.Read(r.t.Context(), func(tx *store.Tx) (err error) {
		list, err = tx.Alerts(r.t.Context(), alert.Filter{Limit: 100})
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

func TestFromCommitToAlertInTime(t *testing.T) {
	r := newRig(t, time.Now)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.runner.Run(ctx) }()
	time.Sleep(20 * time.Millisecond) // let the first look pass
	began := time.Now()
	r.tell(finding.Open, "u1")
	r.runner.Notify("d1")
	select {
	case a := <-r.told:
		took := time.Since(began)
		t.Logf("from commit to alert: %v", took)
		if took > time.Second { // the aim is 200 ms; a loaded build machine gets some slack
			t.Errorf("it took %v", took)
		}
		if a.DeviceID != "d1" || a.State != alert.New {
			t.Errorf("alert = %+v", a)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("no alert")
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAnAlertLivesThroughItsReview(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	r := newRig(t, func() time.Time { return now })
	ctx := t.Context()
	step := func(what string) {
		t.Helper()
		if err := r.runner.Catch(ctx); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		now = now.Add(time.Minute)
	}
	r.tell(finding.Open, "u1")
	step("open")
	list := r.alerts()
	if len(list) != 1 || !list[0].Active {
		t.Fatalf("alerts = %+v", list)
	}
	id := list[0].ID
	ana := alert.Actor{Name: "ana", Role: alert.Analyst}
	move := func(m alert.Move) (alert.Alert, error) {
		m.By, m.At = ana, now
		return r.db.MoveAlert(ctx, id, m)
	}
	a, err := move(alert.Move{Action: alert.Acknowledge, Etag: list[0].Etag()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := move(alert.Move{Action: alert.Close, Etag: list[0].Etag(), Reason: "duplicate", Comment: "a comment long enough to count"}); !errors.Is(err, alert.ErrConflict) {
		t.Errorf("a stale etag closed an alert: %v", err)
	}
	if _, err := move(alert.Move{Action: alert.Close, Etag: a.Etag(), Reason: "benign_own_equipment", Comment: "This KVM belongs to the test bench."}); err != nil {
		t.Fatal(err)
	}
	r.tell(finding.Closed, "u1")
	step("gone")
	r.tell(finding.Open, "u1")
	step("back")
	if list = r.alerts(); len(list) != 1 || list[0].State != alert.Closed {
		t.Errorf("what was decided on was opened again: %+v", list)
	}
	r.tell(finding.Open, "u2")
	step("new evidence")
	list = r.alerts()
	if len(list) != 2 {
		t.Fatalf("alerts = %+v", list)
	}
	for _, a := range list {
		if a.ID != id && (a.State != alert.New || a.Previous != id) {
			t.Errorf("new alert = %+v", a)
		}
	}
	if tree, err := r.db.VerifyAudit(ctx); err != nil || tree.Size != 3 {
		t.Errorf("audit = %+v, %v", tree, err)
	}
	if dirty, err := r.db.DirtyDevices(ctx); err != nil || len(dirty) != 0 {
		t.Errorf("dirty = %v, %v", dirty, err)
	}
}

func TestTimeAloneIsSwept(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	r := newRig(t, func() time.Time { return now })
	ctx := t.Context()
	err := r.db.AddSanctions(ctx, "sanction.create", alert.Sanction{ID: "s1", Name: "bench", Version: 1, Tools: []string{r.rule.ID}, Groups: []string{alert.AllWorkstations}, Justification: "The bench has one, see ticket", CreatedBy: "root",
		CreatedAt: now, StartsAt: now, ExpiresAt: now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	r.tell(finding.Open, "u1")
	if err := r.runner.Catch(ctx); err != nil {
		t.Fatal(err)
	}
	before := score(r)
	now = now.Add(2 * time.Hour)
	if err := r.runner.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if after := score(r); after != before {
		t.Errorf("the laptop sleeps, yet the score went from %d to %d", before, after)
	}
	if _, err := r.db.Record(ctx, []device.Delivery{{DeviceID: "d1", AgentID: "a1", ReceivedAt: now.Add(-time.Second), Heard: &device.Heard{}}}); err != nil {
		t.Fatal(err)
	}
	if err := r.runner.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if after := score(r); after <= before {
		t.Errorf("the sanction ended, yet the score went from %d to %d", before, after)
	}
}

func score(r *rig) int {
	r.t.Helper()
	total := 0
	err := r.db.Read(r.t.Context(), func(tx *store.Tx) error {
		standings, err := tx.Standings(r.t.Context(), "laptop")
		for _, s := range standings {
			total += s.Score
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return total
}

func TestAStoreThatIsGoneIsTold(t *testing.T) {
	r := newRig(t, time.Now)
	if err := r.db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.runner.Catch(t.Context()); err == nil || !strings.Contains(err.Error(), "devices to assess") {
		t.Errorf("Catch = %v", err)
	}
	if err := r.runner.Sweep(t.Context()); err == nil {
		t.Error("Sweep said nothing")
	}
}

// fleet is a store in which judging is only counted, and one device cannot be judged.
type fleet struct {
	runner *assess.Runner
	ids    []string
	judged []string
	news   []int // how many were judged when news were asked for
}

func (f *fleet) DirtyDevices(context.Context) ([]device.Dirty, error) {
	f.news = append(f.news, len(f.judged))
	return nil, nil
}

func (f *fleet) RestlessDevices(context.Context, string, time.Time) ([]string, error) {
	return f.ids, nil
}

func (f *fleet) Judge(_ context.Context, ids []string, _ func(assess.Past) (assess.Verdict, bool)) ([]assess.Verdict, error) {
	f.runner.Notify(ids[0])
	if slices.Contains(ids, "d007") {
		return nil, errors.New("not today")
	}
	some := ids[:(len(ids)+1)/2] // it has been enough
	f.judged = append(f.judged, some...)
	return make([]assess.Verdict, len(some)), nil
}

// TestNewsDoNotWaitForASweep: a sweep over many devices looks for news between, and one
// device that cannot be judged stops none of the others.
func TestNewsDoNotWaitForASweep(t *testing.T) {
	f := &fleet{}
	for n := range 100 {
		f.ids = append(f.ids, fmt.Sprintf("d%03d", n))
	}
	f.runner = assess.NewRunner(f, &catalogue.Catalogue{}, time.Now, nil, nil, slog.New(slog.DiscardHandler))
	if err := f.runner.Sweep(t.Context()); err == nil || strings.Count(err.Error(), "not today") != 1 {
		t.Errorf("of one device that cannot be judged it is told: %v", err)
	}
	if len(f.judged) != 99 || slices.Contains(f.judged, "d007") {
		t.Errorf("%d others were judged, want 99: %v", len(f.judged), f.judged)
	}
	if len(f.news) != 1 || f.news[0] != 63 {
		t.Errorf("news were looked for after %v devices, want once after the first 64", f.news)
	}
}
