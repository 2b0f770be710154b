package parse

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

// captured reads what a real client said: the file says which and how.
func captured(t testing.TB, name string) [][]byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "hello", name+".hex"))
	if err != nil {
		t.Fatal(err)
	}
	_, packed, _ := strings.Cut(string(text), "nothing.\n")
	var packets [][]byte
	for part := range strings.SplitSeq(packed, "\n\n") {
		packets = append(packets, unhex(t, part))
	}
	return packets
}

// The fingerprints were computed by another program; Chromium's is also the one
// that FoxIO's own tests have for Chrome, and curl's the one that is known of curl 7.
var capturedHellos = map[string]Hello{
	"openssl":   {Name: "www.example.org", ALPN: "h2", Version: "1.3", JA4: "t13d3111h2_e8f1e7e78f70_1f22a2ca17c4"},
	"openssl12": {Name: "www.example.org", Version: "1.2", JA4: "t12d280700_d943125447b4_e7e480e5a997"},
	"curl":      {Name: "www.example.org", ALPN: "h2", Version: "1.3", JA4: "t13d3112h2_e8f1e7e78f70_b26ce05bbdd6"},
	"python":    {Name: "www.example.org", Version: "1.3", JA4: "t13d181100_85036bcba153_d41ae481755e"},
	"node":      {Name: "www.example.org", Version: "1.3", JA4: "t13d591000_a33745022dd6_1f22a2ca17c4"},
	"git":       {Name: "localhost", ALPN: "h2", Version: "1.3", JA4: "t13d2912h2_723694b0fccc_288f874c93d6"},
	"firefox":   {Name: "www.example.org", ALPN: "h2", Version: "1.3", JA4: "t13d1617h2_86a278354501_3cbfd9057e0d"},
	"chromium":  {Name: "www.example.org", ALPN: "h2", Version: "1.3", JA4: "t13d1517h2_8daaf6152771_cb7bf5808d99"},
}

func TestParseHelloOfRealClients(t *testing.T) {
	for name, want := range capturedHellos {
		whole := captured(t, name)[0]
		if got, err := ParseHello(whole); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, want)
		}
		message, err := recordedMessage(whole)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{1, 2, 3, 5, 100, 700} {
			if got, err := ParseHello(append(parsetest.Records(t, message, size), "more"...)); err != nil || got != want {
				t.Errorf("%s in records of %d: %+v, %v", name, size, got, err)
			}
		}
		named := ""
		for n := range whole {
			got, err := ParseHello(whole[:n])
			if !errors.Is(err, ErrCutShort) || got.JA4 != "" {
				t.Fatalf("%s, %d bytes: %+v, error %v, want %v", name, n, got, err, ErrCutShort)
			}
			if got.Name != named && named != "" || got.Name != "" && got.Name != want.Name {
				t.Fatalf("%s, %d bytes: name %q after %q", name, n, got.Name, named)
			}
			named = got.Name
		}
		if named == "" {
			t.Errorf("%s: no beginning gives the name", name)
		}
	}
}

