package parse

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

// quicSegment is a datagram of a client at a port.
func quicSegment(port uint16, b []byte) Segment {
	return Segment{
		UDP: true, Source: netip.MustParseAddr("192.0.2.10"), Destination: netip.MustParseAddr("198.51.100.20"),
		SourcePort: port, DestinedPort: 443, Payload: b,
	}
}

// quicHello is a hello for QUIC of a given size at least.
func quicHello(t testing.TB, padding int) ([]byte, Hello) {
	t.Helper()
	form := parsetest.HelloForm{Version: 0x0303, Ciphers: []uint16{0x1301}, Extensions: []parsetest.Extension{
		parsetest.Name(t, "relay.example.org"), parsetest.Protocols(t, "h3"), parsetest.Versions(t, 0x0304), {Number: 57, Content: make([]byte, padding)},
	}}
	message := form.Message(t)
	h, err := helloMessage(message, overQUIC)
	if err != nil {
		t.Fatal(err)
	}
	return message, h
}

// initials seals parts of a message, each in a packet of its own datagram.
func initials(t testing.TB, form parsetest.InitialForm, message []byte, parts ...piece) [][]byte {
	t.Helper()
	var out [][]byte
	for i, p := range parts {
		form.Number, form.NumberBytes = form.Number+1, 1+i%4
		form.Frames = parsetest.Padded(parsetest.Crypto(p.from, message[p.from:p.to]))
		out = append(out, form.Seal(t))
	}
	return out
}

// quicJoinedBy feeds datagrams of one client to a joiner and gives the hellos that came out.
func quicJoinedBy(j *QUICJoiner, port uint16, datagrams ...[]byte) []Hello {
	var out []Hello
	for _, b := range datagrams {
		if h, ok := j.Add(quicSegment(port, b), joinedAt); ok {
			out = append(out, h)
		}
	}
	return out
}

func TestQUICJoinerOfRealClients(t *testing.T) {
	flight := captured(t, "quic_chromium")
	want := Hello{Name: "www.example.org", ALPN: "h3", Version: "1.3", JA4: "q13d0312h3_55b375c5d22e_178839b6cec1"}
	together := slices.Concat(flight...) // as the system shows what it hands to the card in one piece
	for _, datagrams := range [][][]byte{flight, {flight[1], flight[0]}, {together}, {together, together}, {flight[0], flight[0], flight[1], flight[1], flight[0]}} {
		if got := quicJoinedBy(NewQUICJoiner(), 1, datagrams...); !slices.Equal(got, []Hello{want}) {
			t.Errorf("%+v", got)
		}
	}
	j := NewQUICJoiner()
	if got := quicJoinedBy(j, 1, flight[0]); got != nil {
		t.Errorf("the first datagram alone: %+v", got)
	}
	back := quicSegment(443, parsetest.InitialForm{Version: 1, Destination: []byte("byclient"), Key: []byte("another"), NumberBytes: 1, Frames: make([]byte, 1200)}.Seal(t))
	back.Source, back.Destination, back.DestinedPort = back.Destination, back.Source, 1
	if _, ok := j.Add(back, joinedAt); ok || j.Sealed() != 1 || len(j.started.by) != 1 {
		t.Errorf("an answer: %d sealed, %d begun", j.Sealed(), len(j.started.by))
	}
}

