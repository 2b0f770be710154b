package assess_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// A collector hears of one laptop through its real store and runner.
type collector struct {
	t      *testing.T
	db     *store.SQLite
	runner *assess.Runner
	now    time.Time
	seqs   map[int]uint64
	offset time.Duration // of the laptop's clock
}

func newCollector(t *testing.T, c *catalogue.Catalogue, truth *assess.Truth, offset time.Duration) *collector {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	k := &collector{t: t, db: db, now: truth.Begin, seqs: map[int]uint64{}, offset: offset}
	ids := 0
	k.runner = assess.NewRunner(db, c, func() time.Time { return k.now }, func() string { ids++; return fmt.Sprintf("alert-%04d", ids) }, func([]alert.Alert) {}, slog.New(slog.DiscardHandler))
	k.must(db.Enrolment(t.Context(), func(tx enroll.Tx) error {
		return tx.SaveEnrolment(t.Context(), device.Device{ID: "d1", AgentID: "a1", Name: "laptop", OS: "linux", EnrolledAt: truth.Enrolled}, "t")
	}))
	for _, n := range truth.Sanctions {
		n.Conditions.Ticket, n.Justification, n.CreatedBy = false, "what the laptop is for", "root"
		k.must(db.AddSanctions(t.Context(), "sanction.create", n))
	}
	for _, g := range truth.Groups {
		_, err := db.SetGroup(t.Context(), []string{"d1"}, g.Group, "root", g.Since)
		k.must(err)
	}
	return k
}

func (k *collector) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

// deliver takes words as they come over the wire, in the time of the laptop's own clock.
func (k *collector) deliver(words ...assess.Word) {
	k.t.Helper()
	var list []device.Delivery
	for _, w := range words {
		k.seqs[w.Epoch]++
		seq := k.seqs[w.Epoch]
		r := finding.Report{At: w.At.Add(k.offset)}
		for _, f := range w.Findings {
			f.FirstSeen, f.LastSeen = f.FirstSeen.Add(k.offset), f.LastSeen.Add(k.offset)
			r.Findings = append(r.Findings, f)
		}
		d := device.Delivery{DeviceID: "d1", AgentID: "a1", Epoch: fmt.Sprint("epoch-", w.Epoch), ReceivedAt: k.now, Offset: k.offset,
			Entry: &device.Entry{Seq: seq, Wire: fmt.Appendf(nil, "%d", seq), Report: r}}
		list = append(list, d)
		if seq%5 == 0 { // an acknowledgement was lost
			list = append(list, d)
		}
	}
	_, err := k.db.Record(k.t.Context(), list)
	k.must(err)
}

func (k *collector) beat() {
	k.t.Helper()
	_, err := k.db.Record(k.t.Context(), []device.Delivery{{DeviceID: "d1", AgentID: "a1", ReceivedAt: k.now, Offset: k.offset, Heard: &device.Heard{Offset: k.offset}}})
	k.must(err)
	k.must(k.runner.Sweep(k.t.Context()))
}

func (k *collector) judge() {
	k.t.Helper()
	k.must(k.runner.Catch(k.t.Context()))
}

// end hears the laptop once more, and gives what was concluded of it.
func (k *collector) end(truth *assess.Truth, findings bool) string {
	k.t.Helper()
	k.now = truth.End.Add(10 * time.Minute)
	k.beat()
	k.must(k.db.Tx(k.t.Context(), func(tx *store.Tx) error { return tx.MarkDirty(k.t.Context(), "d1") }))
	k.judge()
	p, err := k.db.Past(k.t.Context(), "d1")
	k.must(err)
	return assess.Outcome(p.Standings, p.Alerts, findings)
}

