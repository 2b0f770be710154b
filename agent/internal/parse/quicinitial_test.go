package parse

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

// exampleFrames are those of the client's Initial packet in RFC 9001 §A.2, which
// RFC 9369 §A.2 seals again.
const exampleFrames = `
	060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868
	04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578
	616d706c652e636f6dff01000100000a00080006001d00170018001000070005
	04616c706e000500050100000000003300260024001d00209370b2c9caa47fba
	baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400
	0d0010000e0403050306030203080408050806002d00020101001c0002400100
	3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000
	75300901100f088394c8f03e51570806048000ffff`

// The packets' beginnings and ends, which is where their seals are, are those of
// the two RFCs: what lies between could not be another.
func TestInitialExamplesOfTheRFCs(t *testing.T) {
	destination := unhex(t, "8394c8f03e515708")
	frames := unhex(t, exampleFrames)
	frames = append(frames, make([]byte, 1162-len(frames))...)
	for _, c := range []struct {
		version    uint32
		begin, end string
	}{
		{1, "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11", "e221af44860018ab0856972e194cd934"},
		{0x6b3343cf, "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485dd04de806071bf03", "a18b2faa745b6fe189cf772a9f84cbfc"},
	} {
		sealed := parsetest.InitialForm{Version: c.version, Destination: destination, Number: 2, NumberBytes: 4, Frames: frames}.Seal(t)
		if !bytes.HasPrefix(sealed, unhex(t, c.begin)) || !bytes.HasSuffix(sealed, unhex(t, c.end)) {
			t.Fatalf("the test's own packet is not the example: %x … %x", sealed[:40], sealed[len(sealed)-16:])
		}
		before := slices.Clone(sealed)
		rest := cryptobyte.String(sealed)
		p, initial, err := nextInitial(&rest)
		if err != nil || !initial || len(rest) != 0 {
			t.Fatalf("%v, initial %v, %d bytes behind", err, initial, len(rest))
		}
		keys, err := clientKeys(p.version, p.destination)
		if err != nil {
			t.Fatal(err)
		}
		got, number, err := keys.open(p, -1, nil)
		if err != nil || number != 2 || !bytes.Equal(got, frames) {
			t.Errorf("version %#x: packet %d, %v", c.version, number, err)
		}
		if !bytes.Equal(sealed, before) {
			t.Error("the datagram was changed")
		}
		s := quicSegment(1, sealed)
		want := Hello{Name: "example.com", ALPN: "alpn", Version: "1.3", JA4: "q13d0211an_"}
		if h, ok := NewQUICJoiner().Add(s, joinedAt); !ok || h.Name != want.Name || h.ALPN != want.ALPN || h.Version != want.Version || !strings.HasPrefix(h.JA4, want.JA4) {
			t.Errorf("version %#x: %+v", c.version, h)
		}
	}
}

func TestInitialThatDoesNotOpen(t *testing.T) {
	sealed := parsetest.InitialForm{Version: 1, Destination: []byte("12345678"), Key: []byte("another1"), NumberBytes: 1, Frames: make([]byte, 1200)}.Seal(t)
	j := NewQUICJoiner()
	if h, ok := j.Add(quicSegment(1, sealed), joinedAt); ok || j.Sealed() != 1 || len(j.started.by) != 0 || j.Lost() != (Lost{}) {
		t.Errorf("%+v, %d sealed, lost %+v", h, j.Sealed(), j.Lost())
	}
	own := parsetest.InitialForm{Version: 1, Destination: []byte("12345678"), NumberBytes: 1, Frames: make([]byte, 1200)}.Seal(t)
	own[len(own)-1]++
	if _, ok := j.Add(quicSegment(1, own), joinedAt); ok || j.Sealed() != 2 {
		t.Errorf("a broken seal: %d sealed", j.Sealed())
	}
}

func TestNextInitialRefuses(t *testing.T) {
	whole := parsetest.InitialForm{Version: 1, Destination: []byte("12345678"), Source: []byte("abc"), Token: []byte("token"), NumberBytes: 1, Frames: make([]byte, 40)}.Seal(t)
	with := func(at int, b byte) []byte {
		c := slices.Clone(whole)
		c[at] = b
		return c
	}
	for n := range whole {
		rest := cryptobyte.String(whole[:n])
		if _, ok, err := nextInitial(&rest); ok || err == nil {
			t.Errorf("%d of %d bytes: %v, %v", n, len(whole), ok, err)
		}
	}
	for name, b := range map[string][]byte{
		"a short header":          with(0, 0x40),
		"another version":         with(4, 9),
		"a long destination":      with(5, 21),
		"a long source":           with(5+1+8, 21),
		"a token beyond the end":  with(5+1+8+1+3, 0x7f),
		"a length beyond the end": with(5+1+8+1+3+1+5, 0x7f),
		"a Retry":                 with(0, 0xf0),
	} {
		rest := cryptobyte.String(b)
		if _, ok, err := nextInitial(&rest); ok || err == nil {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
}

func TestWholeNumber(t *testing.T) {
	for _, c := range []struct {
		sent    int64
		size    int
		largest int64
		want    int64
	}{
		{0, 1, -1, 0}, {200, 1, -1, 200}, {0x9b32, 2, 0xa82f30ea, 0xa82f9b32}, // the second is RFC 9000's
		{0, 1, 255, 256}, {254, 1, 257, 254}, {1, 4, 5, 1},
	} {
		if got := wholeNumber(c.sent, c.size, c.largest); got != c.want {
			t.Errorf("%#x in %d bytes after %#x: %#x, want %#x", c.sent, c.size, c.largest, got, c.want)
		}
	}
}
