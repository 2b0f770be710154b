package parse

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The bytes are what these products show as a display by default, read in
// their public sources; the masked hashes were computed by an independent program.
var edidCases = []struct {
	name       string
	hex        string
	maskedHash string
	maskedBase string
	want       EDID
	mode       string
	extensions string
}{
	{
		name:       "PiKVM V4 Plus",
		hex:        "00ffffffffffff0031d8737701010101231a010380351e780e0565a756529c270f50543fed00b300a9c0950090408180814081c0714f023a801871382d40582c45000f282100001e000000ff0043414645424142452020202020000000fd00324b0f5211000a202020202020000000fc0050694b564d20563420506c7573012d020320714b90041f13223e213d203c0167030c001000802d23097f0783010000023a801871382d40582c45000f282100001e011d007251d01e206e2855000f282100001e023a80d072382d40102c45800f282100001e283c80a070b023403020360006442100001a000000000000000000000000000000000000000000000030",
		maskedHash: "ab4a8a986f0466ef", maskedBase: "15a17b2367633d5c", mode: "1920x1080@60.00", extensions: "cta",
		want: EDID{Manufacturer: "LNX", Product: 0x7773, Serial: 0x01010101, Name: "PiKVM V4 Plus", SerialText: "CAFEBABE", Week: 35, Year: 2016, WidthCM: 53, HeightCM: 30, Claimed: 1, BadChecksums: nil},
	},
	{
		name:       "PiKVM V3",
		hex:        "00ffffffffffff0031d8717701010101231a010380351e780e0565a756529c270f50543fed00b300a9c0950090408180814081c0714f011d007251d01e206e2855000f282100001e000000ff0043414645424142452020202020000000fd00324b0f5211000a202020202020000000fc0050694b564d2056330a202020200143020317314a841f13223e213d203c0167030c001000802d011d007251d01e206e2855000f282100001e000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000015",
		maskedHash: "52f61a5f745de941", maskedBase: "f91f24a9a000e392", mode: "1280x720@60.00", extensions: "cta",
		want: EDID{Manufacturer: "LNX", Product: 0x7771, Serial: 0x01010101, Name: "PiKVM V3", SerialText: "CAFEBABE", Week: 35, Year: 2016, WidthCM: 53, HeightCM: 30, Claimed: 1, BadChecksums: nil},
	},
	{
		name:       "PiKVM V3 with another monitor's identity",
		hex:        "00ffffffffffff005290815b791be18d231a010380351e780e0565a756529c270f50543fed00b300a9c0950090408180814081c0714f011d007251d01e206e2855000f282100001e000000ff0041424344313233340a20202020000000fd00324b0f5211000a202020202020000000fc00544f53484942410a202020202001f9020317314a841f13223e213d203c0167030c001000802d011d007251d01e206e2855000f282100001e000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000015",
		maskedHash: "52f61a5f745de941", maskedBase: "f91f24a9a000e392", mode: "1280x720@60.00", extensions: "cta",
		want: EDID{Manufacturer: "TTP", Product: 0x5b81, Serial: 0x8de11b79, Name: "TOSHIBA", SerialText: "ABCD1234", Week: 35, Year: 2016, WidthCM: 53, HeightCM: 30, Claimed: 1, BadChecksums: nil},
	},
	{
		name:       "TinyPilot",
		hex:        "00ffffffffffff0052627698008888882d1e0103800000781aee91a3544c99260f50547fef8081c08140810081809500a9c081406140271f80f07138164038c0350000000000001eec2c80a070381a403020350000000000001e000000fc0054696e7950696c6f740a202020000000fd00185a125010000a20202020202001aa02031ef14b010204131f2021223c3d3e2309070766030c00300080e2007f000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000008e",
		maskedHash: "535635c8a185abab", maskedBase: "bf4ac921b260d176", mode: "1920x1080@29.95", extensions: "cta",
		want: EDID{Manufacturer: "TSB", Product: 0x9876, Serial: 0x88888800, Name: "TinyPilot", SerialText: "", Week: 45, Year: 2020, WidthCM: 0, HeightCM: 0, Claimed: 1, BadChecksums: nil},
	},
	{
		name:       "BliKVM, both checksums zero",
		hex:        "00ffffffffffff0052628888008888881c150103800000780aee91a3544c99260f505400000001010101010101010101010101010101011d007251d01e206e285500c48e2100001e8c0ad08a20e02d10103e9600138e2100001e000000fc00546f73686962612d4832430a20000000fd003b3d0f2e0f1e0a2020202020200100020321434e041303021211012021a23c3d3e1f2309070766030c00300080e3007f8c0ad08a20e02d10103e9600c48e210000188c0ad08a20e02d10103e9600138e210000188c0aa01451f01600267c4300138e210000980000000000000000000000000000000000000000000000000000000000000000000000000000000000",
		maskedHash: "d925e77f90acb1fb", maskedBase: "9cf0c568cccacaee", mode: "1280x720@60.00", extensions: "cta",
		want: EDID{Manufacturer: "TSB", Product: 0x8888, Serial: 0x88888800, Name: "Toshiba-H2C", SerialText: "", Week: 28, Year: 2011, WidthCM: 0, HeightCM: 0, Claimed: 1, BadChecksums: []int{0, 1}},
	},
	{
		name:       "JetKVM 0.4, promises a block it does not have",
		hex:        "00ffffffffffff0052620188008888881c150103800000780a0dc9a05747982712484c00000001010101010101010101010101010101023a801871382d40582c4500c48e2100001e011d007251d01e206e285500c48e2100001e000000fc00543734392d6648443732300a20000000fd00147801ff1d000a202020202020017b",
		maskedHash: "d701f9dea8f667d2", maskedBase: "d701f9dea8f667d2", mode: "1920x1080@60.00", extensions: "",
		want: EDID{Manufacturer: "TSB", Product: 0x8801, Serial: 0x88888800, Name: "T749-fHD720", SerialText: "", Week: 28, Year: 2011, WidthCM: 0, HeightCM: 0, Claimed: 1, BadChecksums: nil},
	},
	{
		name:       "JetKVM 2026",
		hex:        "00ffffffffffff0028b4010001eeffc0302301038047287856ee91a3544c99260f5054000000d1c081c0318001010101010101010101023a801871382d40582c4500c48e2100001e011d007251d01e206e285500c48e2100001e000000fd00174c0f5111000a202020202020000000fc004a65744b564d2076310a202020011d020322d1431004012309070783010000e200cfe40d100401e305000065030c001000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000cf",
		maskedHash: "ee227f4c6211f863", maskedBase: "43a69e7cd7c7de30", mode: "1920x1080@60.00", extensions: "cta",
		want: EDID{Manufacturer: "JET", Product: 0x0001, Serial: 0xc0ffee01, Name: "JetKVM v1", SerialText: "", Week: 48, Year: 2025, WidthCM: 71, HeightCM: 40, Claimed: 1, BadChecksums: nil},
	},
	{
		name:       "NanoKVM",
		hex:        "00ffffffffffff004e040133150000001e23010380301b782a6925a35b50a327115054a54b00d1c08180010101010101010101010101023a801871382d40582c4500dc0c1100001e000000ff004e616e6f4b564d0a2020202020000000fc004e616e6f4b564d0a2020202020000000fd00384c1e5311000a20202020202001f50203113046041f1413011065030c001000023a801871382d40582c4500dc0c1100001e011d007251d01e206e285500dc0c1100001e0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000da",
		maskedHash: "e68db782c2a2b66d", maskedBase: "300494b0c4243689", mode: "1920x1080@60.00", extensions: "cta",
		want: EDID{Manufacturer: "SPD", Product: 0x3301, Serial: 0x00000015, Name: "NanoKVM", SerialText: "NanoKVM", Week: 30, Year: 2025, WidthCM: 48, HeightCM: 27, Claimed: 1, BadChecksums: nil},
	},
	{
		name:       "MS2109 capture chip",
		hex:        "00ffffffffffff002157010001000000011d0104824627782ad9b0a357499c2511494b210800714081c08100814081809500a9c0b300023a801871382d40582c4500c48e2100001e000000fd0017551e641e0410000000000001000000f7000a0040c6440000000000000000000000fc0048444d4920544f205553420a2001d402032cf151010203041112131f2021223c3d3e905f64230907078301000067030c001000b83ce50e61606665011d007251d01e206e285500c48e2100001e8c0ad08a20e02d10103e9600c48e210000188c0ad090204031200c405500c48e210000184e1f008051001e3040803700c48e21000018000000000000000000000022",
		maskedHash: "9627f07a8ffcde3a", maskedBase: "eae34b12df010933", mode: "1920x1080@60.00", extensions: "cta",
		want: EDID{Manufacturer: "HJW", Product: 0x0001, Serial: 0x00000001, Name: "HDMI TO USB", SerialText: "", Week: 1, Year: 2019, WidthCM: 70, HeightCM: 39, Claimed: 1, BadChecksums: nil},
	},
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatalf("hexadecimal in the test: %v", err)
	}
	return b
}

