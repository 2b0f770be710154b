package assess

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A hearing is a collector that hears of a truth, word by word, and judges.
type hearing struct {
	t     *testing.T
	c     *catalogue.Catalogue
	past  Past
	turns int
}

func hear(t *testing.T, c *catalogue.Catalogue, truth *Truth) *hearing {
	return &hearing{t: t, c: c, past: Past{Device: device.Device{ID: "d1", EnrolledAt: truth.Enrolled}, Groups: truth.Groups,
		Sanctions: truth.Sanctions, Tickets: truth.Tickets, Staging: truth.Staging, Heard: truth.Begin}}
}

// take keeps what a word says, as the store does: a word that came before changes nothing.
func (h *hearing) take(w Word) {
	unsettle := func(at time.Time) {
		if at = at.Add(-Overlap); at.Before(h.past.Seen) {
			h.past.Seen = at
		}
	}
	for _, f := range w.Findings {
		i := slices.IndexFunc(h.past.Spells, func(s device.Spell) bool { return s.Finding.UID == f.UID && s.From.Equal(f.FirstSeen) })
		if i < 0 {
			i = len(h.past.Spells)
			h.past.Spells = append(h.past.Spells, device.Spell{Finding: device.Finding{Finding: f}, From: f.FirstSeen, Last: f.LastSeen})
			unsettle(f.FirstSeen)
		}
		s := &h.past.Spells[i]
		if f.LastSeen.After(s.Last) {
			s.Last = f.LastSeen
		}
		if f.Status == "closed" && s.To.IsZero() {
			s.To = f.LastSeen
			unsettle(s.To)
		}
	}
	h.told(w.At)
}

func (h *hearing) told(at time.Time) {
	if at.After(h.past.Heard) {
		h.past.Heard = at
	}
}

func (h *hearing) judge(now time.Time) {
	for more := true; more; h.turns++ {
		if h.turns > 100000 {
			h.t.Fatal("judging comes to no end")
		}
		v := Judge(h.c, h.past, now, func() string { return fmt.Sprint("alert-", len(h.past.Alerts)) })
		more = v.More
		keep(&h.past, v)
	}
}

func (h *hearing) outcome(findings bool) string {
	return Outcome(slices.Clone(h.past.Standings), slices.Clone(h.past.Alerts), findings)
}

// prompt hears each word as it is said, heartbeats between, and judges by chance and when it is due.
func (h *hearing) prompt(truth *Truth, words []Word, chance *rand.Rand) {
	for i, w := range words {
		h.take(w)
		if chance.IntN(8) == 0 {
			h.take(words[chance.IntN(i+1)]) // once more
		}
		h.judge(w.At)
		next := truth.End
		if i+1 < len(words) {
			next = words[i+1].At
		}
		for at := w.At; ; {
			at = at.Add(time.Duration(1+chance.IntN(int(next.Sub(w.At)/time.Second)+1)) * time.Second)
			if !at.Before(next) {
				break
			}
			h.told(at)
			if due := h.past.Due.Heard; !due.IsZero() && !due.After(at) || chance.IntN(3) == 0 {
				h.judge(at)
			}
		}
	}
	h.told(truth.End)
	h.judge(truth.End)
}

// late hears words in another order between epochs, with delays, in batches and repeated.
func (h *hearing) late(truth *Truth, words []Word, chance *rand.Rand, between bool) {
	queues := map[int][]Word{}
	for _, w := range words {
		queues[w.Epoch] = append(queues[w.Epoch], w)
	}
	now := truth.Begin
	var said []Word
	for len(queues) > 0 {
		var epochs []int
		for e := range queues {
			epochs = append(epochs, e)
		}
		slices.Sort(epochs)
		e := epochs[chance.IntN(len(epochs))]
		for range 1 + chance.IntN(6) {
			if len(queues[e]) == 0 {
				break
			}
			w := queues[e][0]
			queues[e] = queues[e][1:]
			if w.At.After(now) {
				now = w.At.Add(time.Duration(chance.IntN(48*60)) * time.Minute)
			}
			h.take(w)
			said = append(said, w)
		}
		if len(queues[e]) == 0 {
			delete(queues, e)
		}
		if chance.IntN(4) == 0 {
			h.take(said[chance.IntN(len(said))])
		}
		if between && chance.IntN(3) > 0 {
			h.judge(now)
		}
	}
	h.told(truth.End)
	h.judge(truth.End)
}

// TestTheVerdictDependsOnWhenThingsHappened holds what Judge promises.
func TestTheVerdictDependsOnWhenThingsHappened(t *testing.T) {
	t.Parallel()
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	const laptops, groups = 200, 4
	var alerts atomic.Int64
	t.Run("laptops", func(t *testing.T) {
		for group := range uint64(groups) {
			t.Run(fmt.Sprint(group), func(t *testing.T) {
				t.Parallel()
				for seed := group; seed < laptops; seed += groups {
					alerts.Add(int64(sameHowever(t, c, seed)))
				}
			})
		}
	})
	t.Logf("%d laptops had %d alerts", laptops, alerts.Load())
	if alerts.Load() < 50 {
		t.Errorf("only %d alerts among %d laptops: nothing was put to the test", alerts.Load(), laptops)
	}
}

