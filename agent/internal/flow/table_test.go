package flow

import (
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"
)

// TestPartialLooks: where a look never sees all, what ended is forgotten all the same.
func TestPartialLooks(t *testing.T) {
	table := NewTable(8)
	for look := range 6 {
		table.Begin(time.Duration(look) * 20 * time.Second)
		if look < 2 {
			table.Add(keyOf(1), Counts{In: Count{Bytes: 1 + uint64(look)}})
		}
		table.Add(keyOf(2), Counts{In: Count{Bytes: 1 + uint64(look)}})
		table.EndPartly()
		if _, known := table.Of(keyOf(1)); known != (look < 5) {
			t.Errorf("look %d: known %v", look, known)
		}
	}
	if table.Len() != 1 {
		t.Errorf("%d flows are remembered", table.Len())
	}
}

func keyOf(n int) Key {
	remote := netip.AddrFrom4([4]byte{203, byte(n >> 16), byte(n >> 8), byte(n)})
	return NewKey(false, netip.MustParseAddrPort("192.168.1.7:50000"), netip.AddrPortFrom(remote, 443))
}

// looked makes a table that has looked at one flow, with what passed between two looks.
func looked(times int, in, out Count) *Table {
	t := NewTable(Most)
	var c Counts
	for i := range times + 1 {
		t.Begin(time.Duration(i) * 20 * time.Second)
		t.Add(keyOf(1), Counts{In: c.In, Out: Count{Segments: c.Out.Segments, Bytes: c.Out.Bytes + 1}})
		t.End()
		c.In.Segments, c.In.Bytes = c.In.Segments+in.Segments, c.In.Bytes+in.Bytes
		c.Out.Segments, c.Out.Bytes = c.Out.Segments+out.Segments, c.Out.Bytes+out.Bytes
	}
	return t
}

func TestShapes(t *testing.T) {
	count := func(segments, bytes uint64) Count { return Count{Segments: segments, Bytes: bytes} }
	for _, test := range []struct {
		what    string
		in, out Count // in 20 seconds
		want    Kind
	}{
		{"kept alive", count(1, 60), count(1, 60), Quiet},
		{"somebody types and sees", count(80, 1200), count(300, 200_000), Interactive},
		{"somebody moves a pointer over RDP", count(600, 48_000), count(900, 400_000), Interactive},
		{"bytes alone are counted", count(0, 8_000), count(0, 400_000), Interactive},
		{"a viewer", count(300, 200_000), count(80, 1200), BulkIn},
		{"a download", count(20_000, 28_000_000), count(0, 0), BulkIn},
		{"an upload", count(3, 900), count(9_000, 12_000_000), BulkOut},
		{"an upload with receipts", count(40, 1200), count(20_000, 28_000_000), BulkOut},
		{"a call", count(1200, 900_000), count(1200, 900_000), BothWays},
		{"a shell elsewhere", count(80, 3500), count(80, 3500), BothWays},
		{"a server of pages", count(40, 20_000), count(900, 1_200_000), BulkOut},
	} {
		table := looked(5, test.in, test.out)
		got, known := table.Of(keyOf(1))
		if !known || got.Shape != test.want || got.Looks != 5 || got.Lasting != 100*time.Second {
			t.Errorf("%s: %+v, want %s", test.what, got, test.want)
		}
	}
}

// TestShapeOfADay: who is away half of the day was driving all the same, and one
// who drove for a minute of an hour was not.
func TestShapeOfADay(t *testing.T) {
	for _, test := range []struct {
		kinds map[Kind]int
		want  Kind
	}{
		{map[Kind]int{Interactive: 300, Quiet: 700, BulkOut: 100}, Interactive},
		{map[Kind]int{Interactive: 5, BothWays: 175}, BothWays},
		{map[Kind]int{Interactive: 1, Quiet: 170}, Quiet},
		{nil, Quiet},
	} {
		s := &state{}
		for kind, n := range test.kinds {
			for range n {
				s.note(kind)
			}
		}
		if got := s.shape(); got != test.want {
			t.Errorf("%v: %s, want %s", test.kinds, got, test.want)
		}
	}
}

