package parse

import (
	"errors"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

func TestParseClientHello(t *testing.T) {
	whole := parsetest.ClientHello(t, "Relay.Example.org")
	if name, err := ParseClientHello(whole); err != nil || name != "relay.example.org" {
		t.Fatalf("name %q, error %v", name, err)
	}
	if _, err := ParseClientHello(parsetest.ClientHello(t, "192.0.2.1")); !errors.Is(err, ErrNoServerName) {
		t.Errorf("an address is no name: error %v, want %v", err, ErrNoServerName)
	}
	found := false
	for n := range whole {
		name, err := ParseClientHello(whole[:n])
		switch {
		case err == nil && name == "relay.example.org":
			found = true
		case err == nil:
			t.Fatalf("%d bytes give %q", n, name)
		case !errors.Is(err, ErrCutShort):
			t.Fatalf("%d of %d bytes: error %v, want %v", n, len(whole), err, ErrCutShort)
		case found:
			t.Fatalf("%d bytes give no name, fewer did: %v", n, err)
		}
	}
	if !found {
		t.Error("no beginning of the hello gives the name")
	}
}

func TestParseClientHelloRefuses(t *testing.T) {
	whole := parsetest.ClientHello(t, "relay.example.org")
	strange := []byte(strings.Replace(string(whole), "relay.example.org", "relay\x1b[2Jxxx.org", 1))
	for name, c := range map[string]struct {
		bytes []byte
		want  string
	}{
		"nothing":              {nil, "in 0 bytes: headers"},
		"HTTP":                 {[]byte("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"), "record type 71"},
		"strange bytes":        {strange, "byte 0x1b at 5 of a name"},
		"a hello of one byte":  {[]byte{22, 3, 1, 0, 5, 1, 0, 0, 1, 0}, "version and random"},
		"a server hello":       {[]byte{22, 3, 3, 0, 5, 2, 0, 0, 1, 0}, "message 2: not a hello"},
		"a hello of other ssl": {[]byte{22, 9, 1, 0, 5, 1, 0, 0, 1, 0}, "version 0x0901"},
	} {
		if _, err := ParseClientHello(c.bytes); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

func FuzzParseClientHello(f *testing.F) {
	f.Add(parsetest.ClientHello(f, "relay.example.org"))
	f.Add([]byte{22, 3, 1, 0, 5, 1, 0, 0, 1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		name, err := ParseClientHello(b)
		if err != nil && name != "" {
			t.Fatalf("name %q beside error %v", name, err)
		}
		if clean, err := hostName(name); err != nil || clean != name {
			t.Fatalf("name %q is not clean: %v", name, err)
		}
	})
}