func TestQUICJoinerJoins(t *testing.T) {
	message, want := quicHello(t, 2000)
	n := len(message)
	for _, version := range []uint32{1, 0x6b3343cf} {
		first := parsetest.InitialForm{Version: version, Destination: []byte("chosenbyclient"), Source: []byte("me")}
		answered := first
		answered.Key, answered.Destination, answered.Number = first.Destination, []byte("srv"), 8
		retried := first
		retried.Destination, retried.Token, retried.Number = []byte("ofaretry"), []byte("token"), 8
		long := answered
		long.Destination = []byte("longenoughtoderivefr")
		a := initials(t, first, message, piece{0, 1000}, piece{1000, 1100}, piece{1100, n})
		b := initials(t, answered, message, piece{1000, n})
		l := initials(t, long, message, piece{1000, n})
		short := retried
		short.Destination = []byte("tiny")
		r := initials(t, retried, message, piece{0, 1100}, piece{900, n})
		acks := answered
		acks.Frames, acks.NumberBytes = parsetest.Padded([]byte{2, 0x40, 9, 0, 1, 3, 1, 1, 1, 3, 0, 0, 0, 0, 1, 2, 3, 0x1c, 0, 0, 0}), 2
		ack := acks.Seal(t)
		mixed := slices.Clone(a)
		slices.Reverse(mixed)
		for name, datagrams := range map[string][][]byte{
			"in order":                                a,
			"in reverse":                              mixed,
			"sent again":                              slices.Concat(a[:2], a, a),
			"with what only acknowledges":             {a[0], ack, a[1], ack, a[2], ack},
			"the rest to the server's own number":     {a[0], b[0]},
			"the same, to a long one":                 {a[0], l[0], l[0]},
			"anew after a Retry":                      {a[0], r[1], r[0]},
			"anew after a Retry with a short number":  slices.Concat(a[:1], initials(t, short, message, piece{0, 1100}, piece{900, n})),
			"whole, and again after a Retry":          slices.Concat(a, r),
			"without its beginning, then once more":   {b[0], b[0], a[2], a[0], a[1]},
			"with a datagram that is cut in between":  {a[0], a[1][:1000], a[1], a[2]},
			"with another connection's from the port": {a[0], initials(t, parsetest.InitialForm{Version: version, Destination: []byte("another1")}, message, piece{0, 99})[0], a[2], a[1]},
		} {
			j := NewQUICJoiner()
			if got := quicJoinedBy(j, 1, datagrams...); !slices.Equal(got, []Hello{want}) {
				t.Errorf("%s: %+v", name, got)
			}
			if j.Lost() != (Lost{}) {
				t.Errorf("%s: lost %+v", name, j.Lost())
			}
		}
	}
}

func TestQUICJoinerReadsCoalescedPackets(t *testing.T) {
	message, want := quicHello(t, 100)
	form := parsetest.InitialForm{Version: 1, Destination: []byte("chosenbyclient"), NumberBytes: 1}
	form.Frames = parsetest.Crypto(100, message[100:])
	first := form.Seal(t)
	early := slices.Clone(first) // looks like 0-RTT, which has no token
	early[0] = early[0]&^0x30 | 0x10
	early = slices.Delete(early, 7+14, 7+14+1)
	form.Number, form.Frames = 1, parsetest.Padded(parsetest.Crypto(0, message[:100]))
	second := form.Seal(t)
	datagram := slices.Concat(first, early, second, []byte{0x40, 1, 2, 3}, make([]byte, 50))
	if got := quicJoinedBy(NewQUICJoiner(), 1, datagram); !slices.Equal(got, []Hello{want}) {
		t.Errorf("%+v", got)
	}
	other := form
	other.Destination, other.Key = []byte("elsewhere"), form.Destination
	if got := quicJoinedBy(NewQUICJoiner(), 1, slices.Concat(first, other.Seal(t))); got != nil {
		t.Errorf("packets to two places in one datagram: %+v", got)
	}
}

func TestQUICJoinerGivesAHelloToEachConnection(t *testing.T) {
	message, _ := quicHello(t, 100)
	j := NewQUICJoiner()
	count := 0
	for i := range 5 {
		message[6+i]++ // its random bytes
		form := parsetest.InitialForm{Version: 1, Destination: fmt.Appendf(nil, "chosen%03d", i)}
		count += len(quicJoinedBy(j, 1, initials(t, form, message, piece{0, len(message)})...))
	}
	if count != 5 {
		t.Errorf("%d hellos of 5 connections between the same ends", count)
	}
}

