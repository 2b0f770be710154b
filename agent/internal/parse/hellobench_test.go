package parse

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

func BenchmarkParseHello(b *testing.B) {
	for _, name := range []string{"curl", "chromium"} {
		hello := captured(b, name)[0]
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseHello(hello); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkHelloJoiner(b *testing.B) {
	hello := captured(b, "chromium")[0]
	for name, cuts := range map[string][]int{"whole": nil, "two segments": {1400}} {
		b.Run(name, func(b *testing.B) {
			j, first := NewHelloJoiner(), uint32(0)
			b.ReportAllocs()
			for b.Loop() {
				first += 2 * sameStream
				found := joinedBy(j, segments(1, first, hello, cuts...)...)
				if len(found) != 1 {
					b.Fatal(found)
				}
			}
		})
	}
	b.Run("other words", func(b *testing.B) {
		j, s := NewHelloJoiner(), tcpSegment(1, 1, slices.Repeat([]byte{23, 3, 3, 5}, 350))
		b.ReportAllocs()
		for b.Loop() {
			s.Sequence += 1400
			j.Add(s, joinedAt)
		}
	})
	b.Run("SYNs", func(b *testing.B) {
		j, s := NewHelloJoiner(), opening(1, 1)
		b.ReportAllocs()
		for b.Loop() {
			s.SourcePort++
			s.Sequence += 99
			j.Add(s, joinedAt)
		}
	})
}

func BenchmarkQUICJoiner(b *testing.B) {
	message, _ := quicHello(b, 100)
	half := len(message) / 2
	var flights [][][]byte
	for i := range 1024 {
		message[6], message[7] = byte(i), byte(i>>8)
		form := parsetest.InitialForm{Version: 1, Destination: binary.BigEndian.AppendUint64(nil, uint64(i))}
		flights = append(flights, initials(b, form, message, piece{0, half}, piece{half, len(message)}))
	}
	j, n := NewQUICJoiner(), 0
	b.ReportAllocs()
	for b.Loop() {
		if got := quicJoinedBy(j, uint16(n), flights[n%len(flights)]...); len(got) != 1 {
			b.Fatal(got)
		}
		n++
	}
}

// BenchmarkQUICJoinerSealed is what a packet costs that does not open: a server's.
func BenchmarkQUICJoinerSealed(b *testing.B) {
	sealed := parsetest.InitialForm{Version: 1, Destination: []byte("12345678"), Key: []byte("another1"), NumberBytes: 1, Frames: make([]byte, 1200)}.Seal(b)
	j := NewQUICJoiner()
	b.ReportAllocs()
	for b.Loop() {
		j.Add(quicSegment(1, sealed), joinedAt)
	}
}