// sameHowever has collectors hear of one laptop in every way, and gives how many alerts it had.
func sameHowever(t *testing.T, c *catalogue.Catalogue, seed uint64) int {
	t.Helper()
	chance := rand.New(rand.NewPCG(seed, 7))
	truth := RandomTruth(chance)
	one, two := truth.Words(1), truth.Words(2)
	online := hear(t, c, truth)
	online.prompt(truth, one, chance)
	// A month offline, or longer: everything at once, at the end.
	offline := hear(t, c, truth)
	for _, w := range one {
		offline.take(w)
	}
	offline.told(truth.End)
	offline.judge(truth.End)
	if diff := cmp.Diff(online.outcome(true), offline.outcome(true)); diff != "" {
		t.Fatalf("seed %d: offline for all the time (-online +offline):\n%s", seed, diff)
	}
	delayed := hear(t, c, truth)
	delayed.late(truth, one, chance, true)
	if diff := cmp.Diff(online.outcome(true), delayed.outcome(true)); diff != "" {
		t.Fatalf("seed %d: delayed and repeated (-online +delayed):\n%s", seed, diff)
	}
	shuffled := hear(t, c, truth)
	shuffled.late(truth, two, chance, false)
	if diff := cmp.Diff(online.outcome(true), shuffled.outcome(true)); diff != "" {
		t.Fatalf("seed %d: two epochs out of order (-online +shuffled):\n%s", seed, diff)
	}
	// Judged on half the news, an alert may tell of what the other half puts an end to: it stays
	// for review. The standings are the same, and no alert is missing or weaker.
	halves := hear(t, c, truth)
	halves.late(truth, two, chance, true)
	if diff := cmp.Diff(Outcome(online.past.Standings, nil, false), Outcome(halves.past.Standings, nil, false)); diff != "" {
		t.Fatalf("seed %d: two epochs, judged between (-online +between):\n%s", seed, diff)
	}
	for _, a := range online.past.Alerts {
		if !slices.ContainsFunc(halves.past.Alerts, func(b alert.Alert) bool {
			return b.Conclusion == a.Conclusion && b.Level.Rank() >= a.Level.Rank() && b.Active == a.Active
		}) {
			t.Fatalf("seed %d: two epochs, judged between: %+v is missing or weaker among %+v", seed, a, halves.past.Alerts)
		}
	}
	return len(online.past.Alerts)
}

// TestATimelineSaysWhatThePlainHistoryDoes compares the prepared way with the plain one,
// and says nothing is due before it is.
func TestATimelineSaysWhatThePlainHistoryDoes(t *testing.T) {
	t.Parallel()
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(60) {
		chance := rand.New(rand.NewPCG(seed, 8))
		truth := RandomTruth(chance)
		h := hear(t, c, truth)
		for _, w := range truth.Words(1) {
			h.take(w)
		}
		h.told(truth.End)
		for range chance.IntN(3) {
			h.past.Blind = append(h.past.Blind, Blind{"usb_devices", finding.CoverageFailed, truth.End.Add(-time.Duration(chance.IntN(100)) * time.Hour)})
		}
		l := newTimeline(c, h.past, truth.End)
		moments := l.moments(time.Time{}, l.present)
		for range 60 {
			at := l.present
			if chance.IntN(10) > 0 && len(moments) > 0 {
				at = moments[chance.IntN(len(moments))]
			}
			want := c.Assess(historyBy(l.past, newPermits(c, l.past), at, l.clock(at)))
			if diff := cmp.Diff(want, l.at(at)); diff != "" {
				t.Fatalf("seed %d at %v (-plain +prepared):\n%s", seed, at, diff)
			}
		}
		h.dueHolds(t, seed, truth, chance)
	}
}

// dueHolds judges a laptop of which nothing new comes, before what it is due.
func (h *hearing) dueHolds(t *testing.T, seed uint64, truth *Truth, chance *rand.Rand) {
	t.Helper()
	h.judge(truth.End)
	for range 20 {
		due := h.past.Due.Heard
		if due.IsZero() {
			due = h.past.Heard.Add(100 * 24 * time.Hour)
		}
		at := h.past.Heard.Add(time.Duration(chance.Int64N(int64(due.Sub(h.past.Heard))))).Truncate(time.Microsecond)
		for _, at := range []time.Time{at, due.Add(-time.Microsecond)} {
			p := h.past
			p.Heard = at
			if v := Judge(h.c, p, at, func() string { return "x" }); len(v.Standings) > 0 || slices.ContainsFunc(v.Alerts, func(c alert.Change) bool { return len(c.Timeline) > 0 }) {
				t.Fatalf("seed %d: judged at %v, due at %v, yet at %v (-before +then):\n%s", seed, h.past.Heard, due, at, cmp.Diff(Outcome(slices.Clone(h.past.Standings), nil, false), Outcome(v.Standings, nil, false)))
			}
		}
		h.told(due)
		h.judge(due)
	}
}
