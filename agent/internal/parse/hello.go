package parse

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
)

// A Hello is what a client says first: of TLS, DTLS or QUIC.
type Hello struct {
	// Name of the server, lower case; "" when none was sent.
	Name string
	// Strange says that a server name was sent that is none, or two were: no honest
	// client does that, but a server that knows of it may answer. Name is then ""
	// or the first.
	Strange bool
	// ALPN is the first application protocol, e.g. "h2"; "" when none.
	ALPN string
	// Version is the highest offered: "1.0" … "1.3", for DTLS "d1.0", "d1.2"
	// or "d1.3", "ssl3" for what came before; "" when no known one is.
	Version string
	// ECH says that the hello carries an encrypted_client_hello (RFC 9849) that
	// is not GREASE as far as can be told; Name is then only the outer one.
	//
	// It cannot be told for certain: GREASE of this extension is made to look
	// like the real one, and browsers send it to every server that has no key
	// published, so the extension alone says nothing. Two things do: an outer
	// name that says of itself what it is for, as the big operators' do
	// (cloudflare-ech.com), and over TCP a client that does not send GREASE
	// elsewhere and is no browser, and so had no reason to pretend. A browser at a
	// server with an unremarkable outer name is missed; Name then is that outer
	// name. A program told to send GREASE here and nowhere else is taken for a
	// real one.
	ECH bool
	// JA4 is the fingerprint of the client's TLS library and its settings as
	// FoxIO describes it, with t, q or d in front; "" when the hello is not whole.
	JA4 string
}

// ErrCutShort says that a ClientHello goes on in a later segment or datagram.
var ErrCutShort = errors.New("goes on in a later segment")

// ErrNoHello says that bytes are of something else than a ClientHello.
var ErrNoHello = errors.New("not a ClientHello")

// ErrHelloTooLong says that a ClientHello is longer than helloLimit, so that no
// honest client sends it.
var ErrHelloTooLong = errors.New("longer than any honest ClientHello")

var errMalformed = errors.New("malformed")

const (
	helloLimit        = 64 << 10 // bytes of one ClientHello with its header; what Go's own server takes
	handshakeRecord   = 22
	clientHelloKind   = 1
	recordHeaderBytes = 5
	recordLimit       = 16 << 10 // bytes of one record in clear
)

// ParseHello reads the TLS ClientHello with which b begins, over as many
// records as it takes; what follows it is not looked at. Beside ErrCutShort
// stands what is known so far: the name, often, for it tends to be in the first
// segment, and never a fingerprint.
func ParseHello(b []byte) (Hello, error) {
	message, err := recordedMessage(b)
	if err != nil {
		return Hello{}, helloError("TLS", b, err)
	}
	h, err := helloMessage(message, overTCP)
	return h, helloError("TLS", b, err)
}

func helloError(of string, b []byte, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s ClientHello in %d bytes: %w", of, len(b), err)
}

// recordedMessage gives the handshake message that begins b as far as it is
// there, in b's own memory where it is within one record.
func recordedMessage(b []byte) ([]byte, error) {
	var span helloSpan
	if err := span.follow(b); err != nil && !errors.Is(err, ErrCutShort) {
		return nil, err
	}
	first, rest, err := record(b)
	if err != nil || span.next == 0 {
		return first, err
	}
	joined := append(make([]byte, 0, min(len(b), helloLimit)), first...)
	for err == nil && len(rest) > 0 && !wholeMessage(joined) {
		var next []byte
		next, rest, err = record(rest)
		joined = append(joined, next...)
	}
	return joined, nil
}

// A helloSpan follows the records that a ClientHello takes, as they arrive.
type helloSpan struct {
	next  int     // where in the stream the record begins that is not whole yet
	bytes int     // of the message in the records before it
	head  [4]byte // the message's header, as far as those go
}

// follow looks at the records at the beginning of a stream that have become
// known since; ErrCutShort until the whole hello is there.
func (s *helloSpan) follow(b []byte) error {
	for {
		content, _, err := record(b[s.next:])
		if err != nil {
			return err
		}
		head := s.head
		known := 0
		if s.bytes < len(head) {
			known = copy(head[s.bytes:], content)
		}
		known = min(len(head), s.bytes+known)
		if head[0] != clientHelloKind {
			return noHello(head[:])
		}
		wants, ok := messageBytes(head[:known])
		if ok && wants > helloLimit {
			return fmt.Errorf("message of %d bytes: %w", wants, ErrHelloTooLong)
		}
		if ok && s.bytes+len(content) >= wants {
			return nil
		}
		said := int(b[s.next+3])<<8 | int(b[s.next+4])
		if len(content) < said {
			return fmt.Errorf("record of %d bytes: %w", said, ErrCutShort)
		}
		s.head, s.bytes, s.next = head, s.bytes+said, s.next+recordHeaderBytes+said
	}
}

func wholeMessage(message []byte) bool {
	wants, ok := messageBytes(message)
	return ok && len(message) >= wants
}

func noHello(message []byte) error {
	return fmt.Errorf("message %d: %w", message[0], ErrNoHello)
}

// record takes one record of a handshake off b; its content may be cut short at b's end.
func record(b []byte) (content, rest []byte, err error) {
	if len(b) > 0 && b[0] != handshakeRecord || len(b) > 1 && b[1] != 3 {
		return nil, nil, fmt.Errorf("record type %d, version %#x: %w", b[0], b[1:min(len(b), 3)], ErrNoHello)
	}
	if len(b) <= recordHeaderBytes {
		return nil, nil, fmt.Errorf("headers: %w", ErrCutShort)
	}
	n := int(b[3])<<8 | int(b[4])
	if n == 0 || n > recordLimit {
		return nil, nil, fmt.Errorf("record of %d bytes: %w", n, errMalformed)
	}
	b = b[recordHeaderBytes:]
	n = min(n, len(b))
	return b[:n:n], b[n:], nil
}

// messageBytes is how long a handshake message says it is, with its header; not
// ok where that is not there.
func messageBytes(message []byte) (int, bool) {
	if len(message) < 4 {
		return 0, false
	}
	return 4 + (int(message[1])<<16 | int(message[2])<<8 | int(message[3])), true
}

// helloMessage reads a handshake message that may end early.
func helloMessage(message []byte, over carrier) (Hello, error) {
	s := cryptobyte.String(message)
	var kind uint8
	var length uint32
	if !s.ReadUint8(&kind) || !s.ReadUint24(&length) {
		return Hello{}, fmt.Errorf("message header: %w", ErrCutShort)
	}
	if kind != clientHelloKind {
		return Hello{}, noHello(message)
	}
	if length > helloLimit-4 {
		return Hello{}, fmt.Errorf("message of %d bytes: %w", length, ErrHelloTooLong)
	}
	return helloContent(s[:min(len(s), int(length))], len(s) >= int(length), over)
}