// TestALedgerCanBeRecomputed is what an auditor does: of the history that a judgement
// rested on, written down as JSON, the catalogue of its revision gives the same bytes.
func TestALedgerCanBeRecomputed(t *testing.T) {
	t.Parallel()
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(5) {
		truth := assess.RandomTruth(rand.New(rand.NewPCG(seed, 10)))
		k := newCollector(t, c, truth, 0)
		k.now = truth.End.Add(time.Minute)
		k.deliver(truth.Words(1)...)
		k.end(truth, true)
		p, err := k.db.Past(t.Context(), "d1")
		k.must(err)
		dump, err := json.Marshal(assess.HistoryOf(c, p, k.now))
		k.must(err)
		var read catalogue.History
		k.must(json.Unmarshal(dump, &read))
		again, err := catalogue.Embedded()
		k.must(err)
		for _, a := range again.Assess(read) {
			i := slices.IndexFunc(p.Standings, func(s assess.Standing) bool { return s.Conclusion == a.Conclusion })
			kept := p.Standings[i]
			if kept.Revision != again.Revision || kept.Level != a.Level || kept.Score != a.Score ||
				string(assess.EncodeLedger(kept.Ledger)) != string(assess.EncodeLedger(a.Ledger)) {
				t.Errorf("seed %d: kept %s with %s, recomputed %s with %s", seed, kept.Level, assess.EncodeLedger(kept.Ledger), a.Level, assess.EncodeLedger(a.Ledger))
			}
		}
	}
}

// TestTheVerdictDoesNotDependOnTheDelivery holds the promise of Judge through the real
// store: a laptop that is always online, one that was offline for a month and tells all of
// it at once, one whose clock is five minutes wrong and whose entries come late and twice,
// and one of which two lives of the spool are told across each other.
func TestTheVerdictDoesNotDependOnTheDelivery(t *testing.T) {
	t.Parallel()
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	alerts := 0
	for seed := range uint64(12) {
		chance := rand.New(rand.NewPCG(seed, 9))
		truth := assess.RandomTruth(chance)
		one, two := truth.Words(1), truth.Words(2)
		online := newCollector(t, c, truth, 0)
		for i, w := range one {
			online.now = w.At
			online.deliver(w)
			online.judge()
			if next := w.At.Add(time.Minute); i+1 < len(one) && next.Before(one[i+1].At) {
				online.now = next
				online.beat()
			}
		}
		want := online.end(truth, true)

		offline := newCollector(t, c, truth, -5*time.Minute)
		half := len(one) / 2
		for _, w := range one[:half] {
			offline.now = w.At
			offline.deliver(w)
			offline.judge()
		}
		offline.now = truth.End.Add(time.Minute)
		for _, w := range one[half:] { // a month of it, and it is judged while it comes
			offline.deliver(w)
			if chance.IntN(3) == 0 {
				offline.judge()
			}
		}
		if diff := cmp.Diff(want, offline.end(truth, true)); diff != "" {
			t.Fatalf("seed %d: offline, its clock behind (-online +offline):\n%s", seed, diff)
		}

		across := newCollector(t, c, truth, 5*time.Minute)
		across.now = truth.End.Add(time.Minute)
		for _, epoch := range []int{1, 0} {
			for _, w := range two {
				if w.Epoch == epoch {
					across.deliver(w)
				}
			}
		}
		across.judge()
		if diff := cmp.Diff(want, across.end(truth, true)); diff != "" {
			t.Fatalf("seed %d: two lives of the spool, its clock ahead (-online +across):\n%s", seed, diff)
		}
		p, err := online.db.Past(t.Context(), "d1")
		online.must(err)
		alerts += len(p.Alerts)

		// Judged on half the news, an alert may tell of what the rest puts an end to. The standings
		// are the same.
		between := newCollector(t, c, truth, 0)
		between.now = truth.End.Add(time.Minute)
		for _, epoch := range []int{0, 1} {
			for _, w := range two {
				if w.Epoch == epoch {
					between.deliver(w)
					if chance.IntN(4) == 0 {
						between.judge()
					}
				}
			}
			between.judge()
		}
		between.end(truth, false)
		late, err := between.db.Past(t.Context(), "d1")
		between.must(err)
		if diff := cmp.Diff(assess.Outcome(p.Standings, nil, false), assess.Outcome(late.Standings, nil, false)); diff != "" {
			t.Fatalf("seed %d: one life of the spool after the other (-online +between):\n%s", seed, diff)
		}
	}
	if alerts < 3 {
		t.Errorf("%d alerts: nothing was put to the test", alerts)
	}
}