func TestQUICJoinerGivesUp(t *testing.T) {
	message, _ := quicHello(t, 100)
	long := slices.Clone(message)
	long[1] = 1
	odd := slices.Clone(message)
	odd[4+2+32] = 33 // the length of the session
	server := slices.Clone(message)
	server[0] = 2
	whole := piece{0, len(message)}
	var pieces []byte
	for i := range scattered + 1 {
		pieces = append(pieces, parsetest.Crypto(10+2*i, []byte{0})...)
	}
	for name, c := range map[string]struct {
		frames []byte
		want   Lost
	}{
		"too long":          {parsetest.Crypto(0, long[:10]), Lost{TooLong: 1}},
		"malformed":         {parsetest.Crypto(0, odd[whole.from:whole.to]), Lost{Malformed: 1}},
		"no hello":          {parsetest.Crypto(0, server), Lost{}},
		"another frame":     {[]byte{8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, Lost{Malformed: 1}},
		"half a frame":      {append(make([]byte, 1200), 6, 0, 0x50), Lost{Malformed: 1}},
		"scattered":         {pieces, Lost{Scattered: 1}},
		"far away":          {parsetest.Crypto(1<<40, []byte{1, 2, 3}), Lost{Late: 1}},
		"half":              {parsetest.Crypto(0, message[:50]), Lost{Late: 1}},
		"endless ranges":    {append(make([]byte, 1200), 2, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0), Lost{Malformed: 1}},
		"closed at once":    {[]byte{0x1c, 0, 0, 0}, Lost{Late: 1}},
		"an unknown number": {append(make([]byte, 1200), 0xff), Lost{Malformed: 1}},
	} {
		form := parsetest.InitialForm{Version: 1, Destination: []byte("chosenbyclient"), NumberBytes: 1, Frames: c.frames}
		if len(c.frames) < 1200 {
			form.Frames = parsetest.Padded(c.frames)
		}
		j := NewQUICJoiner()
		if got := quicJoinedBy(j, 1, form.Seal(t)); got != nil {
			t.Errorf("%s: %+v", name, got)
		}
		again := initials(t, parsetest.InitialForm{Version: 1, Destination: []byte("somebody")}, message, whole)[0]
		j.Add(quicSegment(2, again), joinedAt.Add(time.Minute))
		if j.Lost() != c.want || len(j.started.by) != 1 || len(j.latest) != 1 {
			t.Errorf("%s: lost %+v, want %+v; %d begun", name, j.Lost(), c.want, len(j.started.by))
		}
	}
}

func TestQUICJoinerIsBounded(t *testing.T) {
	message, want := quicHello(t, 60000)
	j := NewQUICJoiner()
	for i := range 1000 {
		form := parsetest.InitialForm{Version: 1, Destination: fmt.Appendf(nil, "chosen%04d", i)}
		quicJoinedBy(j, uint16(i%7), initials(t, form, message, piece{0, 1000}, piece{59000, 60000})...)
		if j.started.bytes > joinedBytes || len(j.started.by) > joinedConnections || len(j.latest) > len(j.started.by) {
			t.Fatalf("%d connections of %d bytes, %d latest", len(j.started.by), j.started.bytes, len(j.latest))
		}
	}
	if n := len(j.started.by); n < 20 || j.Lost().Crowded != uint64(1000-n) {
		t.Errorf("%d begun, lost %+v", n, j.Lost())
	}
	form := parsetest.InitialForm{Version: 1, Destination: []byte("chosen0999")}
	var rest []piece
	for from := 1000; from < len(message); from += 1000 {
		rest = append(rest, piece{from, min(from+1000, len(message))})
	}
	if got := quicJoinedBy(j, 999%7, initials(t, form, message, rest...)...); !slices.Equal(got, []Hello{want}) {
		t.Errorf("the latest was given up: %+v", got)
	}
}

func TestQUICJoinerJoinsInAnyOrder(t *testing.T) {
	message, want := quicHello(t, 3000)
	random := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		var parts []piece
		for from := 0; from < len(message); {
			to := min(len(message), from+1+random.IntN(1100))
			parts = append(parts, piece{max(0, from-random.IntN(100)), to})
			from = to
		}
		random.Shuffle(len(parts), func(i, k int) { parts[i], parts[k] = parts[k], parts[i] })
		datagrams := initials(t, parsetest.InitialForm{Version: 1, Destination: []byte("chosenbyclient")}, message, parts...)
		if got := quicJoinedBy(NewQUICJoiner(), 1, datagrams...); !slices.Equal(got, []Hello{want}) {
			t.Fatalf("%v: %+v", parts, got)
		}
	}
}