func TestParseHelloOfGo(t *testing.T) {
	got, err := ParseHello(parsetest.ClientHello(t, "Relay.Example.org"))
	if err != nil || got.Name != "relay.example.org" || got.Version != "1.3" || got.ECH || !strings.HasPrefix(got.JA4, "t13d") {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = ParseHello(parsetest.ClientHello(t, "192.0.2.1"))
	if err != nil || got.Name != "" || !strings.HasPrefix(got.JA4, "t13i") {
		t.Errorf("an address is no name: %+v, %v", got, err)
	}
}

func TestHelloVersions(t *testing.T) {
	for _, c := range []struct {
		field   uint16
		offered []uint16
		version string
		code    string
	}{
		{0x0301, nil, "1.0", "10"},
		{0x0302, nil, "1.1", "11"},
		{0x0303, nil, "1.2", "12"},
		{0x0300, nil, "ssl3", "s3"},
		{0x0303, []uint16{0x0303, 0x0304, 0x0302}, "1.3", "13"},
		{0x0303, []uint16{0x7a7a, 0x0303}, "1.2", "12"},
		{0x0303, []uint16{0x7f1c, 0x0303}, "1.2", "00"}, // a draft
		{0x0303, []uint16{0x7a7a}, "", "00"},
		{0x0909, nil, "", "00"},
	} {
		form := parsetest.HelloForm{Version: c.field, Ciphers: []uint16{0x1301}, Extensions: []parsetest.Extension{}}
		if c.offered != nil {
			form.Extensions = []parsetest.Extension{parsetest.Versions(t, c.offered...)}
		}
		got, err := ParseHello(parsetest.Records(t, form.Message(t), 16384))
		if err != nil || got.Version != c.version || !strings.HasPrefix(got.JA4, "t"+c.code+"i01") {
			t.Errorf("%#x %#x: %+v, %v, want %s", c.field, c.offered, got, err, c.version)
		}
	}
}

func TestHelloECH(t *testing.T) {
	grease := parsetest.Extension{Number: 0x5a5a}
	record := parsetest.Extension{Number: 28, Content: []byte{64, 1}}
	sealed := parsetest.Sealed(t, 32, 176)
	broken := parsetest.Extension{Number: 0xfe0d, Content: sealed.Content[:len(sealed.Content)-1]}
	inner := parsetest.Extension{Number: 0xfe0d, Content: []byte{1}}
	for what, c := range map[string]struct {
		name       string
		extensions []parsetest.Extension
		want       bool
	}{
		"a browser's to an ordinary name":          {"www.example.org", []parsetest.Extension{grease, sealed}, false},
		"Firefox's to an ordinary name":            {"www.example.org", []parsetest.Extension{record, sealed}, false},
		"a browser's to an operator's outer name":  {"cloudflare-ech.com", []parsetest.Extension{grease, sealed}, true},
		"Firefox's to an operator's outer name":    {"public.tls-ech.dev", []parsetest.Extension{record, sealed}, true},
		"a client's that has no reason to pretend": {"www.example.org", []parsetest.Extension{sealed}, true},
		"without an outer name":                    {"", []parsetest.Extension{sealed}, false},
		"of no such shape":                         {"cloudflare-ech.com", []parsetest.Extension{broken}, false},
		"an inner one":                             {"cloudflare-ech.com", []parsetest.Extension{inner}, false},
		"a name like it without the extension":     {"cloudflare-ech.com", []parsetest.Extension{grease}, false},
		"part of another word":                     {"tech.example.org", []parsetest.Extension{grease, sealed}, false},
		"a second hello's, without a key":          {"cloudflare-ech.com", []parsetest.Extension{grease, parsetest.Sealed(t, 0, 176)}, true},
	} {
		form := parsetest.HelloForm{Version: 0x0303, Ciphers: []uint16{0x1301}, Extensions: c.extensions}
		if c.name != "" {
			form.Extensions = append(form.Extensions, parsetest.Name(t, c.name))
		}
		got, err := ParseHello(parsetest.Records(t, form.Message(t), 16384))
		if err != nil || got.ECH != c.want || got.Name != c.name {
			t.Errorf("%s: %+v, %v, want %v", what, got, err, c.want)
		}
	}
}

func TestParseHelloRefuses(t *testing.T) {
	large := parsetest.HelloForm{Version: 0x0303, Ciphers: make([]uint16, 100), Extensions: []parsetest.Extension{{Number: 21, Content: make([]byte, 65531)}}}
	behind := parsetest.HelloForm{Version: 0x0303, Ciphers: []uint16{1}, Extensions: []parsetest.Extension{}}.Body(t)
	behind = append([]byte{1, 0, 0, byte(len(behind) + 1)}, append(behind, 0)...)
	for name, c := range map[string]struct {
		bytes []byte
		want  string
		is    error
	}{
		"nothing":                {nil, "in 0 bytes: headers", ErrCutShort},
		"HTTP":                   {[]byte("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"), "record type 71", ErrNoHello},
		"one byte of something":  {[]byte{7}, "record type 7", ErrNoHello},
		"a hello of one byte":    {[]byte{22, 3, 1, 0, 5, 1, 0, 0, 1, 0}, "version and random", errMalformed},
		"a server hello":         {[]byte{22, 3, 3, 0, 5, 2, 0, 0, 1, 0}, "message 2", ErrNoHello},
		"a hello of other ssl":   {[]byte{22, 9, 1, 0, 5, 1, 0, 0, 1, 0}, "version 0x09", ErrNoHello},
		"an empty record":        {[]byte{22, 3, 1, 0, 0, 1, 0, 0, 1, 0}, "record of 0 bytes", errMalformed},
		"a large record":         {[]byte{22, 3, 1, 0x40, 1, 1, 0, 0, 1, 0}, "record of 16385 bytes", errMalformed},
		"a change within":        {append(parsetest.Records(t, []byte{1, 0, 0, 99, 3, 3}, 9), 20, 3, 3, 0, 1, 1), "record type 20", ErrNoHello},
		"64 KB":                  {parsetest.Records(t, large.Message(t), 16384), "longer than any", ErrHelloTooLong},
		"64 KB, its first bytes": {[]byte{22, 3, 1, 0x40, 0, 1, 1, 0, 0}, "longer than any", ErrHelloTooLong},
		"bytes behind":           {parsetest.Records(t, behind, 999), "1 bytes behind", errMalformed},
		"no cipher suites":       {parsetest.Records(t, parsetest.HelloForm{Version: 0x0303}.Message(t), 999), "0 bytes of cipher suites", errMalformed},
	} {
		h, err := ParseHello(c.bytes)
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, c.is) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
		if h != (Hello{}) {
			t.Errorf("%s: %+v beside an error", name, h)
		}
	}
	old := parsetest.HelloForm{Version: 0x0301, Ciphers: []uint16{4}} // before there were extensions
	if h, err := ParseHello(parsetest.Records(t, old.Message(t), 999)); err != nil || h.Version != "1.0" || !strings.HasPrefix(h.JA4, "t10i010000_") || !strings.HasSuffix(h.JA4, "_000000000000") {
		t.Errorf("without extensions: %+v, %v", h, err)
	}
}