// A spool of a month is told word by word. What it has not told yet did not last until now.
func TestWhatASpoolHasNotToldYetDoesNotLast(t *testing.T) {
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC)
	truth := &assess.Truth{Begin: begin, End: begin.Add(30 * 24 * time.Hour), Enrolled: begin.Add(-time.Hour),
		Stretches: []assess.Stretch{{UID: "u", Rule: "tool.quick-assist.controlled", From: begin, To: begin.Add(20 * time.Minute)}}}
	k := newCollector(t, c, truth, 0)
	words := truth.Words(1)
	k.now = truth.End
	k.deliver(words[0])
	k.judge()
	k.deliver(words[1])
	k.judge()
	p, err := k.db.Past(t.Context(), "d1")
	k.must(err)
	if len(p.Alerts) != 1 || p.Alerts[0].Level != finding.LevelMedium || p.Alerts[0].Active {
		t.Errorf("twenty minutes of help, told a month later: %+v", p.Alerts)
	}
	if !p.Heard.Equal(words[1].At) || !p.Seen.Equal(words[1].At) {
		t.Errorf("told up to %v, judged up to %v", p.Heard, p.Seen)
	}
	k.now = truth.End.Add(30 * time.Second)
	k.beat() // it may have overtaken reports
	k.now = truth.End.Add(2 * time.Minute)
	k.beat()
	if p, err = k.db.Past(t.Context(), "d1"); err != nil || !p.Heard.Equal(k.now) {
		t.Errorf("nothing more to tell, and told up to %v: %v", p.Heard, err)
	}
}

// TestAReimageMakesNothingNew enrols a laptop again with another agent: it is as old as it
// was, and what was known of it is. Another laptop is new by itself.
func TestAReimageMakesNothingNew(t *testing.T) {
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	truth := &assess.Truth{Begin: begin, End: begin.Add(200 * day), Enrolled: begin}
	k := newCollector(t, c, truth, 0)
	word := func(uid string, at time.Time) assess.Word {
		return assess.Word{At: at, Findings: []finding.Finding{{UID: uid, Rule: "tool.anydesk.running", Title: "AnyDesk is running", Status: finding.Open,
			Severity: finding.SeverityMedium, Confidence: finding.ConfidenceHigh, FirstSeen: at, LastSeen: at}}}
	}
	enrol := func(id, agent string) {
		k.must(k.db.Enrolment(t.Context(), func(tx enroll.Tx) error {
			return tx.SaveEnrolment(t.Context(), device.Device{ID: id, AgentID: agent, Name: id, OS: "linux", EnrolledAt: k.now}, "t")
		}))
	}
	levelOf := func(id string) (finding.Level, bool) {
		t.Helper()
		k.judge()
		p, err := k.db.Past(t.Context(), id)
		k.must(err)
		for _, s := range p.Standings {
			if s.Conclusion == finding.RemotelyControlled {
				return s.Level, p.Enrolled.Equal(begin)
			}
		}
		return "", false
	}
	k.now = begin.Add(100 * day)
	k.deliver(word("u1", k.now))
	if level, _ := levelOf("d1"); level != finding.LevelWatch {
		t.Fatalf("an old laptop stands at %s", level)
	}
	k.now = begin.Add(101 * day)
	enrol("d1", "a2")
	deliverAs := func(id, agent string, w assess.Word) {
		receipts, err := k.db.Record(t.Context(), []device.Delivery{{DeviceID: id, AgentID: agent, Epoch: "after " + agent, ReceivedAt: k.now,
			Entry: &device.Entry{Seq: 1, Wire: []byte("1"), Report: finding.Report{At: w.At, Findings: w.Findings}}}})
		if err != nil || receipts[0].Outcome != device.Stored {
			t.Fatalf("Record = %v, %v", receipts, err)
		}
	}
	deliverAs("d1", "a2", word("u2", k.now))
	if level, old := levelOf("d1"); level != finding.LevelWatch || !old {
		t.Errorf("after a re-image it stands at %s, as old as it was: %v", level, old)
	}
	p, err := k.db.Past(t.Context(), "d1")
	if err != nil || len(p.Spells) != 2 {
		t.Errorf("a re-image forgot: %d spells, %v", len(p.Spells), err)
	}
	enrol("d2", "b1")
	deliverAs("d2", "b1", word("u1", k.now))
	if level, old := levelOf("d2"); level != finding.LevelMedium || old {
		t.Errorf("a replacement is new, yet it stands at %s", level)
	}
}
