package host

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"
)

// tracedOf is a record of the DNS client as Windows hands one over.
func tracedOf(id uint16, pid uint32, at time.Time, name string) (header, own []byte) {
	header = make([]byte, traceHeaderSize)
	binary.LittleEndian.PutUint32(header[12:], pid)
	binary.LittleEndian.PutUint64(header[16:], uint64(at.UnixNano()/100)+116_444_736_000_000_000)
	copy(header[24:], dnsClient[:])
	binary.LittleEndian.PutUint16(header[40:], id)
	own = append(wide(name+"\x00"), 1, 0, 0, 0, 0, 0x60, 0, 0, 0, 0, 0, 0) // type, options
	return header, append(own, wide("192.0.2.1;\x00")...)
}

func TestTracedLookup(t *testing.T) {
	at := time.Date(2026, 11, 2, 9, 0, 0, 1_000_100, time.UTC)
	for _, id := range []uint16{dnsAsked, dnsAnswered} {
		header, own := tracedOf(id, 4711, at, "relay.example.org.")
		got, ok := tracedLookup(header, own)
		if want := (Lookup{Name: "relay.example.org", PID: 4711, At: at}); !ok || got != want {
			t.Errorf("%d: %+v, %v, want %+v", id, got, ok, want)
		}
	}
	good, own := tracedOf(dnsAsked, 1, at, "a.example.org")
	other := append([]byte(nil), good...)
	other[24]++
	service, _ := tracedOf(3020, 1, at, "a.example.org")
	for name, c := range map[string]struct{ header, own []byte }{
		"cut header":         {good[:40], own},
		"another provider":   {other, own},
		"another record":     {service, own},
		"nothing of its own": {good, nil},
		"no end":             {good, own[:8]},
		"no name":            {good, wide("\x00")},
		"only a dot":         {good, wide(".\x00")},
		"a line end":         {good, wide("a\nb.example.org\x00")},
		"half a letter":      {good, []byte{0, 0xd8, 'a', 0, 0, 0}},
		"endless":            {good, wide(strings.Repeat("a", 300) + "\x00")},
	} {
		if got, ok := tracedLookup(c.header, c.own); ok {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestTraceProperties(t *testing.T) {
	p := traceProperties("abc")
	le := binary.LittleEndian
	if len(p) != 128 || le.Uint32(p) != 128 || le.Uint32(p[116:]) != 120 || le.Uint32(p[64:]) != 0x100 || le.Uint32(p[112:]) != 0 {
		t.Errorf("% x", p)
	}
}

func TestLookupsOnce(t *testing.T) {
	var once onceLookups
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		lookup Lookup
		first  bool
	}{
		{Lookup{"a.example.org", 7, at}, true},
		{Lookup{"A.example.org", 7, at.Add(time.Second)}, false},
		{Lookup{"a.example.org", 8, at.Add(time.Second)}, true},
		{Lookup{"a.example.org", 7, at.Add(3 * time.Second)}, true},
	} {
		if first := once.first(c.lookup); first != c.first {
			t.Errorf("%+v: first %v, want %v", c.lookup, first, c.first)
		}
	}
	for i := range 2 * onceLimit {
		once.first(Lookup{"a.example.org", 100 + i, at})
	}
	if len(once.last) > onceLimit {
		t.Errorf("%d are remembered", len(once.last))
	}
}

func FuzzTracedLookup(f *testing.F) {
	header, own := tracedOf(dnsAsked, 4711, time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), "relay.example.org")
	f.Add(header, own)
	f.Fuzz(func(t *testing.T, header, own []byte) {
		if l, ok := tracedLookup(header, own); ok && (l.Name == "" || len(l.Name) > 3*255 || strings.ContainsAny(l.Name, " \n\x00")) {
			t.Fatalf("%+v", l)
		}
	})
}
