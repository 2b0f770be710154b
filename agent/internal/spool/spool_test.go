package spool

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/privacy"
)

func mustOpen(t testing.TB, fs FileSystem, limit int64) *Spool {
	t.Helper()
	s, err := Open(fs, Options{MaxBytes: limit})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustAppend(t testing.TB, s *Spool, c privacy.Cleared) uint64 {
	t.Helper()
	seq, err := s.Append(c)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

func gaps(items []Item) []Gap {
	var all []Gap
	for _, i := range items {
		if i.Gap != nil {
			all = append(all, *i.Gap)
		}
	}
	return all
}

func TestAppendRefusesWhatNoGateMade(t *testing.T) {
	s := mustOpen(t, newMemFS(), 0)
	if _, err := s.Append(privacy.Cleared{}); err == nil || !strings.Contains(err.Error(), "not made by a gate") {
		t.Errorf("got %v", err)
	}
}

func TestAppendRefusesWhatIsTooLarge(t *testing.T) {
	s := mustOpen(t, newMemFS(), minBytes)
	if _, err := s.Append(newClearer(t).report(true, 8000)); err == nil || !strings.Contains(err.Error(), "takes at most 4096") {
		t.Errorf("got %v", err)
	}
	if _, err := Open(newMemFS(), Options{MaxBytes: 10}); err == nil {
		t.Error("a spool of 10 bytes opened")
	}
}

func TestSpoolKeepsItsPlaceInARealFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spool")
	reports := newClearer(t)
	var epoch string
	for round := range 3 {
		fs, err := Folder(path)
		if err != nil {
			t.Fatal(err)
		}
		s := mustOpen(t, fs, 0)
		if round > 0 && s.Epoch() != epoch {
			t.Errorf("round %d: epoch %s, want %s", round, s.Epoch(), epoch)
		}
		epoch = s.Epoch()
		for range 3 {
			mustAppend(t, s, reports.report(false, 50))
		}
		if got, want := s.Stats().Last, uint64(3*round+3); got != want {
			t.Errorf("round %d: last is %d, want %d", round, got, want)
		}
		if round == 1 {
			drain(t, s)
			if err := s.Ack(4); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Append(reports.report(false, 1)); !errors.Is(err, ErrClosed) {
			t.Errorf("append after close: %v", err)
		}
		if _, err := s.Next(context.Background(), 0); !errors.Is(err, ErrClosed) {
			t.Errorf("next after close: %v", err)
		}
	}
	fs, _ := Folder(path)
	if items := drain(t, mustOpen(t, fs, 0)); len(items) != 5 || items[0].Seq != 5 {
		t.Errorf("after three rounds it holds %d items from %d on, want 5 from 5", len(items), items[0].Seq)
	}
	files, _ := os.ReadDir(path)
	for _, f := range files {
		if stat, _ := f.Info(); stat.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", f.Name(), stat.Mode())
		}
	}
}

func TestNextWaitsForAReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mustOpen(t, newMemFS(), 0)
		reports := newClearer(t)
		go func() {
			time.Sleep(time.Hour)
			mustAppend(t, s, reports.report(true, 1))
		}()
		began := time.Now()
		item, err := s.Next(t.Context(), 0)
		if err != nil || item.Seq != 1 || time.Since(began) != time.Hour {
			t.Errorf("got %+v, %v after %s", item, err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := s.Next(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("next of an empty spool: %v", err)
		}
	})
}

func TestAcknowledgedSegmentsGo(t *testing.T) {
	m, reports := newMemFS(), newClearer(t)
	s := mustOpen(t, m, 64<<10)
	for range 100 {
		mustAppend(t, s, reports.report(false, 500))
	}
	before := len(m.names)
	if err := s.Ack(101); err == nil {
		t.Error("an acknowledgement of what was never sent was taken")
	}
	drain(t, s)
	if err := s.Ack(100); err != nil {
		t.Fatal(err)
	}
	if stats := s.Stats(); len(m.names) != 2 || before < 5 || stats.Depth != 0 {
		t.Errorf("%d files before, %d after, depth %d", before, len(m.names), stats.Depth)
	}
	s = mustOpen(t, m, 64<<10) // without Close, as after a crash
	if got := s.Stats(); got.Acked != 100 || got.Last != 100 {
		t.Errorf("after a crash: %+v", got)
	}
}

func TestRefusedReportBecomesAGapForGood(t *testing.T) {
	m, reports := newMemFS(), newClearer(t)
	s := mustOpen(t, m, 0)
	for range 3 {
		mustAppend(t, s, reports.report(false, 1))
	}
	if err := s.SetAside(2, "it does not parse"); err != nil {
		t.Fatal(err)
	}
	want := []Gap{{2, 2, Refused}}
	if diff := cmp.Diff(want, gaps(drain(t, s))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, gaps(drain(t, mustOpen(t, m, 0)))); diff != "" {
		t.Errorf("after a crash: %s", diff)
	}
	if _, ok := m.names["refused.aside"]; !ok {
		t.Error("the refused report was not kept for people to look at")
	}
}

