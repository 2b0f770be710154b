package parse

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseDisplayID(t *testing.T) {
	for name, c := range map[string]struct {
		hex  string
		want DisplayID
	}{
		"version 1, half of a screen made of two": {
			hex: "70 12 4c 03 00" +
				"00 00 10 444c4c 3412 78563412 0a 0f 04 54696c65" + // product: DLL, 0x1234, week 10 of 2015, "Tile"
				"01 00 0c b00d b007 000a 4006 00000000" + // 350.4 x 196.8 mm, 2560x1600
				"03 00 14 001d00 80 ff04 7101 2f00 1f00 cf02 1d00 0200 0400" + // 1280x720
				"12 00 04 00 100000", // two across, one down
			want: DisplayID{
				Version: "1.2", Use: 3, Vendor: "DLL", Product: 0x1234, Serial: 0x12345678, Week: 10, Year: 2015, Name: "Tile",
				WidthMM: 350, HeightMM: 196, NativeX: 2560, NativeY: 1600, Tiles: 2,
				Detailed: []Mode{{Width: 1280, Height: 720, MilliHertz: 60000, KiloHertz: 74250}},
			},
		},
		"version 2, part of another device": {
			hex: "70 20 4a 02 00" +
				"20 00 0c 0010fa 0200 00000000 ff 16 00" +
				"21 80 08 5e01 c500 000f 7008" + // whole millimetres
				"22 00 14 092201 10 ff04 7101 2f00 1f00 cf02 1d00 0200 0400" + // interlaced, in kHz
				"29 00 10 00112233445566778899aabbccddeeff",
			want: DisplayID{
				Version: "2.0", Use: 2, Vendor: "0010fa", Product: 2, Week: 255, Year: 2022, WidthMM: 350, HeightMM: 197, NativeX: 3840, NativeY: 2160, Container: true,
				Detailed: []Mode{{Width: 1280, Height: 1440, Interlaced: true, MilliHertz: 60000, KiloHertz: 74250}},
			},
		},
		"kinds we do not read, and padding": {hex: "70 13 08 00 00  0d 00 02 ffff 00 00 00", want: DisplayID{Version: "1.3"}},
		"blocks too short for their kind": {
			hex:  "70 13 12 00 00  00 00 01 41  01 00 01 41  12 00 01 ff  29 00 00 03 00 00",
			want: DisplayID{Version: "1.3"},
		},
	} {
		got, err := ParseDisplayID(block(t, c.hex))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestParseDisplayIDRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		bytes []byte
		want  string
	}{
		"nothing":            {nil, "0 bytes, want 128"},
		"another block":      {block(t, "02"), "128 bytes, want 128 that begin with 70"},
		"section too long":   {block(t, "70 12 7a"), "section of 122 bytes, want at most 121"},
		"header cut short":   {block(t, "70 12 02 00 00 03 00 14"), "data block at offset 5 is cut short"},
		"block is cut short": {block(t, "70 12 08 00 00 03 00 14"), "data block at offset 5 has 20 bytes, 5 are left"},
	} {
		if _, err := ParseDisplayID(c.bytes); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

func FuzzParseDisplayID(f *testing.F) {
	f.Add(block(f, "70 12 17 00 00 03 00 14 001d00 80 ff04 7101 2f00 1f00 cf02 1d00 0200 0400"))
	f.Add(block(f, "70 20 0f 00 00 20 00 0c 0010fa 0200 00000000 ff 16 00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, _ := ParseDisplayID(b)
		if len(d.Detailed) > edidBlock/20 || len(d.Name) > edidBlock || printable([]byte(d.Name)) != d.Name {
			t.Fatalf("%+v", d)
		}
	})
}
