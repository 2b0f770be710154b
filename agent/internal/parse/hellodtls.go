package parse

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"
)

// ParseDTLSHello reads the DTLS ClientHello with which a datagram begins, over
// as many records as it takes (DTLS 1.0, 1.2 and 1.3 begin alike). Its fragments
// are joined within the one datagram and in any order; a hello that goes on in
// another datagram is ErrCutShort, beside which stands what is known so far.
//
// Sources: RFC 6347 §4.1 and §4.2, RFC 9147 §4 and §5.
func ParseDTLSHello(b []byte) (Hello, error) {
	content, length, err := datagramMessage(b)
	if err != nil {
		return Hello{}, helloError("DTLS", b, err)
	}
	h, err := helloContent(content, len(content) >= length, overDTLS)
	return h, helloError("DTLS", b, err)
}

// A fragment is a piece of one handshake message of DTLS.
type fragment struct {
	kind     uint8
	number   uint16 // of the message
	length   int    // of the whole message, without its header
	offset   int
	content  []byte
	trailing []byte // what follows in the same record
}

// datagramMessage gives the handshake message that a datagram holds, without its
// header and as far as it is there, and how long it is: in b's own memory where
// it is in one fragment.
func datagramMessage(b []byte) (content []byte, length int, err error) {
	rest := cryptobyte.String(b)
	var m fragments
	for n := 1; n == 1 || !rest.Empty(); n++ {
		record, err := datagramRecord(&rest)
		if err != nil && n > 1 {
			break // what follows the hello is not its business
		}
		if err == nil {
			err = m.add(record)
		}
		if err != nil {
			return nil, 0, fmt.Errorf("record %d: %w", n, err)
		}
		if m.whole != nil {
			return m.whole, len(m.whole), nil
		}
	}
	return m.joined.beginning(), m.joined.limit, nil
}

// fragments are those of one message, which the first one names.
type fragments struct {
	whole  []byte // a fragment that is all of the message
	joined gathered
	number uint16
	begun  bool
}

// add takes the fragments of one record.
func (m *fragments) add(record []byte) error {
	for len(record) > 0 {
		f, err := readFragment(record)
		if err != nil {
			return err
		}
		if len(f.content) == f.length {
			m.whole = f.content
			return nil
		}
		if !m.begun {
			m.begun, m.number, m.joined.limit = true, f.number, f.length
		}
		if f.number == m.number && f.length == m.joined.limit {
			m.joined.put(f.offset, f.content)
		}
		record = f.trailing
	}
	return nil
}

// datagramRecord takes the content of one record in clear.
func datagramRecord(s *cryptobyte.String) ([]byte, error) {
	var kind, major, minor uint8
	var epoch uint16
	var content cryptobyte.String
	if !s.ReadUint8(&kind) || !s.ReadUint8(&major) || !s.ReadUint8(&minor) || !s.ReadUint16(&epoch) || !s.Skip(6) {
		return nil, fmt.Errorf("record header: %w", ErrNoHello)
	}
	if kind != handshakeRecord || major != 0xfe || minor < 0xfc || epoch != 0 {
		return nil, fmt.Errorf("record type %d, version %#02x%02x, epoch %d: %w", kind, major, minor, epoch, ErrNoHello)
	}
	if !s.ReadUint16LengthPrefixed(&content) || content.Empty() { // a datagram is never cut
		return nil, fmt.Errorf("record: %w", errMalformed)
	}
	return content, nil
}

func readFragment(b []byte) (fragment, error) {
	var f fragment
	var length, offset, bytes uint32
	s := cryptobyte.String(b)
	if !s.ReadUint8(&f.kind) || !s.ReadUint24(&length) || !s.ReadUint16(&f.number) || !s.ReadUint24(&offset) || !s.ReadUint24(&bytes) {
		return f, fmt.Errorf("fragment header: %w", errMalformed)
	}
	if f.kind != clientHelloKind {
		return f, noHello(b)
	}
	if length > helloLimit-4 {
		return f, fmt.Errorf("message of %d bytes: %w", length, ErrHelloTooLong)
	}
	if offset+bytes > length || !s.ReadBytes(&f.content, int(bytes)) {
		return f, fmt.Errorf("fragment of %d bytes at %d of %d: %w", bytes, offset, length, errMalformed)
	}
	f.length, f.offset, f.trailing = int(length), int(offset), s
	return f, nil
}
