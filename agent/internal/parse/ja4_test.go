package parse

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

// numbers reads a list as FoxIO writes it.
func numbers(t testing.TB, list string) []uint16 {
	t.Helper()
	var out []uint16
	for n := range strings.SplitSeq(list, ",") {
		b, err := hex.DecodeString(n)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, uint16(b[0])<<8|uint16(b[1]))
	}
	return out
}

// The lists and fingerprints are published: the first in FoxIO's description of
// JA4 itself, the others of real browsers beside its tools.
func TestJA4OfPublishedHellos(t *testing.T) {
	for _, c := range []struct {
		want, ciphers, extensions, algorithms string
		over                                  carrier
	}{
		{
			"t13d1516h2_8daaf6152771_e5627efa2ab1",
			"1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035",
			"001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015",
			"0403,0804,0401,0503,0805,0501,0806,0601", overTCP,
		},
		{
			"t13d1715h2_5b57614c22b0_3d5424432f57",
			"1301,1303,1302,c02b,c02f,cca9,cca8,c02c,c030,c00a,c009,c013,c014,009c,009d,002f,0035",
			"0000,0017,ff01,000a,000b,0023,0010,0005,0022,0033,002b,000d,002d,001c,0015",
			"0403,0503,0603,0804,0805,0806,0401,0501,0601,0203,0201", overTCP,
		},
		{
			"t13d1715h2_5b57614c22b0_5c2c66f702b0",
			"1301,1303,1302,c02b,c02f,cca9,cca8,c02c,c030,c00a,c009,c013,c014,009c,009d,002f,0035",
			"0000,0017,ff01,000a,000b,0023,0010,0005,0022,0033,002b,000d,002d,001c,fe0d",
			"0403,0503,0603,0804,0805,0806,0401,0501,0601,0203,0201", overTCP,
		},
		{
			"q13d0308h3_55b375c5d22e_a06176d7f541",
			"1302,1301,1303", "0033,002b,000d,000a,002d,0000,0010,0039",
			"0403,0804,0401,0503,0805,0501,0201,0807,0808", overQUIC,
		},
	} {
		form := parsetest.HelloForm{Version: 0x0303, Ciphers: append([]uint16{0x0a0a}, numbers(t, c.ciphers)...), Extensions: []parsetest.Extension{{Number: 0xfafa}}}
		for _, n := range numbers(t, c.extensions) {
			e := parsetest.Extension{Number: n}
			switch n {
			case extensionName:
				e = parsetest.Name(t, "www.example.org")
			case extensionALPN:
				e = parsetest.Protocols(t, map[carrier]string{overTCP: "h2", overQUIC: "h3"}[c.over], "http/1.1")
			case extensionVersions:
				e = parsetest.Versions(t, 0x1a1a, 0x0304, 0x0303)
			case extensionAlgorithms:
				e = parsetest.Algorithms(t, append([]uint16{0x3a3a}, numbers(t, c.algorithms)...)...)
			case extensionECH:
				e = parsetest.Sealed(t, 32, 239)
			}
			form.Extensions = append(form.Extensions, e)
		}
		if got, err := helloMessage(form.Message(t), c.over); err != nil || got.JA4 != c.want {
			t.Errorf("%s, %v, want %s", got.JA4, err, c.want)
		}
	}
}

// The examples are FoxIO's.
func TestJA4Protocols(t *testing.T) {
	for protocol, want := range map[string]string{
		"h2": "h2", "http/1.1": "h1", "": "00", "x": "xx", "\xab": "ab", "\xab\xcd": "ad", "0\xab": "3b", "01\xab\xcd": "3d", "0\xab\xcd1": "01",
	} {
		if a, b := protocolEnds([]byte(protocol)); string([]byte{a, b}) != want {
			t.Errorf("%q: %c%c, want %s", protocol, a, b, want)
		}
	}
}

func TestJA4CountsNoMoreThan99(t *testing.T) {
	form := parsetest.HelloForm{Version: 0x0303}
	for i := range uint16(300) {
		form.Ciphers = append(form.Ciphers, i)
		form.Extensions = append(form.Extensions, parsetest.Extension{Number: 1000 + i})
	}
	got, err := helloMessage(form.Message(t), overTCP)
	if err != nil || !strings.HasPrefix(got.JA4, "t12i999900_") || len(got.JA4) != 36 {
		t.Errorf("%+v, %v", got, err)
	}
}
