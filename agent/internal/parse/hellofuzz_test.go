package parse

import (
	"errors"
	"slices"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

// saneHello says what holds of any hello, and of none.
func saneHello(t *testing.T, h Hello, err error) {
	t.Helper()
	if err == nil && len(h.JA4) != 36 || err != nil && h != (Hello{Name: h.Name, Strange: h.Strange}) || (h.Name != "" || h.Strange) && err != nil && !errors.Is(err, ErrCutShort) {
		t.Fatalf("%+v, %v", h, err)
	}
	if clean, err := hostName(h.Name); err != nil || clean != h.Name {
		t.Fatalf("name %q is not clean: %v", h.Name, err)
	}
	if printable([]byte(h.ALPN)) != h.ALPN {
		t.Fatalf("protocol %q is not clean", h.ALPN)
	}
}

func addCaptured(f *testing.F, add func([]byte)) {
	for name := range capturedHellos {
		add(captured(f, name)[0])
	}
}

func FuzzParseHello(f *testing.F) {
	addCaptured(f, func(b []byte) { f.Add(b, uint16(100)) })
	f.Add([]byte{22, 3, 1, 0, 5, 1, 0, 0, 1, 0}, uint16(1))
	f.Fuzz(func(t *testing.T, b []byte, size uint16) {
		h, err := ParseHello(b)
		saneHello(t, h, err)
		if err != nil {
			return
		}
		message, err := recordedMessage(b)
		if err != nil {
			t.Fatal(err)
		}
		wants, _ := messageBytes(message)
		if again, err := ParseHello(parsetest.Records(t, message[:wants], int(size)%recordLimit+1)); err != nil || again != h {
			t.Fatalf("in records of %d: %+v, %v, want %+v", size, again, err, h)
		}
	})
}

func FuzzParseDTLSHello(f *testing.F) {
	for _, name := range []string{"dtls_openssl", "dtls_gnutls"} {
		f.Add(captured(f, name)[0], uint16(9), uint16(100))
	}
	parts := captured(f, "dtls_fragmented")
	f.Add(parts[0], uint16(1), uint16(2))
	f.Add(slices.Concat(parts[1], parts[0]), uint16(1), uint16(2))
	f.Fuzz(func(t *testing.T, b []byte, one, two uint16) {
		h, err := ParseDTLSHello(b)
		saneHello(t, h, err)
		if err != nil {
			return
		}
		content, length, err := datagramMessage(b)
		if err != nil || length > 60000 {
			return
		}
		body := content[:length]
		from, to := int(one)%len(body), int(two)%len(body)
		from, to = min(from, to), max(from, to)
		pieces := slices.Concat(parsetest.DatagramRecord(t, body, to, len(body)), parsetest.DatagramRecord(t, body, 0, to), parsetest.DatagramRecord(t, body, from, len(body)))
		if again, err := ParseDTLSHello(pieces); err != nil || again != h {
			t.Fatalf("in pieces at %d and %d: %+v, %v, want %+v", from, to, again, err, h)
		}
	})
}

// plannedPieces cuts b as a plan says: two bytes for each piece, of which the
// first says how long it is and the second where in the order it goes.
func plannedPieces(b, plan []byte) []piece {
	var out []piece
	from := 0
	for from < len(b) && len(plan) >= 2 && len(out) < scattered/2 {
		to := min(len(b), from+int(plan[0])*int(plan[0])/16+1)
		out = slices.Insert(out, int(plan[1])%(len(out)+1), piece{max(0, from-int(plan[1])%8), to})
		from, plan = to, plan[2:]
	}
	if from < len(b) {
		out = append(out, piece{from, len(b)})
	}
	return out
}

func FuzzHelloJoinerOrder(f *testing.F) {
	addCaptured(f, func(b []byte) { f.Add(b, []byte{4, 0, 200, 0, 90, 1, 3, 7}, uint32(1<<32-100)) })
	f.Fuzz(func(t *testing.T, b, plan []byte, first uint32) {
		want, err := ParseHello(b)
		if err != nil {
			return
		}
		j := NewHelloJoiner()
		in := []Segment{opening(1, first-1)}
		for _, p := range plannedPieces(b, plan) {
			if p.from > 0 && p.to-p.from >= 6 && beginsHello(b[p.from:]) {
				return // a hello within a hello: which is meant depends on what comes first
			}
			in = append(in, tcpSegment(1, first+uint32(p.from), b[p.from:p.to]))
		}
		if got := joinedBy(j, in...); !slices.Equal(got, []Hello{want}) {
			t.Fatalf("%v gives %+v, want %+v", plannedPieces(b, plan), got, want)
		}
		if j.Lost() != (Lost{}) || len(j.started.by) != 0 || j.started.bytes != 0 {
			t.Fatalf("lost %+v, %d begun of %d bytes", j.Lost(), len(j.started.by), j.started.bytes)
		}
	})
}

// FuzzHelloJoiner has segments of several connections arrive in any way at all:
// each takes eight bytes of the plan and what follows of the stream.
func FuzzHelloJoiner(f *testing.F) {
	addCaptured(f, func(b []byte) { f.Add(b, []byte{0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 9}) })
	f.Fuzz(func(t *testing.T, b, plan []byte) {
		j := NewHelloJoiner()
		for ; len(plan) >= 8; plan = plan[8:] {
			from := (int(plan[2])<<8 | int(plan[3])) % (len(b) + 1)
			to := min(len(b), from+int(plan[6])<<8|int(plan[7]))
			s := tcpSegment(uint16(plan[0])%4, uint32(plan[1])<<24+uint32(plan[4])<<8+uint32(plan[5]), b[from:to])
			s.SYN = plan[0]&8 != 0
			if h, ok := j.Add(s, joinedAt.Add(joinedPatience/100*(1<<(plan[0]>>5)))); ok {
				saneHello(t, h, nil)
			}
			if j.started.bytes > joinedBytes || len(j.started.by) > 4 || len(j.started.by) != j.started.order.Len() {
				t.Fatalf("%d begun of %d bytes", len(j.started.by), j.started.bytes)
			}
		}
	})
}

// FuzzGathered holds what is gathered against a note of each single byte.
func FuzzGathered(f *testing.F) {
	f.Add([]byte{0, 9, 5, 9, 100, 1, 20, 100})
	f.Add([]byte{9, 1, 7, 1, 5, 1, 3, 1, 1, 1, 0, 20})
	f.Fuzz(func(t *testing.T, plan []byte) {
		g := gathered{limit: 300}
		var known [300]bool
		var content [300]byte
		for n := byte(1); len(plan) >= 2; n++ {
			offset, b := int(plan[0])*2-50, slices.Repeat([]byte{n}, int(plan[1]))
			plan = plan[2:]
			if !g.put(offset, b) {
				return
			}
			for i := range b {
				if at := offset + i; at >= 0 && at < len(known) && !known[at] {
					known[at], content[at] = true, n
				}
			}
			length := slices.Index(known[:], false)
			if length < 0 {
				length = len(known)
			}
			if got := g.beginning(); !slices.Equal(got, content[:length]) {
				t.Fatalf("%v, want %v", got, content[:length])
			}
			for i, p := range g.pieces {
				if p.from >= p.to || i > 0 && p.from <= g.pieces[i-1].to {
					t.Fatalf("pieces %v", g.pieces)
				}
			}
		}
	})
}
