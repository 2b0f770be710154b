package parse

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

func TestParseDTLSHelloOfRealClients(t *testing.T) {
	for name, want := range map[string]Hello{
		"dtls_openssl": {Name: "www.example.org", Version: "d1.2", JA4: "dd2d280700_d943125447b4_e7e480e5a997"},
		"dtls_gnutls":  {Name: "www.example.org", Version: "d1.2", JA4: "dd2d251000_7415a186c913_577ffa9d9a5c"},
	} {
		if got, err := ParseDTLSHello(captured(t, name)[0]); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, want)
		}
	}
	parts := captured(t, "dtls_fragmented")
	if got, err := ParseDTLSHello(parts[0]); !errors.Is(err, ErrCutShort) || got != (Hello{Name: "www.example.org"}) {
		t.Errorf("the first of two datagrams: %+v, %v", got, err)
	}
	if got, err := ParseDTLSHello(parts[1]); !errors.Is(err, ErrCutShort) || got != (Hello{}) {
		t.Errorf("the second of two datagrams: %+v, %v", got, err)
	}
	if got, err := ParseDTLSHello(slices.Concat(parts[1], parts[0])); err != nil || got.JA4 != "dd2d280700_d943125447b4_e7e480e5a997" {
		t.Errorf("both in one datagram: %+v, %v", got, err)
	}
}

func TestParseDTLSHelloVersions(t *testing.T) {
	for _, c := range []struct {
		field   uint16
		offered []uint16
		version string
		code    string
	}{
		{0xfeff, nil, "d1.0", "d1"},
		{0xfefd, nil, "d1.2", "d2"},
		{0xfefd, []uint16{0xfefc, 0xfefd}, "d1.3", "d3"},
		{0xfefd, []uint16{0xfeff, 0xfefd}, "d1.2", "d2"},
	} {
		form := parsetest.HelloForm{Version: c.field, DTLS: true, Ciphers: []uint16{0x1301}, Extensions: []parsetest.Extension{parsetest.Name(t, "a.example.org")}}
		if c.offered != nil {
			form.Extensions = append(form.Extensions, parsetest.Versions(t, c.offered...))
		}
		body := form.Body(t)
		got, err := ParseDTLSHello(parsetest.DatagramRecord(t, body, 0, len(body)))
		if err != nil || got.Version != c.version || got.Name != "a.example.org" || !strings.HasPrefix(got.JA4, "d"+c.code+"d01") {
			t.Errorf("%#x %#x: %+v, %v", c.field, c.offered, got, err)
		}
		var pieces []byte // overlapping, the last first
		for from := len(body) - 1; from >= 0; from -= 7 {
			pieces = append(pieces, parsetest.DatagramRecord(t, body, max(0, from-7), min(len(body), from+3))...)
		}
		pieces = append(pieces, parsetest.DatagramRecord(t, body, 0, 9)...)
		if again, err := ParseDTLSHello(pieces); err != nil || again != got {
			t.Errorf("in pieces: %+v, %v, want %+v", again, err, got)
		}
	}
}

func TestParseDTLSHelloRefuses(t *testing.T) {
	body := parsetest.HelloForm{Version: 0xfefd, DTLS: true, Ciphers: []uint16{0x1301}}.Body(t)
	whole := parsetest.DatagramRecord(t, body, 0, len(body))
	with := func(at int, b ...byte) []byte {
		c := slices.Clone(whole)
		copy(c[at:], b)
		return c
	}
	for name, c := range map[string]struct {
		bytes []byte
		is    error
	}{
		"nothing":                  {nil, ErrNoHello},
		"a STUN message":           {[]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, ErrNoHello},
		"TLS":                      {captured(t, "curl")[0], ErrNoHello},
		"a later epoch":            {with(4, 1), ErrNoHello},
		"a server's":               {with(13, 2), ErrNoHello},
		"a record that is not all": {whole[:len(whole)-1], errMalformed},
		"a fragment beyond":        {with(13+6, 0, 0, 1), errMalformed},
		"a large message":          {with(13+1, 2), ErrHelloTooLong},
		"an empty record":          {with(11, 0, 0), errMalformed},
	} {
		if h, err := ParseDTLSHello(c.bytes); !errors.Is(err, c.is) || h != (Hello{}) {
			t.Errorf("%s: %+v, error %v, want %v", name, h, err, c.is)
		}
	}
}