func TestTableForgets(t *testing.T) {
	table := NewTable(Most)
	table.Begin(time.Second)
	table.Add(keyOf(1), Counts{Out: Count{Bytes: 10}})
	table.Add(keyOf(2), Counts{}) // a knock
	table.End()
	if table.Len() != 1 {
		t.Errorf("%d flows, want one: what carries nothing is none", table.Len())
	}
	table.Begin(21 * time.Second)
	table.Add(keyOf(3), Counts{Out: Count{Bytes: 10}})
	table.End()
	if _, known := table.Of(keyOf(1)); known || table.Len() != 1 {
		t.Errorf("%d flows: what ended is remembered", table.Len())
	}
	table.Begin(41 * time.Second)
	table.Add(keyOf(3), Counts{Out: Count{Bytes: 5}})
	table.End()
	if s, _ := table.Of(keyOf(3)); s.Looks != 0 || s.Lasting != 0 {
		t.Errorf("%+v: another connection between the same ends is the old one", s)
	}
}

// memory is how much a program holds in its heap.
func memory() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

const wantedMemory = 16 << 20

// TestTableMemory: 50,000 flows at once fit into 16 MB, however often they are looked at.
func TestTableMemory(t *testing.T) {
	const flows = 50_000
	before := memory()
	table := NewTable(Most)
	for look := range 6 {
		table.Begin(time.Duration(look) * 20 * time.Second)
		for n := range flows {
			table.Add(keyOf(n), Counts{In: Count{Segments: uint64(look * 40), Bytes: uint64(look * 800)}, Out: Count{Bytes: uint64(1 + look*9000)}})
		}
		table.End()
	}
	held := memory() - before
	t.Logf("%d flows hold %.1f MB, %d bytes each", table.Len(), float64(held)/(1<<20), held/flows)
	if table.Len() != flows || held > wantedMemory {
		t.Errorf("%d flows hold %d bytes, want %d at most", table.Len(), held, wantedMemory)
	}
	runtime.KeepAlive(table)
}

// TestTableIsBounded: a flood of connections that each say a little neither makes
// the table grow nor drives out what is known to be somebody's desktop.
func TestTableIsBounded(t *testing.T) {
	before := memory()
	table := NewTable(Most)
	for look := range 6 {
		table.Begin(time.Duration(look) * 20 * time.Second)
		table.Add(keyOf(0), Counts{In: Count{Segments: uint64(look * 80), Bytes: uint64(look * 1200)}, Out: Count{Bytes: uint64(1 + look*90_000)}})
		if look == 4 {
			for n := range 2 * Most {
				table.Add(keyOf(1+n+look*2*Most), Counts{Out: Count{Bytes: 1}})
			}
			for range 10_000 { // who only scans ports
				table.Add(keyOf(1), Counts{})
			}
		}
		if table.Len() > Most {
			t.Fatalf("%d flows are remembered", table.Len())
		}
		table.End()
	}
	held := memory() - before
	s, known := table.Of(keyOf(0))
	if !known || s.Shape != Interactive || held > wantedMemory || table.Lost == 0 {
		t.Errorf("%+v, %t, %d bytes, %d lost", s, known, held, table.Lost)
	}
	runtime.KeepAlive(table)
}

func BenchmarkTableLook(b *testing.B) {
	for _, flows := range []int{100, 50_000} {
		b.Run(fmt.Sprint(flows), func(b *testing.B) {
			table := NewTable(Most)
			look := uint64(0)
			for b.Loop() {
				look++
				table.Begin(time.Duration(look) * 20 * time.Second)
				for n := range flows {
					table.Add(keyOf(n), Counts{In: Count{Segments: look * 40, Bytes: look * 800}, Out: Count{Bytes: 1 + look*9000}})
				}
				table.End()
			}
		})
	}
}