func TestFullSpoolLetsTheOldestNotUrgentGoFirst(t *testing.T) {
	m, reports := newMemFS(), newClearer(t)
	s := mustOpen(t, m, 32<<10)
	urgent := map[uint64]bool{}
	for i := range 300 {
		seq := mustAppend(t, s, reports.report(i%20 == 0, 200))
		if i%20 == 0 {
			urgent[seq] = true
		}
	}
	for _, s := range []*Spool{s, mustOpen(t, m, 32<<10)} {
		items := drain(t, s)
		kept := uint64(0)
		for _, item := range items {
			if item.Gap == nil {
				delete(urgent, item.Seq)
				kept++
			} else if item.Gap.Reason != SpoolFull {
				t.Errorf("gap %+v", *item.Gap)
			}
		}
		if len(urgent) != 0 || items[len(items)-1].Gap != nil {
			t.Errorf("urgent reports %v gave way, or the newest did", urgent)
		}
		if stats := s.Stats(); stats.Dropped != 0 && stats.Dropped != 300-kept {
			t.Errorf("%d kept, %d counted as dropped, of 300", kept, stats.Dropped)
		}
	}
	// Now only urgent ones: in the end the oldest of them go, and what is not urgent finds no room.
	for range 300 {
		mustAppend(t, s, reports.report(true, 200))
	}
	for s.size()+500 < 32<<10 {
		mustAppend(t, s, reports.report(true, 200))
	}
	first := mustAppend(t, s, reports.report(false, 500))
	mustAppend(t, s, reports.report(false, 500))
	items := drain(t, s)
	if diff := cmp.Diff(&Gap{first, first + 1, SpoolFull}, items[len(items)-1].Gap); diff != "" {
		t.Errorf("the last item: %s", diff)
	}
	if first := items[0]; first.Gap == nil || first.Gap.From != 1 {
		t.Errorf("the first item is %+v, want a gap from 1", first)
	}
}

func TestSpoolStaysWithinItsBytes(t *testing.T) {
	for seed := range uint64(5) {
		rng := rand.New(rand.NewPCG(seed, 3))
		m, reports := newMemFS(), newClearer(t)
		const limit = 32 << 10
		s := mustOpen(t, m, limit)
		for range 400 {
			mustAppend(t, s, reports.report(rng.IntN(3) == 0, rng.IntN(3000)))
			total, aside := 0, 0
			for name, node := range m.names {
				if strings.HasSuffix(name, ".seg") {
					total += len(node.content)
				} else {
					aside += len(node.content)
				}
			}
			if total > limit || aside > 4<<10 {
				t.Fatalf("seed %d: %d bytes of segments and %d beside, the limit is %d", seed, total, aside, limit)
			}
			if rng.IntN(50) == 0 {
				items := drain(t, s)
				if err := s.Ack(items[rng.IntN(len(items))].Seq); err != nil {
					t.Fatal(err)
				}
			}
		}
		drain(t, mustOpen(t, m, limit))
	}
}

func TestFolderSetBackBeginsANewEpoch(t *testing.T) {
	m, reports := newMemFS(), newClearer(t)
	s := mustOpen(t, m, 0)
	for range 10 {
		mustAppend(t, s, reports.report(false, 1))
	}
	drain(t, s)
	if err := s.Ack(4); err != nil {
		t.Fatal(err)
	}
	if err := s.SetAside(6, "x"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = mustOpen(t, m, 0)
	old := s.Epoch()
	// Two more that were never sent: the collector cannot have numbers 11 and 12 from us.
	mustAppend(t, s, reports.report(false, 1))
	mustAppend(t, s, reports.report(false, 1))
	renewed, err := s.Agree(11)
	if err != nil || !renewed || s.Epoch() == old {
		t.Fatalf("renewed %v, %v", renewed, err)
	}
	for _, s := range []*Spool{s, mustOpen(t, m, 0)} {
		items := drain(t, s)
		if diff := cmp.Diff([]Gap{{2, 2, Refused}}, gaps(items)); diff != "" || len(items) != 8 || s.Epoch() == old {
			t.Errorf("%d items in epoch %s, gaps %s", len(items), s.Epoch(), diff)
		}
	}
}

func TestAgreeGoesOnWhereTheCollectorIs(t *testing.T) {
	m, reports := newMemFS(), newClearer(t)
	s := mustOpen(t, m, 16<<10)
	for range 60 {
		mustAppend(t, s, reports.report(true, 100))
	}
	drain(t, s)
	if renewed, err := s.Agree(50); err != nil || renewed || s.Stats().Acked != 50 {
		t.Fatalf("renewed %v, %v, acked %d", renewed, err, s.Stats().Acked)
	}
	// The collector was put back from a backup of when it had 20.
	if renewed, err := s.Agree(20); err != nil || renewed {
		t.Fatalf("renewed %v, %v", renewed, err)
	}
	items := drain(t, s)
	if g := items[0].Gap; g == nil || g.From != 21 || g.Reason != AckedBefore || g.To > 50 || items[len(items)-1].Seq != 60 {
		t.Errorf("first item %+v %+v", items[0], g)
	}
}

func TestManyAtOnce(t *testing.T) {
	fs, err := Folder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, fs, 64<<10)
	var writers sync.WaitGroup
	const each, all = 25, 4
	for range all {
		reports := newClearer(t)
		writers.Go(func() {
			for range each {
				mustAppend(t, s, reports.report(true, 100))
			}
		})
	}
	var seen []uint64
	for after := uint64(0); after < each*all; {
		item, err := s.Next(t.Context(), after)
		if err != nil {
			t.Fatal(err)
		}
		if after = item.Seq; item.Gap == nil {
			seen = append(seen, after)
		}
		if err := s.Ack(after); err != nil {
			t.Fatal(err)
		}
		s.Stats()
	}
	writers.Wait()
	if len(seen) != each*all || !slices.IsSorted(seen) {
		t.Errorf("%d reports came, in order: %v", len(seen), slices.IsSorted(seen))
	}
}

func BenchmarkAppend(b *testing.B) {
	fs, err := Folder(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	s := mustOpen(b, fs, 0)
	c := newClearer(b).report(false, 400)
	b.SetBytes(int64(len(c.Wire())))
	for b.Loop() {
		mustAppend(b, s, c)
	}
	b.ReportMetric(float64(s.Stats().Bytes)/float64(b.N), "disk-B/op")
}