func TestParseEDID(t *testing.T) {
	for _, c := range edidCases {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseEDID(unhex(t, c.hex))
			if err != nil {
				t.Fatal(err)
			}
			if got.MaskedHash != c.maskedHash || got.MaskedBase != c.maskedBase {
				t.Errorf("masked hashes %s %s, want %s %s", got.MaskedHash, got.MaskedBase, c.maskedHash, c.maskedBase)
			}
			if mode := got.Detailed[0].String(); mode != c.mode {
				t.Errorf("preferred mode %s, want %s", mode, c.mode)
			}
			var kinds []string
			for _, x := range got.Extensions {
				kinds = append(kinds, x.Kind)
			}
			if joined := strings.Join(kinds, " "); joined != c.extensions {
				t.Errorf("extensions %q, want %q", joined, c.extensions)
			}
			picked := EDID{Manufacturer: got.Manufacturer, Product: got.Product, Serial: got.Serial, Name: got.Name, SerialText: got.SerialText,
				Week: got.Week, Year: got.Year, WidthCM: got.WidthCM, HeightCM: got.HeightCM, Claimed: got.Claimed, BadChecksums: got.BadChecksums}
			if diff := cmp.Diff(c.want, picked); diff != "" {
				t.Errorf("identity (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMaskedHashIgnoresTheIdentity(t *testing.T) {
	genuine := unhex(t, edidCases[0].hex)
	spoofed := append([]byte(nil), genuine...)
	copy(spoofed[8:16], []byte{0x10, 0xac, 1, 2, 3, 4, 5, 6})
	copy(spoofed[77:90], "AAAAAAAAAAAAA") // the serial number text
	spoofed[127]++
	a, errA := ParseEDID(genuine)
	b, errB := ParseEDID(spoofed)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if a.MaskedHash != b.MaskedHash || a.Hash == b.Hash {
		t.Errorf("masked %s and %s should be equal, whole %s and %s should differ", a.MaskedHash, b.MaskedHash, a.Hash, b.Hash)
	}
	spoofed[54]++ // the preferred timing is no identity
	c, err := ParseEDID(spoofed)
	if err != nil {
		t.Fatal(err)
	}
	if c.MaskedHash == a.MaskedHash {
		t.Error("another timing gives the same masked hash")
	}
}

func TestEDIDDetails(t *testing.T) {
	got, err := ParseEDID(unhex(t, edidCases[0].hex))
	if err != nil {
		t.Fatal(err)
	}
	if !got.Digital || got.Version != "1.3" || !got.Extensions[0].CTA.BasicAudio {
		t.Errorf("digital %v, version %s, extensions %+v", got.Digital, got.Version, got.Extensions)
	}
	if want := (Range{MinVertical: 50, MaxVertical: 75, MinHorizontal: 15, MaxHorizontal: 82, MaxClock: 170}); got.Range == nil || *got.Range != want {
		t.Errorf("range %+v, want %+v", got.Range, want)
	}
	if preferred := got.Detailed[0]; preferred.KiloHertz != 148500 || preferred.WidthMM != 527 || preferred.HeightMM != 296 {
		t.Errorf("preferred mode %+v", preferred)
	}
	if cta := got.Extensions[0]; got.Modes() != 36 || cta.Hash != "9d44f3d3b3dcbddb" || cta.CTA.HDMI.Address != "1.0.0.0" {
		t.Errorf("%d modes, extension %+v", got.Modes(), cta)
	}
	wantDetailed := []string{"1920x1080@60.00", "1920x1080@60.00", "1280x720@60.00", "1920x1080@50.00", "1920x1200@59.95"}
	var detailed, standard []string
	for _, m := range got.Detailed {
		detailed = append(detailed, m.String())
	}
	for _, m := range got.Standard {
		standard = append(standard, m.String())
	}
	if diff := cmp.Diff(wantDetailed, detailed); diff != "" {
		t.Errorf("detailed timings (-want +got):\n%s", diff)
	}
	wantStandard := []string{"1680x1050@60.00", "1600x900@60.00", "1440x900@60.00", "1400x1050@60.00", "1280x1024@60.00", "1280x960@60.00", "1280x720@60.00", "1152x864@75.00"}
	if diff := cmp.Diff(wantStandard, standard); diff != "" {
		t.Errorf("standard timings (-want +got):\n%s", diff)
	}
}

// What EDID 1.4 tells of its input, and an extension that ends in the middle.
func TestEDIDInputAndMalformedExtension(t *testing.T) {
	capture, err := ParseEDID(unhex(t, edidCases[8].hex))
	if err != nil || capture.Interface != "hdmi" || capture.BitsPerColor != 0 {
		t.Errorf("interface %q, %d bits, error %v", capture.Interface, capture.BitsPerColor, err)
	}
	blikvm, err := ParseEDID(unhex(t, edidCases[4].hex))
	if err != nil || blikvm.Extensions[0].Malformed == nil || len(blikvm.Extensions[0].CTA.VICs) != 14 {
		t.Errorf("extension %+v, error %v", blikvm.Extensions, err)
	}
	portable := append([]byte(nil), unhex(t, edidCases[8].hex)...)
	portable[20] = 0xb5
	portable = append(portable, block(t, "70 12 17 00 00 03 00 14 001d00 80 ff04 7101 2f00 1f00 cf02 1d00 0200 0400")...)
	got, err := ParseEDID(portable)
	if err != nil || got.Interface != "displayport" || got.BitsPerColor != 10 || got.Detailed[len(got.Detailed)-1].String() != "1280x720@60.00" {
		t.Errorf("%+v, error %v", got, err)
	}
}

func TestParseEDIDRefuses(t *testing.T) {
	good := unhex(t, edidCases[0].hex)
	headless := append([]byte(nil), good...)
	headless[1] = 0
	for name, c := range map[string]struct {
		bytes []byte
		want  string
	}{
		"nothing":      {nil, "0 bytes, want at least 128"},
		"cut short":    {good[:127], "127 bytes, want at least 128"},
		"too long":     {make([]byte, 128*256+1), "want at most 32768"},
		"wrong header": {headless, "header at offset 0 is 0000ffffffffff00"},
	} {
		if _, err := ParseEDID(c.bytes); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

func FuzzParseEDID(f *testing.F) {
	for _, c := range edidCases {
		f.Add(unhex(f, c.hex))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := ParseEDID(b)
		if err != nil {
			return
		}
		if len(e.Manufacturer) != 3 || len(e.MaskedHash) != 16 || len(e.MaskedBase) != 16 {
			t.Fatalf("manufacturer %q, hashes %q %q", e.Manufacturer, e.MaskedHash, e.MaskedBase)
		}
		if e.Modes() > 3*len(b) {
			t.Fatalf("%d modes in %d bytes", e.Modes(), len(b))
		}
		for _, text := range append([]string{e.Name, e.SerialText}, e.Texts...) {
			if len(text) > 13 || printable([]byte(text)) != text {
				t.Fatalf("text %q is not clean", text)
			}
		}
	})
}

func BenchmarkParseEDID(b *testing.B) {
	raw := unhex(b, edidCases[0].hex)
	for b.Loop() {
		if _, err := ParseEDID(raw); err != nil {
			b.Fatal(err)
		}
	}
}
