package parsetest

import (
	"testing"

	"golang.org/x/crypto/cryptobyte"
)

// A HelloForm is a ClientHello to be written.
type HelloForm struct {
	Version    uint16
	Ciphers    []uint16
	Extensions []Extension
	DTLS       bool // has a cookie
}

// An Extension of a hello.
type Extension struct {
	Number  uint16
	Content []byte
}

// Name is the extension that names a server.
func Name(t testing.TB, name string) Extension {
	return Extension{0, built(t, func(b *cryptobyte.Builder) {
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			b.AddUint8(0)
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(name)) })
		})
	})}
}

// Protocols is the extension that offers application protocols.
func Protocols(t testing.TB, names ...string) Extension {
	return Extension{16, built(t, func(b *cryptobyte.Builder) {
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, name := range names {
				b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(name)) })
			}
		})
	})}
}

// Versions is the extension that offers versions.
func Versions(t testing.TB, versions ...uint16) Extension {
	return Extension{43, built(t, func(b *cryptobyte.Builder) {
		b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { addNumbers(b, versions) })
	})}
}

// Algorithms is the extension that offers signature algorithms.
func Algorithms(t testing.TB, algorithms ...uint16) Extension {
	return Extension{13, built(t, func(b *cryptobyte.Builder) {
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { addNumbers(b, algorithms) })
	})}
}

// Sealed is an encrypted_client_hello of a client.
func Sealed(t testing.TB, key, payload int) Extension {
	return Extension{0xfe0d, built(t, func(b *cryptobyte.Builder) {
		b.AddUint8(0)
		b.AddUint16(1)
		b.AddUint16(1)
		b.AddUint8(7)
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(make([]byte, key)) })
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(make([]byte, payload)) })
	})}
}

// Body writes the hello without a header.
func (f HelloForm) Body(t testing.TB) []byte {
	return built(t, func(b *cryptobyte.Builder) {
		b.AddUint16(f.Version)
		b.AddBytes(make([]byte, 32))
		b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(make([]byte, 32)) })
		if f.DTLS {
			b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(make([]byte, 20)) })
		}
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { addNumbers(b, f.Ciphers) })
		b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddUint8(0) })
		if f.Extensions == nil {
			return
		}
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, e := range f.Extensions {
				b.AddUint16(e.Number)
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(e.Content) })
			}
		})
	})
}

// Message writes the hello as a handshake message of TLS.
func (f HelloForm) Message(t testing.TB) []byte {
	body := f.Body(t)
	return built(t, func(b *cryptobyte.Builder) {
		b.AddUint8(1)
		b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(body) })
	})
}

// Records puts a handshake message into TLS records of at most so many bytes.
func Records(t testing.TB, message []byte, size int) []byte {
	return built(t, func(b *cryptobyte.Builder) {
		for rest := message; len(rest) > 0; {
			n := min(size, len(rest))
			b.AddUint8(22)
			b.AddUint16(0x0301)
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(rest[:n]) })
			rest = rest[n:]
		}
	})
}

// DatagramRecord is one DTLS record with the bytes from, up to but not
// including to, of a hello's body as a fragment.
func DatagramRecord(t testing.TB, body []byte, from, to int) []byte {
	return built(t, func(b *cryptobyte.Builder) {
		b.AddUint8(22)
		b.AddUint16(0xfefd)
		b.AddBytes(make([]byte, 8)) // epoch and number
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			b.AddUint8(1)
			b.AddUint24(uint32(len(body)))
			b.AddUint16(0)
			b.AddUint24(uint32(from))
			b.AddUint24(uint32(to - from))
			b.AddBytes(body[from:to])
		})
	})
}

func addNumbers(b *cryptobyte.Builder, numbers []uint16) {
	for _, n := range numbers {
		b.AddUint16(n)
	}
}

func built(t testing.TB, write func(*cryptobyte.Builder)) []byte {
	t.Helper()
	var b cryptobyte.Builder
	write(&b)
	out, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return out
}
