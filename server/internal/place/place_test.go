package place_test

import (
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/place"
)

var now = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// What the tests know of the world, as the public data is written.
const (
	networks = `192.0.2.0,192.0.2.127,7922,"Comcast Cable Communications, LLC"
192.0.2.128,192.0.2.255,7922,"Comcast Cable Communications, LLC"
198.51.100.0,198.51.100.255,64500,Example College
198.51.100.64,198.51.100.127,64501,Nobody knows
203.0.113.0,203.0.113.255,212238,Datacamp Limited
255.255.255.255,255.255.255.255,64502,The end
2001:db8::,2001:db8:0:ffff:ffff:ffff:ffff:ffff,13335,"Cloudflare, Inc."
2001:db8:1::,2001:db8:1:0:ffff:ffff:ffff:ffff,64500,Example College
`
	countries = `192.0.2.0,192.0.2.255,US
198.51.100.0,198.51.100.63,de
2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,FR
`
)

var source = place.Source{Name: "an example", Version: "1", At: now.AddDate(0, -1, 0), Licence: "CC-BY-4.0", Attribution: "Data by Example (https://example.com)."}

// folder makes a folder of places; an empty text makes no file.
func folder(t testing.TB, s place.Source, networks, countries string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{"networks.places": networks, "countries.places": countries} {
		if text == "" {
			continue
		}
		var table bytes.Buffer
		if err := place.Compile(&table, name, s, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), table.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestLook(t *testing.T) {
	atlas := place.Open(folder(t, source, networks, countries), now)
	if missing := atlas.Missing(); len(missing) > 0 {
		t.Errorf("with all data there is missing: %v", missing)
	}
	comcast := place.Network{Number: 7922, Name: "Comcast Cable Communications, LLC", Class: device.NetworkResidential, Country: "US"}
	college := place.Network{Number: 64500, Name: "Example College", Class: device.NetworkEducation}
	german := college
	german.Country = "DE"
	internal, unknown := place.Network{Class: device.NetworkInternal}, place.Network{Class: device.NetworkUnknown}
	for address, want := range map[string]place.Network{
		"192.0.2.0": comcast, "192.0.2.200": comcast, "::ffff:192.0.2.255": comcast,
		"192.0.1.255": unknown, "192.0.3.0": unknown, "1.0.0.1": unknown,
		"198.51.100.63":   german,
		"198.51.100.64":   {Number: 64501, Name: "Nobody knows", Class: device.NetworkUnknown},
		"198.51.100.128":  college, // what lies around holds again
		"203.0.113.9":     {Number: 212238, Name: "Datacamp Limited", Class: device.NetworkHosting},
		"2001:db8::1":     {Number: 13335, Name: "Cloudflare, Inc.", Class: device.NetworkRelay, Country: "FR"},
		"2001:db8:1::5":   {Number: 64500, Name: "Example College", Class: device.NetworkEducation, Country: "FR"},
		"2001:db8:1:1::5": {Class: device.NetworkUnknown, Country: "FR"},
		"ffff::1":         internal,
		"10.1.2.3":        internal, "::ffff:10.1.2.3": internal, "127.0.0.1": internal, "100.64.9.9": internal, "169.254.1.1": internal, "fd00::1": internal, "fe80::1%eth0": internal, "::1": internal,
	} {
		if diff := cmp.Diff(want, atlas.Look(netip.MustParseAddr(address))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", address, diff)
		}
	}
	if got := atlas.Look(netip.Addr{}); got != internal {
		t.Errorf("no address is %+v", got)
	}
	if got := atlas.Attribution(); len(got) != 2 || got[0] != source.Attribution {
		t.Errorf("attribution is %q", got)
	}
}

// TestMissing opens what people leave in the folder: the collector starts each
// time, says which file it is about, and knows what the other file tells.
func TestMissing(t *testing.T) {
	whole := folder(t, source, networks, countries)
	good, err := os.ReadFile(filepath.Join(whole, "networks.places"))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	for name, c := range map[string]struct {
		content []byte
		says    string
		class   string
	}{
		"absent":    {nil, "there is no", device.NetworkUnknown},
		"empty":     {[]byte{}, "does not begin as", device.NetworkUnknown},
		"another":   {[]byte("ip_range_start,ip_range_end\n"), "does not begin as", device.NetworkUnknown},
		"magic":     {good[:8], "ends after 8 bytes", device.NetworkUnknown},
		"truncated": {good[:len(good)-40], "damaged or cut short", device.NetworkUnknown},
		"flipped":   {flipped, "damaged or cut short", device.NetworkUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			folder := folder(t, source, "", countries)
			path := filepath.Join(folder, "networks.places")
			if c.content != nil {
				if err := os.WriteFile(path, c.content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			atlas := place.Open(folder, now)
			got := atlas.Missing()
			if len(got) != 1 || !strings.Contains(got[0], path) || !strings.Contains(got[0], c.says) || !strings.Contains(got[0], "make geo") {
				t.Errorf("it says %q, want one sentence with %q and %q", got, path, c.says)
			}
			n := atlas.Look(netip.MustParseAddr("192.0.2.1"))
			if n.Class != c.class || n.Country != "US" {
				t.Errorf("it knows %+v", n)
			}
		})
	}
	t.Run("no folder", func(t *testing.T) {
		atlas := place.Open(filepath.Join(t.TempDir(), "geo"), now)
		if len(atlas.Missing()) != 2 || len(atlas.Attribution()) != 0 || atlas.Look(netip.MustParseAddr("192.0.2.1")).Class != device.NetworkUnknown {
			t.Errorf("missing %q, attribution %q", atlas.Missing(), atlas.Attribution())
		}
	})
	t.Run("old", func(t *testing.T) {
		atlas := place.Open(whole, now.AddDate(2, 0, 0))
		if got := atlas.Missing(); len(got) != 2 || !strings.Contains(got[0], "2026-10-02") || atlas.Look(netip.MustParseAddr("192.0.2.1")).Country != "US" {
			t.Errorf("of old data it says %q", got)
		}
	})
}

func TestCompileRefuses(t *testing.T) {
	for text, says := range map[string]string{
		"":                                             "no range",
		"192.0.2.0,192.0.2.255\n":                      "2 fields",
		"somewhere,192.0.2.255,1,x\n":                  "line 1",
		"192.0.2.0,2001:db8::,1,x\n":                   "is no range",
		"192.0.2.9,192.0.2.0,1,x\n":                    "is no range",
		"192.0.2.0,192.0.2.255,minus one,x\n":          "no number of a network",
		"192.0.2.0,192.0.2.9,1\n1.0.0.0,1.0.0.9,2,x\n": "line 2: it begins before",
		"192.0.2.0,192.0.2.9,1,\"x\n":                  "line 1",
	} {
		err := place.Compile(io.Discard, "networks.places", source, strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), source.Name) {
			t.Errorf("%q: got %v, want %q", text, err, says)
		}
	}
	if err := place.Compile(io.Discard, "countries.places", source, strings.NewReader("192.0.2.0,192.0.2.255,Utopia\n")); err == nil {
		t.Error("a country of six letters was taken")
	}
	if err := place.Compile(io.Discard, "friends", source, strings.NewReader(networks)); err == nil {
		t.Error("a table of another kind was made")
	}
}

// BenchmarkLook looks an address up in as many ranges as there are in the world.
func BenchmarkLook(b *testing.B) {
	var text strings.Builder
	for i := range 400_000 {
		fmt.Fprintf(&text, "%d.%d.%d.0,%d.%d.%d.255,%d,Network %d\n", 1+i>>16, i>>8&255, i&255, 1+i>>16, i>>8&255, i&255, 1+i%80_000, i%80_000)
	}
	folder := folder(b, source, text.String(), countries)
	b.Run("open", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			place.Open(folder, now)
		}
	})
	atlas := place.Open(folder, now)
	address := netip.MustParseAddr("4.200.17.9")
	b.Run("look", func(b *testing.B) {
		for b.Loop() {
			atlas.Look(address)
		}
	})
}
