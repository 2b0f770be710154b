package parse

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

var joinedAt = time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)

// tcpSegment is what a client at a port says at a sequence number.
func tcpSegment(port uint16, sequence uint32, payload []byte) Segment {
	return Segment{
		Source: netip.MustParseAddr("192.0.2.10"), Destination: netip.MustParseAddr("198.51.100.20"),
		SourcePort: port, DestinedPort: 443, Sequence: sequence, Payload: payload,
	}
}

func opening(port uint16, sequence uint32) Segment {
	s := tcpSegment(port, sequence, nil)
	s.SYN = true
	return s
}

// segments cuts a stream at given places.
func segments(port uint16, first uint32, b []byte, cuts ...int) []Segment {
	var out []Segment
	from := 0
	for _, to := range append(cuts, len(b)) {
		out = append(out, tcpSegment(port, first+uint32(from), b[from:to]))
		from = to
	}
	return out
}

// joinedBy feeds segments to a joiner and gives the hellos that came out.
func joinedBy(j *HelloJoiner, segments ...Segment) []Hello {
	var out []Hello
	for _, s := range segments {
		if h, ok := j.Add(s, joinedAt); ok {
			out = append(out, h)
		}
	}
	return out
}

func TestHelloJoinerJoins(t *testing.T) {
	whole := captured(t, "chromium")[0]
	want := []Hello{capturedHellos["chromium"]}
	const wraps = 1<<32 - 1000 // the sequence numbers begin again within the hello
	in := segments(1, wraps, whole, 1, 5, 9, 700, 1400)
	mixed := slices.Clone(in)
	slices.Reverse(mixed)
	tail := tcpSegment(1, wraps+uint32(len(whole)), []byte("more"))
	overlap := tcpSegment(1, wraps+600, whole[600:1500])
	other := []byte("CONNECT www.example.org:443 HTTP/1.1\r\n\r\n")
	for name, c := range map[string][]Segment{
		"in order":                      in,
		"whole":                         {tcpSegment(1, wraps, whole)},
		"with more behind":              {tcpSegment(1, wraps, append(slices.Clone(whole), "more"...))},
		"after a SYN, in order":         append([]Segment{opening(1, wraps-1)}, in...),
		"after a SYN, in reverse":       append([]Segment{opening(1, wraps-1)}, mixed...),
		"with what follows first":       append([]Segment{opening(1, wraps-1), tail}, mixed...),
		"sent again":                    slices.Concat(in[:3], in, in, []Segment{tcpSegment(1, wraps, whole)}),
		"overlapping":                   slices.Concat(in[:2], []Segment{overlap}, in, []Segment{overlap}),
		"the SYN sent again":            slices.Concat([]Segment{opening(1, wraps-1)}, in[:2], []Segment{opening(1, wraps-1)}, in[2:], []Segment{opening(1, wraps-1)}, in),
		"data in the SYN":               append([]Segment{func() Segment { s := opening(1, wraps-1); s.Payload = whole[:9]; return s }()}, in...),
		"another connection's before":   append(append([]Segment{opening(1, 77), tcpSegment(1, 78, whole[:50])}, opening(1, wraps-1)), in...),
		"behind a proxy's words":        append([]Segment{opening(1, wraps-1-uint32(len(other))), tcpSegment(1, wraps-uint32(len(other)), other)}, in...),
		"behind words that were missed": append([]Segment{opening(1, wraps-1-uint32(len(other)))}, segments(1, wraps, whole, 700, 1400)...),
		"beside another connection":     slices.Concat([]Segment{tcpSegment(2, 5, whole[:100])}, in, segments(2, 4, other)),
	} {
		j := NewHelloJoiner()
		if got := joinedBy(j, c...); !slices.Equal(got, want) {
			t.Errorf("%s: %+v", name, got)
		}
		if lost := j.Lost(); lost != (Lost{}) {
			t.Errorf("%s: lost %+v", name, lost)
		}
	}
}

func TestHelloJoinerIgnoresOtherWords(t *testing.T) {
	j := NewHelloJoiner()
	hello := captured(t, "curl")[0]
	udp := tcpSegment(1, 1, hello)
	udp.UDP = true
	server := tcpSegment(2, 0, slices.Clone(hello))
	server.Payload[5] = 2
	if got := joinedBy(j, udp, server, tcpSegment(3, 1, []byte("GET / HTTP/1.1\r\n")), tcpSegment(4, 9, hello[200:]), opening(5, 1), tcpSegment(5, 2, []byte("SSH-2.0-x\r\n"))); got != nil {
		t.Errorf("%+v", got)
	}
	if len(j.started.by) != 0 || j.Lost() != (Lost{}) {
		t.Errorf("%d begun, lost %+v", len(j.started.by), j.Lost())
	}
}

