package parse

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
)

// A carrier is what a hello came over, as JA4 names it.
type carrier byte

const (
	overTCP  carrier = 't'
	overQUIC carrier = 'q'
	overDTLS carrier = 'd'
)

// Numbers of extensions, as IANA keeps them.
const (
	extensionName       = 0
	extensionAlgorithms = 13
	extensionALPN       = 16
	extensionRecordSize = 28
	extensionVersions   = 43
	extensionECH        = 0xfe0d
)

// A helloBody is what stands in a hello, as far as it is looked at. Lists are
// as they were sent, GREASE among them.
type helloBody struct {
	over       carrier
	version    uint16
	ciphers    cryptobyte.String // of uint16
	versions   cryptobyte.String // of uint16; nil when the extension is not there
	algorithms cryptobyte.String // of uint16
	protocol   cryptobyte.String
	name       string
	named      bool     // carries a server name
	strange    bool     // which is none, or not the only one
	sealed     bool     // carries an encrypted_client_hello as a client makes it
	extensions []uint16 // without GREASE, in order
	greased    bool
}

// helloContent reads a hello without its header; where it is not whole, what is
// missing is ErrCutShort rather than malformed.
func helloContent(s cryptobyte.String, whole bool, over carrier) (Hello, error) {
	short := ErrCutShort
	if whole {
		short = errMalformed
	}
	var room [48]uint16 // browsers send about twenty
	body := helloBody{over: over, extensions: room[:0]}
	err := body.read(s, short)
	switch {
	case err == nil && !whole: // extensions that end before their message does
		return Hello{}, fmt.Errorf("bytes behind the extensions: %w", errMalformed)
	case err == nil:
		return body.hello(), nil
	case errors.Is(err, ErrCutShort):
		return Hello{Name: body.name, Strange: body.strange}, err
	}
	return Hello{}, err
}

func (b *helloBody) read(s cryptobyte.String, short error) error {
	var session, cookie, compressions, extensions cryptobyte.String
	if !s.ReadUint16(&b.version) || !s.Skip(32) {
		return fmt.Errorf("version and random: %w", short)
	}
	if !s.ReadUint8LengthPrefixed(&session) || b.over == overDTLS && !s.ReadUint8LengthPrefixed(&cookie) {
		return fmt.Errorf("session: %w", short)
	}
	if len(session) > 32 {
		return fmt.Errorf("session of %d bytes: %w", len(session), errMalformed)
	}
	if !s.ReadUint16LengthPrefixed(&b.ciphers) || !s.ReadUint8LengthPrefixed(&compressions) {
		return fmt.Errorf("cipher suites and compressions: %w", short)
	}
	if len(b.ciphers) == 0 || len(b.ciphers)%2 != 0 || len(compressions) == 0 {
		return fmt.Errorf("%d bytes of cipher suites, %d compressions: %w", len(b.ciphers), len(compressions), errMalformed)
	}
	if s.Empty() {
		if short == ErrCutShort { //nolint:errorlint // one of two that helloContent hands in
			return fmt.Errorf("extensions: %w", short)
		}
		return nil // before extensions existed
	}
	var total uint16
	if !s.ReadUint16(&total) {
		return fmt.Errorf("extensions: %w", short)
	}
	if len(s) > int(total) {
		return fmt.Errorf("%d bytes behind the extensions: %w", len(s)-int(total), errMalformed)
	}
	extensions = s
	if err := b.readExtensions(extensions, short); err != nil {
		return err
	}
	if len(s) < int(total) {
		return fmt.Errorf("extensions of %d bytes in %d: %w", total, len(s), short)
	}
	return nil
}

func (b *helloBody) readExtensions(s cryptobyte.String, short error) error {
	for !s.Empty() {
		var number uint16
		var content cryptobyte.String
		if !s.ReadUint16(&number) || !s.ReadUint16LengthPrefixed(&content) {
			return fmt.Errorf("extension %d: %w", number, short)
		}
		if grease(number) {
			b.greased = true
			continue
		}
		b.extensions = append(b.extensions, number)
		b.readExtension(number, content)
	}
	return nil
}

