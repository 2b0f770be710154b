package spool

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/privacy"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// clearer makes cleared reports that can be told apart.
type clearer struct {
	gate *privacy.Gate
	n    int
}

func newClearer(t testing.TB) *clearer {
	t.Helper()
	g, err := privacy.NewGate(nil, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return &clearer{gate: g}
}

// report makes the next report, with about this many bytes beyond the least.
func (c *clearer) report(urgent bool, size int) privacy.Cleared {
	c.n++
	severity := finding.SeverityLow
	if urgent {
		severity = finding.SeverityHigh
	}
	r := finding.Report{}
	for {
		r.Findings = append(r.Findings, finding.Finding{
			UID: "u", Rule: fmt.Sprintf("report.%d", c.n), Title: strings.Repeat("x", min(size, privacy.MaxText)),
			Status: finding.Open, Severity: severity, Confidence: finding.ConfidenceLow,
		})
		if size -= privacy.MaxText + 100; size <= 0 {
			break
		}
	}
	cleared, err := c.gate.Clear(r)
	if err != nil {
		panic(err)
	}
	return cleared
}

// drain reads all a spool has to tell, without waiting, and demands that it
// covers every number once.
func drain(t testing.TB, s *Spool) []Item {
	t.Helper()
	stats := s.Stats()
	var items []Item
	for after := stats.Acked; after < stats.Last; {
		item, err := s.Next(context.Background(), after)
		if err != nil {
			t.Fatalf("next after %d: %v", after, err)
		}
		first := item.Seq
		if item.Gap != nil {
			first = item.Gap.From
		}
		if first != after+1 || item.Seq < first || item.Seq > stats.Last {
			t.Fatalf("after %d of %d came %+v", after, stats.Last, item)
		}
		items, after = append(items, item), item.Seq
	}
	return items
}

// history is what a script was promised, by log position.
type history struct {
	reports []*promise
	current map[uint64]*promise // by number in the current epoch
}

type promise struct {
	wire    string
	at      int // changes on the disk when Append returned
	ackedAt int // changes when it was acknowledged or refused, or never
}

const never = int(^uint(0) >> 1)

// script drives a spool on a file system as an engine, an uplink and a faulty
// machine would, and goes on after errors.
func script(t testing.TB, m *memFS, seed uint64, limit int64) *history {
	rng := rand.New(rand.NewPCG(seed, 2))
	random := rand.NewChaCha8([32]byte{byte(seed)})
	h := &history{current: map[uint64]*promise{}}
	reports := newClearer(t)
	open := func() *Spool {
		for range 50 {
			if s, err := Open(m, Options{MaxBytes: limit, Random: random}); err == nil {
				return s
			}
		}
		t.Fatal("spool does not open though the disk works again")
		return nil
	}
	s := open()
	after, shift := uint64(0), uint64(0)
	gone := func(upTo uint64, at int) {
		for seq, p := range h.current {
			if seq <= upTo && p.ackedAt == never {
				p.ackedAt = at
			}
		}
	}
	for range 120 {
		switch k := rng.IntN(20); {
		case k < 12:
			c := reports.report(rng.IntN(4) == 0, rng.IntN(500))
			if seq, err := s.Append(c); err == nil {
				p := &promise{wire: string(c.Wire()), at: len(m.log), ackedAt: never}
				h.reports, h.current[seq] = append(h.reports, p), p
			}
		case k < 15:
			for range rng.IntN(8) {
				if after >= s.Stats().Last {
					break
				}
				if item, err := s.Next(context.Background(), after); err == nil {
					after = item.Seq
				}
			}
		case k < 17:
			at, upTo := len(m.log), uint64(rng.Int64N(int64(after+1)))
			if s.Ack(upTo) == nil {
				gone(upTo, at)
			}
		case k == 17:
			if p := h.current[after]; p != nil && after > s.Stats().Acked {
				p.ackedAt = min(p.ackedAt, len(m.log))
				if err := s.SetAside(after, "because"); err != nil && !errors.Is(err, errDisk) {
					t.Fatal(err)
				}
			}
		case k == 18:
			if rng.IntN(2) == 0 {
				s.Close()
			}
			epoch := s.Epoch()
			s = open()
			after = s.Stats().Acked
			if s.Epoch() != epoch {
				h.renumber(shift) // an attempt that failed had got as far as the disk
			}
		default:
			shift = s.Stats().Acked
			if _, err := s.Agree(s.Stats().Last + 5); err == nil {
				h.renumber(shift)
				after = 0
			}
		}
	}
	return h
}

func (h *history) renumber(shift uint64) {
	moved := map[uint64]*promise{}
	for seq, p := range h.current {
		if seq > shift {
			moved[seq-shift] = p
		}
	}
	h.current = moved
}

// verify demands that a spool found after n changes holds every report that was
// promised by then and not yet acknowledged, once and in order.
func (h *history) verify(t testing.TB, m *memFS, n int, mayDrop bool) {
	t.Helper()
	s, err := Open(m, Options{MaxBytes: 64 << 10})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	place := map[string]int{}
	for i, item := range drain(t, s) {
		if item.Gap != nil {
			if item.Gap.Reason == Corrupt && !mayDrop {
				t.Fatalf("a gap without a cause: %+v", *item.Gap)
			}
			continue
		}
		if _, twice := place[string(item.Wire)]; twice {
			t.Fatalf("a report is there twice: %q", item.Wire)
		}
		place[string(item.Wire)] = i
	}
	before := -1
	for _, p := range h.reports {
		at, there := place[p.wire]
		switch {
		case !there && p.at <= n && p.ackedAt > n && !mayDrop:
			t.Fatalf("a promised report is lost: %.60q", p.wire)
		case there && at <= before:
			t.Fatalf("a report is out of order: %.60q", p.wire)
		case there:
			before = at
		}
	}
	seq, err := s.Append(newClearer(t).report(true, 10))
	if err != nil || seq != s.Stats().Last {
		t.Fatalf("append after the crash: %d, %v", seq, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestPowerCutAtEveryChange(t *testing.T) {
	t.Parallel()
	for _, limit := range []int64{64 << 10, minBytes} {
		for seed := range uint64(2) {
			m := newMemFS()
			h := script(t, m, seed, limit)
			for n := 0; n <= len(m.log); n += 1 + 2*int(seed) {
				left := m.afterCrash(n, rand.New(rand.NewPCG(seed, uint64(n))))
				h.verify(t, left, n, limit == minBytes)
				// and a second cut while it is being opened and used again
				rng := rand.New(rand.NewPCG(seed, uint64(n)+1))
				s, err := Open(left.afterCrash(rng.IntN(len(left.log)+1), rng), Options{MaxBytes: limit})
				if err != nil {
					t.Fatalf("open after a second cut: %v", err)
				}
				drain(t, s)
			}
		}
	}
}

func TestDiskFailsAtEveryChange(t *testing.T) {
	t.Parallel()
	faults := map[string]func(at int) func(int) bool{
		"once":      func(at int) func(int) bool { return func(n int) bool { return n == at } },
		"ten times": func(at int) func(int) bool { return func(n int) bool { return n >= at && n < at+10 } },
	}
	step := map[string]int{"once": 1, "ten times": 5}
	for name, fault := range faults {
		whole := newMemFS()
		script(t, whole, 1, 64<<10)
		for at := 1; at <= whole.changes; at += step[name] {
			m := newMemFS()
			m.fails = fault(at)
			h := script(t, m, 1, 64<<10)
			m.fails = nil
			n := len(m.log)
			t.Run("", func(t *testing.T) {
				defer func() {
					if t.Failed() {
						t.Logf("the disk failed %s from change %d on", name, at)
					}
				}()
				h.verify(t, m.afterCrash(n, rand.New(rand.NewPCG(1, uint64(at)))), n, false)
				h.verify(t, m, n, false)
			})
		}
	}
}

func TestAppendGoesOnAfterTheDiskWorksAgain(t *testing.T) {
	m, reports := newMemFS(), newClearer(t)
	s, err := Open(m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	m.fails = func(int) bool { return true }
	for range 5 {
		if _, err := s.Append(reports.report(true, 10)); !errors.Is(err, errDisk) {
			t.Fatalf("append on a broken disk: %v", err)
		}
	}
	m.fails = nil
	if seq, err := s.Append(reports.report(true, 10)); err != nil || seq != 1 {
		t.Fatalf("append after it: %d, %v", seq, err)
	}
	if items := drain(t, s); len(items) != 1 || !slices.Equal([]uint64{items[0].Seq}, []uint64{1}) {
		t.Fatalf("it holds %+v", items)
	}
}
