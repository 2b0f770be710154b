package parse

import (
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

func FuzzNextInitial(f *testing.F) {
	for _, b := range captured(f, "quic_chromium") {
		f.Add(b)
	}
	f.Add(parsetest.InitialForm{Version: 0x6b3343cf, Destination: []byte("12345678"), Token: []byte("token"), NumberBytes: 1, Frames: make([]byte, 40)}.Seal(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		for rest := cryptobyte.String(b); !rest.Empty(); {
			before := len(rest)
			p, initial, err := nextInitial(&rest)
			if err != nil {
				return
			}
			if len(p.bytes)+len(rest) != before || len(p.bytes) < p.number+4+sampleBytes {
				t.Fatalf("%d bytes with the number at %d of %d, and %d behind", len(p.bytes), p.number, before, len(rest))
			}
			if !initial {
				continue
			}
			keys, err := clientKeys(p.version, p.destination)
			if err != nil {
				t.Fatal(err)
			}
			if frames, _, err := keys.open(p, 3, nil); err == nil {
				_, _ = cryptoFrames(frames, &gathered{limit: 1000})
			}
		}
	})
}

func FuzzCryptoFrames(f *testing.F) {
	message, _ := quicHello(f, 10)
	f.Add(parsetest.Crypto(0, message))
	f.Add(slices.Concat(parsetest.Crypto(50, message[50:]), []byte{1, 0, 0}, parsetest.Crypto(0, message[:60])))
	f.Add([]byte{2, 0x40, 9, 0, 1, 3, 1, 1, 3, 9, 0, 0, 0, 1, 2, 3})
	f.Fuzz(func(t *testing.T, frames []byte) {
		g := gathered{limit: helloLimit}
		_, _ = cryptoFrames(frames, &g)
		if len(g.bytes) > helloLimit || len(g.pieces) > scattered || len(g.beginning()) > len(frames) {
			t.Fatalf("%d bytes in %d pieces", len(g.bytes), len(g.pieces))
		}
		if len(frames) > 16000 {
			return // the writer's lengths end there
		}
		j := NewQUICJoiner()
		sealed := parsetest.InitialForm{Version: 1, Destination: []byte("chosenbyclient"), NumberBytes: 2, Frames: parsetest.Padded(slices.Clone(frames))}.Seal(t)
		if h, ok := j.Add(quicSegment(1, sealed), joinedAt); ok {
			saneHello(t, h, nil)
		}
		if j.Sealed() != 0 {
			t.Fatal("did not open")
		}
	})
}

func FuzzQUICJoinerOrder(f *testing.F) {
	message, _ := quicHello(f, 1500)
	f.Add(message, []byte{4, 0, 200, 0, 90, 1, 3, 7}, uint32(0), false)
	f.Add(message, []byte{90, 3, 90, 2, 90, 1}, uint32(70000), true)
	f.Fuzz(func(t *testing.T, message, plan []byte, number uint32, two bool) {
		want, err := helloMessage(message, overQUIC)
		if err != nil || len(message) > 8000 {
			return
		}
		form := parsetest.InitialForm{Version: 1, Destination: []byte("chosenbyclient"), Number: number % (1 << 31)}
		if two {
			form.Version = 0x6b3343cf
		}
		form.NumberBytes = 4
		j := NewQUICJoiner()
		var got []Hello
		for _, p := range plannedPieces(message, plan) {
			form.Number++
			form.Frames = parsetest.Padded(parsetest.Crypto(p.from, message[p.from:p.to]))
			if h, ok := j.Add(quicSegment(1, form.Seal(t)), joinedAt); ok {
				got = append(got, h)
			}
		}
		if !slices.Equal(got, []Hello{want}) || j.Lost() != (Lost{}) || j.started.bytes != 0 {
			t.Fatalf("%v gives %+v, want %+v; lost %+v", plannedPieces(message, plan), got, want, j.Lost())
		}
	})
}

// FuzzQUICJoiner has datagrams of several connections arrive in any way at all:
// as they are, and with frames sealed to each other's numbers, as a plan says in
// four bytes for each.
func FuzzQUICJoiner(f *testing.F) {
	flight := captured(f, "quic_chromium")
	f.Add(flight[0], []byte{})
	f.Add(slices.Concat(flight...), []byte{0, 0, 0, 9})
	message, _ := quicHello(f, 900)
	f.Add(slices.Concat(parsetest.Crypto(0, message[:500]), parsetest.Crypto(500, message[500:])), []byte{0, 0, 0, 126, 0x12, 0, 126, 200, 0x21, 1, 0, 255})
	numbers := [][]byte{[]byte("chosenbyclient"), []byte("another1"), []byte("tiny"), {}}
	f.Fuzz(func(t *testing.T, b, plan []byte) {
		j := NewQUICJoiner()
		show := func(s Segment, at int) {
			if h, ok := j.Add(s, joinedAt.Add(joinedPatience/8*time.Duration(at))); ok {
				saneHello(t, h, nil)
			}
			if j.started.bytes > joinedBytes || len(j.started.by) > joinedConnections || len(j.latest) > min(4, len(j.started.by)) || len(j.started.by) != j.started.order.Len() {
				t.Fatalf("%d begun of %d bytes, %d latest", len(j.started.by), j.started.bytes, len(j.latest))
			}
		}
		show(quicSegment(1, b), 0)
		show(quicSegment(1, append(slices.Clone(b), make([]byte, quicDatagram)...)), 0)
		for n := 1; len(plan) >= 4 && n < 100; n, plan = n+1, plan[4:] {
			form := parsetest.InitialForm{
				Version: 1, Destination: numbers[plan[0]&3], Key: numbers[plan[0]>>4&3], Number: uint32(n), NumberBytes: 1 + n%4,
			}
			if plan[1]&1 != 0 {
				form.Token = []byte("token")
			}
			if plan[1]&2 != 0 {
				form.Version = 0x6b3343cf
			}
			from := min(len(b), 4*int(plan[2]))
			form.Frames = parsetest.Padded(slices.Clone(b[from:min(len(b), from+4*int(plan[3]))]))
			show(quicSegment(uint16(plan[1]>>6), form.Seal(t)), n/8)
		}
	})
}
