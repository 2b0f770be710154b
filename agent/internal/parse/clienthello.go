package parse

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
)

// ErrNoServerName says that a ClientHello is whole and names no server.
var ErrNoServerName = errors.New("no server name")

// ParseClientHello gives the server name of the TLS ClientHello at the
// beginning of b, lower case. The hello may be longer than b: with
// post-quantum keys it no longer fits one segment, and the name often is in
// the first.
func ParseClientHello(b []byte) (string, error) {
	name, err := clientHello(b)
	if err != nil {
		return "", fmt.Errorf("TLS ClientHello in %d bytes: %w", len(b), err)
	}
	return name, nil
}

func clientHello(b []byte) (string, error) {
	s := cryptobyte.String(b)
	var kind, message uint8
	var version, record uint16
	var length uint32
	if !s.ReadUint8(&kind) || !s.ReadUint16(&version) || !s.ReadUint16(&record) || !s.ReadUint8(&message) || !s.ReadUint24(&length) {
		return "", fmt.Errorf("headers: %w", ErrCutShort)
	}
	if kind != 22 || version>>8 != 3 || message != 1 {
		return "", fmt.Errorf("record type %d, version %#04x, message %d: not a hello", kind, version, message)
	}
	whole := len(s) >= int(length)
	if whole {
		s = s[:length]
	}
	name, err := helloName(s)
	if err != nil && !whole && !errors.Is(err, errMalformed) {
		return "", ErrCutShort
	}
	return name, err
}

// helloName walks a hello that may end early.
func helloName(s cryptobyte.String) (string, error) {
	var session, ciphers, compressions cryptobyte.String
	if !s.Skip(2 + 32) { // version and random
		return "", fmt.Errorf("version and random: %w", ErrCutShort)
	}
	if !s.ReadUint8LengthPrefixed(&session) || !s.ReadUint16LengthPrefixed(&ciphers) || !s.ReadUint8LengthPrefixed(&compressions) {
		return "", fmt.Errorf("session, cipher suites and compressions: %w", ErrCutShort)
	}
	if s.Empty() {
		return "", ErrNoServerName // before extensions existed
	}
	var total uint16
	if !s.ReadUint16(&total) {
		return "", fmt.Errorf("extensions: %w", ErrCutShort)
	}
	if len(s) > int(total) {
		s = s[:total]
	}
	for !s.Empty() {
		var extension uint16
		var content cryptobyte.String
		if !s.ReadUint16(&extension) || !s.ReadUint16LengthPrefixed(&content) {
			return "", fmt.Errorf("extension %d: %w", extension, ErrCutShort)
		}
		if extension == 0 {
			return serverName(content)
		}
	}
	return "", ErrNoServerName
}

// serverName reads the list of the server name extension: in practice one host name.
func serverName(s cryptobyte.String) (string, error) {
	var list, host cryptobyte.String
	var kind uint8
	if !s.ReadUint16LengthPrefixed(&list) || !list.ReadUint8(&kind) || !list.ReadUint16LengthPrefixed(&host) || kind != 0 || len(host) == 0 {
		return "", fmt.Errorf("server name extension: %w", errMalformed)
	}
	name, err := hostName(string(host))
	if err != nil {
		return "", fmt.Errorf("server name extension: %w: %w", errMalformed, err)
	}
	return name, nil
}