// readExtension passes over what is malformed within an extension, as a server may
// that is in league with its client: one odd byte is not to hide a connection.
func (b *helloBody) readExtension(number uint16, s cryptobyte.String) {
	var list cryptobyte.String
	switch number {
	case extensionName:
		if name, ok := serverName(s); ok && !b.named {
			b.name = name
		} else {
			b.strange = true
		}
		b.named = true
	case extensionAlgorithms:
		if s.ReadUint16LengthPrefixed(&list) {
			b.algorithms = list
		}
	case extensionALPN:
		if s.ReadUint16LengthPrefixed(&list) && !list.ReadUint8LengthPrefixed(&b.protocol) {
			b.protocol = nil
		}
	case extensionVersions:
		if s.ReadUint8LengthPrefixed(&list) {
			b.versions = list
		}
	case extensionECH:
		b.sealed = sealed(s)
	}
}

// hello says what a whole hello says.
func (b *helloBody) hello() Hello {
	slices.Sort(b.extensions)
	return Hello{
		Name:    b.name,
		Strange: b.strange,
		ALPN:    protocolName(b.protocol),
		Version: versionName(b.highest()),
		ECH:     b.sealed && b.hides(),
		JA4:     b.ja4(),
	}
}

// protocolName spares the usual names their memory.
func protocolName(b []byte) string {
	switch string(b) {
	case "h2":
		return "h2"
	case "h3":
		return "h3"
	case "http/1.1":
		return "http/1.1"
	}
	return printable(b)
}

// highest version that is offered, 0 when no known one is: by the extension
// where there is one, else by the field that came before it.
func (b *helloBody) highest() uint16 {
	if b.versions == nil {
		return b.version
	}
	var highest, v uint16
	for list := b.versions; list.ReadUint16(&v); {
		if versionName(v) != "" && (highest == 0 || later(v, highest)) {
			highest = v
		}
	}
	return highest
}

// later orders versions; those of DTLS count downwards and are above all of TLS.
func later(a, b uint16) bool {
	if a >= 0xfe00 && b >= 0xfe00 {
		return a < b
	}
	return a > b
}

// versionName is "" for a version nobody knows.
func versionName(v uint16) string {
	switch v {
	case 0x0304:
		return "1.3"
	case 0x0303:
		return "1.2"
	case 0x0302:
		return "1.1"
	case 0x0301:
		return "1.0"
	case 0x0300, 0x0002:
		return "ssl3"
	case 0xfefc:
		return "d1.3"
	case 0xfefd:
		return "d1.2"
	case 0xfeff:
		return "d1.0"
	}
	return ""
}

// grease knows the values of RFC 8701, which are sent so that others learn to ignore what they do not know.
func grease(v uint16) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff }

// hides says whether an encrypted_client_hello is a real one as far as Hello.ECH explains.
func (b *helloBody) hides() bool {
	if b.name == "" {
		return false // a real one has the outer name beside it
	}
	for part := range strings.FieldsFuncSeq(b.name, func(r rune) bool { return r == '.' || r == '-' }) {
		if part == "ech" {
			return true
		}
	}
	return b.over == overTCP && !b.greased && !slices.Contains(b.extensions, extensionRecordSize)
}

// sealed knows an encrypted_client_hello as a client makes it: outer, a known
// way to derive and to seal, an encapsulated key (none in a second hello) and a
// payload that is longer than its own seal.
func sealed(s cryptobyte.String) bool {
	var kind, id uint8
	var derive, seal uint16
	var key, payload cryptobyte.String
	return s.ReadUint8(&kind) && kind == 0 && s.ReadUint16(&derive) && derive >= 1 && derive <= 3 &&
		s.ReadUint16(&seal) && seal >= 1 && seal <= 3 && s.ReadUint8(&id) &&
		s.ReadUint16LengthPrefixed(&key) && s.ReadUint16LengthPrefixed(&payload) && len(payload) > 16 && s.Empty()
}

// serverName reads the list of the server name extension: in practice one host
// name. Not ok where it is none, or empty.
func serverName(s cryptobyte.String) (name string, ok bool) {
	var list, host cryptobyte.String
	var kind uint8
	if !s.ReadUint16LengthPrefixed(&list) || !list.ReadUint8(&kind) || !list.ReadUint16LengthPrefixed(&host) || kind != 0 || len(host) == 0 {
		return "", false
	}
	name, err := hostName(string(host))
	return name, err == nil && name != ""
}