func TestHelloJoinerGivesAHelloToEachConnection(t *testing.T) {
	j := NewHelloJoiner()
	hello := captured(t, "curl")[0]
	got := joinedBy(j, opening(1, 10), tcpSegment(1, 11, hello), opening(1, 99999), tcpSegment(1, 100000, hello), tcpSegment(1, 900000000, hello), tcpSegment(2, 11, hello))
	if len(got) != 4 {
		t.Errorf("%d hellos, want 4", len(got))
	}
}

func TestHelloJoinerGivesUp(t *testing.T) {
	hello := captured(t, "chromium")[0]
	odd := slices.Clone(hello)
	odd[50]++ // the length of the session
	odd[43] = 0xff
	form := parsetest.HelloForm{Version: 0x0303, Ciphers: []uint16{1}, Extensions: []parsetest.Extension{{Number: 21, Content: make([]byte, 60000)}}}
	tiny := parsetest.Records(t, form.Message(t), 1)
	for name, c := range map[string]struct {
		segments []Segment
		at       time.Duration
		want     Lost
	}{
		"malformed":         {segments(1, 1, odd, 300), 0, Lost{Malformed: 1}},
		"malformed at once": {segments(1, 1, odd), 0, Lost{Malformed: 1}},
		"too long":          {[]Segment{tcpSegment(1, 1, []byte{22, 3, 1, 64, 0, 1, 1}), tcpSegment(1, 8, []byte{0, 0})}, 0, Lost{TooLong: 1}},
		"in tiny records":   {segments(1, 1, tiny, 50000), 0, Lost{TooLong: 1}},
		"late":              {segments(1, 1, hello[:900], 300), time.Minute, Lost{Late: 1}},
	} {
		j := NewHelloJoiner()
		if got := joinedBy(j, c.segments...); got != nil {
			t.Errorf("%s: %+v", name, got)
		}
		j.Add(tcpSegment(9, 1, []byte("x")), joinedAt.Add(c.at))
		if j.Lost() != c.want || j.Lost().Sum() != 1 || len(j.started.by) != 0 {
			t.Errorf("%s: lost %+v, want %+v", name, j.Lost(), c.want)
		}
	}
	j := NewHelloJoiner()
	scatter := []Segment{opening(1, 0)}
	for i := range uint32(scattered + 1) {
		scatter = append(scatter, tcpSegment(1, 10+2*i, hello[:1]))
	}
	if joinedBy(j, scatter...); j.Lost() != (Lost{Scattered: 1}) {
		t.Errorf("scattered: lost %+v", j.Lost())
	}
}

func TestHelloJoinerIsBounded(t *testing.T) {
	j := NewHelloJoiner()
	form := parsetest.HelloForm{Version: 0x0303, Ciphers: []uint16{1}, Extensions: []parsetest.Extension{{Number: 21, Content: make([]byte, 60000)}}}
	large := parsetest.Records(t, form.Message(t), 16384)
	for port := range uint16(5000) {
		j.Add(opening(port, 1), joinedAt) // a flood of SYNs
	}
	if len(j.started.by) != 0 || len(j.remembered) != rememberedConnections {
		t.Errorf("SYNs alone: %d begun, %d remembered", len(j.started.by), len(j.remembered))
	}
	for port := range uint16(5000) {
		joinedBy(j, segments(port, 2, large, 900, len(large)-1)[:2]...)
		if j.started.bytes > joinedBytes || len(j.started.by) > joinedConnections || j.started.order.Len() != len(j.started.by) {
			t.Fatalf("%d connections of %d bytes", len(j.started.by), j.started.bytes)
		}
	}
	if n := len(j.started.by); n < 20 || j.Lost().Crowded != uint64(5000-n) {
		t.Errorf("%d begun, lost %+v", n, j.Lost())
	}
	if got := joinedBy(j, tcpSegment(4999, 2+uint32(len(large))-1, large[len(large)-1:])); len(got) != 1 {
		t.Errorf("the latest was given up: %+v", got)
	}
	var held int
	for _, e := range j.started.by {
		held += e.Value.(*begun[ends, *startedStream]).of.held()
	}
	if held != j.started.bytes {
		t.Errorf("holds %d bytes and says %d", held, j.started.bytes)
	}
}

func TestHelloJoinerJoinsInAnyOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, want := range capturedHellos {
		whole := captured(t, name)[0]
		for range 200 {
			cuts := make([]int, random.IntN(12))
			for i := range cuts {
				cuts[i] = random.IntN(len(whole))
			}
			slices.Sort(cuts)
			in := segments(1, random.Uint32(), whole, cuts...)
			syn := opening(1, in[0].Sequence-1)
			random.Shuffle(len(in), func(i, k int) { in[i], in[k] = in[k], in[i] })
			if got := joinedBy(NewHelloJoiner(), append([]Segment{syn}, in...)...); !slices.Equal(got, []Hello{want}) {
				t.Fatalf("%s cut at %v: %+v", name, cuts, got)
			}
		}
	}
}