// TestParseHelloStrange: what a client writes into an extension does not hide its
// hello, and nothing of it is shown.
func TestParseHelloStrange(t *testing.T) {
	name := parsetest.Name(t, "a.org")
	for what, c := range map[string]struct {
		extensions []parsetest.Extension
		want       Hello
		ja4        string
	}{
		"an odd byte":              {[]parsetest.Extension{parsetest.Name(t, "relay\x1b[2J.org")}, Hello{Strange: true, Version: "1.2"}, "t12d010100_"},
		"an empty name":            {[]parsetest.Extension{parsetest.Name(t, "")}, Hello{Strange: true, Version: "1.2"}, "t12d010100_"},
		"the root":                 {[]parsetest.Extension{parsetest.Name(t, ".")}, Hello{Strange: true, Version: "1.2"}, "t12d010100_"},
		"a long name":              {[]parsetest.Extension{parsetest.Name(t, strings.Repeat("a.", 150))}, Hello{Strange: true, Version: "1.2"}, "t12d010100_"},
		"a name cut too soon":      {[]parsetest.Extension{{Number: 0, Content: []byte{0, 9, 0, 0, 9, 'a'}}}, Hello{Strange: true, Version: "1.2"}, "t12d010100_"},
		"two names":                {[]parsetest.Extension{name, parsetest.Name(t, "b.org")}, Hello{Name: "a.org", Strange: true, Version: "1.2"}, "t12d010200_"},
		"another extension twice":  {[]parsetest.Extension{name, {Number: 23}, {Number: 23}}, Hello{Name: "a.org", Version: "1.2"}, "t12d010300_"},
		"an empty protocol":        {[]parsetest.Extension{parsetest.Protocols(t, "")}, Hello{Version: "1.2"}, "t12i010100_"},
		"a protocol cut too soon":  {[]parsetest.Extension{{Number: 16, Content: []byte{0, 2, 9, 'h'}}}, Hello{Version: "1.2"}, "t12i010100_"},
		"half a version":           {[]parsetest.Extension{{Number: 43, Content: []byte{1, 3}}}, Hello{}, "t00i010100_"},
		"a version and a half":     {[]parsetest.Extension{{Number: 43, Content: []byte{3, 3, 4, 3}}}, Hello{Version: "1.3"}, "t13i010100_"},
		"an algorithm and a half":  {[]parsetest.Extension{{Number: 13, Content: []byte{0, 3, 4, 3, 8}}}, Hello{Version: "1.2"}, "t12i010100_"},
		"versions cut at a length": {[]parsetest.Extension{{Number: 43, Content: []byte{9, 3, 4}}}, Hello{Version: "1.2"}, "t12i010100_"},
	} {
		form := parsetest.HelloForm{Version: 0x0303, Ciphers: []uint16{0x1301}, Extensions: c.extensions}
		got, err := ParseHello(parsetest.Records(t, form.Message(t), 16384))
		ja4 := got.JA4
		if got.JA4 = ""; err != nil || got != c.want || !strings.HasPrefix(ja4, c.ja4) {
			t.Errorf("%s: %+v %s, %v", what, got, ja4, err)
		}
	}
}
