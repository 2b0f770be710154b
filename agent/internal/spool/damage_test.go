package spool

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLostStateIsTakenFromTheSegments(t *testing.T) {
	m, reports := newMemFS(), newClearer(t)
	s := mustOpen(t, m, 0)
	for range 3 {
		mustAppend(t, s, reports.report(false, 1))
	}
	epoch := s.Epoch()
	for _, spoil := range []func(){
		func() { m.names[stateName].content[20] ^= 1 },
		func() { delete(m.names, stateName) },
	} {
		spoil()
		s = mustOpen(t, m, 0)
		if items := drain(t, s); s.Epoch() != epoch || len(items) != 3 || gaps(items) != nil {
			t.Errorf("epoch %s with %d items, want %s with 3", s.Epoch(), len(items), epoch)
		}
	}
}

func TestEntryThatRotsWhileWaitingBecomesAGap(t *testing.T) {
	m, reports := newMemFS(), newClearer(t)
	s := mustOpen(t, m, 0)
	for range 3 {
		mustAppend(t, s, reports.report(false, 1))
	}
	m.names[s.segments[0].name].content[s.segments[0].entries[1].offset+30] ^= 4
	for range maxReads - 1 {
		if _, err := s.Next(t.Context(), 1); err == nil {
			t.Fatal("a rotten entry was given")
		}
	}
	if diff := cmp.Diff([]Gap{{2, 2, Corrupt}}, gaps(drain(t, s))); diff != "" {
		t.Error(diff)
	}
}

// TestFullDiskLetsTheOldestNotUrgentGo has a disk smaller than the spool may grow.
func TestFullDiskLetsTheOldestNotUrgentGo(t *testing.T) {
	m, reports := newMemFS(), newClearer(t)
	s := mustOpen(t, m, 64<<10)
	m.room = 30 << 10
	var kept []uint64
	for i := range 300 {
		urgent := i < 5
		seq := mustAppend(t, s, reports.report(urgent, 200))
		if urgent {
			kept = append(kept, seq)
		}
	}
	items := drain(t, s)
	for _, seq := range kept {
		if !slices.ContainsFunc(items, func(i Item) bool { return i.Gap == nil && i.Seq == seq }) {
			t.Errorf("urgent report %d gave way on a full disk", seq)
		}
	}
	if last := items[len(items)-1]; last.Gap != nil || last.Seq != 300 {
		t.Errorf("the newest report is not there: %+v", last)
	}
	if s.Stats().Dropped == 0 {
		t.Error("nothing was counted as dropped")
	}
	m.room = 1 // somebody else's files take everything
	for range 300 {
		if _, err := s.Append(reports.report(true, 200)); err != nil {
			m.room = 0
			mustAppend(t, s, reports.report(true, 200))
			drain(t, mustOpen(t, m, 64<<10))
			return
		}
	}
	t.Error("a full disk went unnoticed")
}

// damagedSpool is a spool of some segments with one fault, and what it held.
func damagedSpool(t testing.TB, file, offset uint, bit uint8, truncate bool) (m *memFS, held []string, hit string) {
	m = newMemFS()
	s := mustOpen(t, m, 64<<10)
	reports := newClearer(t)
	for i := range 40 {
		c := reports.report(i%2 == 0, 20*i)
		mustAppend(t, s, c)
		held = append(held, string(c.Wire()))
	}
	s.Close()
	sizes, _ := m.List()
	names := append(segmentNames(sizes), stateName)
	hit = names[file%uint(len(names))]
	node := m.names[hit]
	at := offset % uint(len(node.content))
	if truncate {
		node.content = node.content[:at]
	} else {
		node.content[at] ^= 1 << (bit % 8)
	}
	return m, held, hit
}

func FuzzDamage(f *testing.F) {
	for i := range uint(40) {
		f.Add(i, i*97, uint8(i), i%3 == 0)
	}
	f.Fuzz(func(t *testing.T, file, offset uint, bit uint8, truncate bool) {
		m, held, hit := damagedSpool(t, file, offset, bit, truncate)
		for round := range 2 {
			s := mustOpen(t, m, 64<<10)
			lost := 0
			items := drain(t, s)
			for _, item := range items {
				if item.Gap != nil {
					for seq := item.Gap.From; seq <= min(item.Gap.To, 40); seq++ {
						lost++
					}
				} else if item.Seq <= 40 && string(item.Wire) != held[item.Seq-1] {
					t.Fatalf("number %d came back as something else", item.Seq)
				}
			}
			if items[len(items)-1].Seq < 40 {
				t.Fatalf("it ends at %d, the state knew of 40", items[len(items)-1].Seq)
			}
			if !truncate && lost > 1 {
				t.Fatalf("round %d: one bit in %s cost %d reports", round, hit, lost)
			}
			if seq := mustAppend(t, s, newClearer(t).report(false, 1)); seq <= 40 {
				t.Fatalf("number %d was given twice", seq)
			}
		}
	})
}

func FuzzScan(f *testing.F) {
	good := append(header(1, strings.Repeat("ab", 16)), frame(1, true, []byte("hello"))...)
	f.Add(good)
	f.Add(append(good, frame(2, false, nil)[:10]...))
	f.Add([]byte(frameMagic + frameMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, damage := scan(b, 0)
		covered := min(headerSize, len(b))
		for _, e := range entries {
			covered += e.size
		}
		for _, d := range damage {
			covered += d.to - d.from
		}
		if covered != len(b) {
			t.Fatalf("entries and damage cover %d of %d bytes", covered, len(b))
		}
		m := newMemFS()
		m.names[segmentName(1, 1)] = &inode{content: b}
		drain(t, mustOpen(t, m, 0))
	})
}

func FuzzState(f *testing.F) {
	b, _ := state{Epoch: strings.Repeat("0", 32), Generation: 1, Reasons: []Gap{{1, 2, Corrupt}}}.encode()
	f.Add(b)
	f.Add([]byte("fwspool state 1 00000000\n{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := decodeState(b); err == nil {
			if again, err := s.encode(); err != nil {
				t.Fatalf("%s: %v", again, err)
			}
		}
	})
}
