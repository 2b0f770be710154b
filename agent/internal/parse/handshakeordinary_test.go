package parse

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// ordinary writes datagrams of what laptops really send, with the fields that
// vary drawn anew each time.
var ordinary = map[string]func(r *rand.Rand) []byte{
	"random bytes": func(r *rand.Rand) []byte { return fill(r, make([]byte, r.IntN(1452))) },
	"zeros and few others": func(r *rand.Rand) []byte { // as binary formats have them
		b := fill(r, make([]byte, r.IntN(400)))
		for i := range b {
			if r.IntN(2) == 0 {
				b[i] = 0
			}
		}
		return b
	},
	"a handshake's length and first byte": func(r *rand.Rand) []byte {
		lengths := []int{14, 20, 26, 28, 32, 42, 52, 54, 66, 72, 86, 92, 98, 148, 353}
		b := fill(r, make([]byte, lengths[r.IntN(len(lengths))]))
		b[0] = []byte{0, 1, 2, 1 << 3, 2 << 3, 7 << 3, 8 << 3, 10 << 3}[r.IntN(8)]
		return b
	},
	"RTP":                 func(r *rand.Rand) []byte { return fill(r, make([]byte, 12+r.IntN(1200)), 0x80, byte(96+r.IntN(32))) },
	"RTCP":                func(r *rand.Rand) []byte { return fill(r, make([]byte, 28), 0x80, 200, 0, 6) },
	"QUIC, long header":   func(r *rand.Rand) []byte { return fill(r, make([]byte, 1200), 0xc0|byte(r.IntN(16)), 0, 0, 0, 1, 8) },
	"QUIC, short header":  func(r *rand.Rand) []byte { return fill(r, make([]byte, 30+r.IntN(1300)), 0x40|byte(r.IntN(64))) },
	"QUIC, other version": func(r *rand.Rand) []byte { return fill(r, make([]byte, 1200), 0xd0, 0x6b, 0x33, 0x43, 0xcf, 8) },
	"DTLS":                func(r *rand.Rand) []byte { return fill(r, make([]byte, 60+r.IntN(300)), 22, 0xfe, 0xfd, 0, 0, 0, 0) },
	"NTP":                 func(r *rand.Rand) []byte { return fill(r, make([]byte, 48), 0x23, 0, 10, 0xe9, 0, 0, 0, 0) },
	"uTP": func(r *rand.Rand) []byte { // BitTorrent: kind and version, connection, times, window, numbers
		return fill(r, make([]byte, 20+r.IntN(1300)), byte(r.IntN(5))<<4|1, byte(r.IntN(3)))
	},
	"DHT":               func(r *rand.Rand) []byte { return append([]byte("d1:ad2:id20:"), fill(r, make([]byte, 60))...) },
	"WireGuard, data":   func(r *rand.Rand) []byte { return fill(r, make([]byte, 32+16*r.IntN(80)), 4, 0, 0, 0) },
	"WireGuard, cookie": func(r *rand.Rand) []byte { return fill(r, make([]byte, 64), 3, 0, 0, 0) },
	"OpenVPN, data":     func(r *rand.Rand) []byte { return fill(r, make([]byte, 50+r.IntN(1300)), 9<<3, 0, 0, byte(r.IntN(8))) },
	"ESP over UDP":      func(r *rand.Rand) []byte { return fill(r, make([]byte, 60+4*r.IntN(300))) },
	"a game's packets, numbered": func(r *rand.Rand) []byte { // number, acknowledged, then small fields
		b := make([]byte, 16+r.IntN(200))
		binary.LittleEndian.PutUint32(b, uint32(r.IntN(300)))
		binary.LittleEndian.PutUint32(b[4:], uint32(r.IntN(300)))
		for i := 8; i < len(b); i++ {
			b[i] = byte(r.IntN(24))
		}
		return b
	},
	"Source engine": func(*rand.Rand) []byte { return []byte("\xff\xff\xff\xffTSource Engine Query\x00") },
	"RakNet": func(r *rand.Rand) []byte {
		return append(fill(r, make([]byte, 9), 1), "\x00\xff\xff\x00\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78........"...)
	},
	"SSDP": func(*rand.Rand) []byte {
		return []byte("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\n\r\n")
	},
	"SIP": func(*rand.Rand) []byte {
		return []byte("OPTIONS sip:a@example.org SIP/2.0\r\nContent-Length: 0\r\n\r\n")
	},
	"syslog": func(*rand.Rand) []byte { return []byte("<13>Nov  2 09:00:00 host program: words") },
}

// fill draws bytes and puts the first ones where they belong.
func fill(r *rand.Rand, b []byte, first ...byte) []byte {
	for i := 0; i < len(b); i += 8 {
		var eight [8]byte
		binary.LittleEndian.PutUint64(eight[:], r.Uint64())
		copy(b[i:], eight[:])
	}
	copy(b, first)
	return b
}

func TestHandshakeOrdinary(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for name, write := range ordinary {
		for range 4000 {
			b := write(r)
			for _, udp := range []bool{true, false} {
				if h, err := ParseHandshake(Segment{UDP: udp, Payload: b}); err == nil {
					t.Fatalf("%s: %x is %+v", name, b, h)
				}
			}
		}
	}
}

// BenchmarkHandshakeOrdinary tells how often a random datagram is taken for a
// handshake, which must be never, and what looking costs:
// go test -bench HandshakeOrdinary -benchtime 10000000x
func BenchmarkHandshakeOrdinary(b *testing.B) {
	for _, name := range []string{"random bytes", "zeros and few others", "a handshake's length and first byte"} {
		b.Run(name, func(b *testing.B) {
			r, taken := rand.New(rand.NewPCG(7, 7)), 0
			for b.Loop() {
				if _, err := ParseHandshake(Segment{UDP: true, Payload: ordinary[name](r)}); err == nil {
					taken++
				}
			}
			b.ReportMetric(float64(taken), "taken")
		})
	}
}
