package place

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// TestLadder compares the steps of random spans with the plain rule.
func TestLadder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var spans []span
		for i := range random.IntN(12) {
			from := random.Uint64N(32)
			spans = append(spans, span{from, from + random.Uint64N(32-from), i + 1})
		}
		slices.SortStableFunc(spans, func(a, b span) int { return int(a.from) - int(b.from) })
		l := ladder{end: 31}
		for _, s := range spans {
			if err := l.add(s); err != nil {
				t.Fatal(err)
			}
		}
		l.finish()
		for at := range uint64(32) {
			want, got := 0, 0
			for _, s := range spans {
				if s.from <= at && at <= s.to {
					want = s.says
				}
			}
			for _, s := range l.steps {
				if s.from <= at {
					got = s.says
				}
			}
			if got != want {
				t.Fatalf("at %d there is %d, want %d: spans %v, steps %v", at, got, want, spans, l.steps)
			}
		}
	}
}

func TestClasses(t *testing.T) {
	c, err := readClasses(classesFile)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.byNumber); n < 200 || n > 500 {
		t.Errorf("the list has %d networks", n)
	}
	for name, want := range map[string]string{
		"Example University": device.NetworkEducation, "UNIVERSIDAD DE EJEMPLO": device.NetworkEducation, "Example Hosting, Inc.": device.NetworkHosting,
		"Example Broadband Pvt. Ltd.": device.NetworkResidential, "Example Mobile Communications": device.NetworkMobile,
		// Words that would be guessing.
		"Universal Cloud Telecom": device.NetworkUnknown, "Collegiate Wireless": device.NetworkUnknown, "VPN de Ejemplo": device.NetworkUnknown, "Ghosting": device.NetworkUnknown, "": device.NetworkUnknown,
	} {
		if got := c.of(64500, name); got != want {
			t.Errorf("%q is %s, want %s", name, got, want)
		}
	}
	if got := c.of(7922, "Example University"); got != device.NetworkResidential {
		t.Errorf("the number says %s, and goes before the name", got)
	}
}

func TestClassesRefuse(t *testing.T) {
	for text, says := range map[string]string{
		"":            "EOF",
		"friends: []": "friends",
		"systems: [{class: farm, source: x, networks: {1: x}}]":                                               "farm",
		"systems: [{class: hosting, networks: {1: x}}]":                                                       "a source",
		"systems: [{class: hosting, source: x, networks: {0: x}}]":                                            "no network",
		"systems: [{class: hosting, source: x, networks: {5000000000: x}}]":                                   "no network",
		"systems: [{class: hosting, source: x, networks: {7: x}}, {class: vpn, source: x, networks: {7: x}}]": "network 7",
		"words: [{class: internal, any: [x]}]":                                                                "internal",
		"words: [{class: hosting, any: [Two  Words]}]":                                                        "not written",
		"systems: []\n---\nsystems: []":                                                                       "second document",
	} {
		if _, err := readClasses([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want %q", text, err, says)
		}
	}
}

// FuzzTable reads anything as a table: it is refused, or every address looks up.
func FuzzTable(f *testing.F) {
	var good bytes.Buffer
	if err := Compile(&good, networksFile, Source{Name: "x"}, strings.NewReader("192.0.2.0,192.0.2.255,1,x\n2001:db8::,2001:db8::ffff,2,y\n")); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes()[8 : good.Len()-32])
	f.Add([]byte{})
	f.Fuzz(func(_ *testing.T, body []byte) {
		table, err := parseTable(sealed(append(slices.Clone(magic), body...)))
		if err != nil {
			return
		}
		for _, a := range []string{"0.0.0.0", "192.0.2.7", "255.255.255.255", "::", "2001:db8::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"} {
			table.look(netip.MustParseAddr(a))
		}
	})
}
