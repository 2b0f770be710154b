package parse

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// block fills hexadecimal up to the 128 bytes of a block.
func block(t testing.TB, s string) []byte {
	t.Helper()
	return append(unhex(t, s), make([]byte, edidBlock)...)[:edidBlock]
}

// ctaBlock is a block of revision 3 with these data blocks and no detailed timings.
func ctaBlock(t testing.TB, flags, blocks string) []byte {
	t.Helper()
	end := byte(4 + len(unhex(t, blocks)))
	return block(t, "0203"+hex.EncodeToString([]byte{end})+flags+blocks)
}

func TestParseCTA(t *testing.T) {
	for name, c := range map[string]struct {
		bytes []byte
		want  CTA
	}{
		"a television": {
			ctaBlock(t, "f2", "4c1f9093c1040302b6115f6061"+ // video
				"2f097f07 150750 3d06c0 570600 5f7e01"+ // audio
				"837f0f00"+ // speakers
				"67030c002000b83c"+ // HDMI, its second input
				"67d85dc401788003"+ // HDMI Forum
				"e305c000 e3060f01 e30e6061 e20f02"), // colours, HDR, modes with halved colour only, and also
			CTA{
				Revision: 3, BasicAudio: true, YCbCr444: true, YCbCr422: true, Native: 2,
				VICs: []byte{31, 16, 19, 193, 4, 3, 2, 54, 17, 95, 96, 97}, NativeVICs: []byte{16, 19, 54}, VICs420: []byte{96, 97, 16},
				AudioFormats: []string{"lpcm", "ac3", "dts", "eac3", "dts_hd"}, Speakers: 0x0f7f,
				HDMI: &HDMI{Address: "2.0.0.0"}, HDMIForum: true, MaxTMDS: 600, Colorimetry: 0x00c0, HDR: true,
			},
		},
		"nothing but a detailed timing": {
			block(t, "02010400 011d007251d01e206e285500c48e2100001e"),
			CTA{Revision: 1, Detailed: []Mode{
				{Width: 1280, Height: 720, MilliHertz: 60000, KiloHertz: 74250, WidthMM: 708, HeightMM: 398},
			}},
		},
		"neither blocks nor timings":        {block(t, "02030040"), CTA{Revision: 3, BasicAudio: true}},
		"blocks too short to mean anything": {ctaBlock(t, "00", "61ff 60 e0 e105 2209ff 4100"), CTA{Revision: 3}},
	} {
		got, err := ParseCTA(c.bytes)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestParseCTARefuses(t *testing.T) {
	for name, c := range map[string]struct {
		bytes []byte
		want  string
	}{
		"nothing":            {nil, "0 bytes, want 128"},
		"another block":      {block(t, "70"), "128 bytes, want 128 that begin with 02"},
		"timings too early":  {block(t, "02030300"), "detailed timings at offset 3"},
		"timings too late":   {block(t, "0203ff00"), "detailed timings at offset 255"},
		"block is cut short": {block(t, "02030a00 4601"), "data block at offset 4 has 6 bytes, 5 are left"},
	} {
		if _, err := ParseCTA(c.bytes); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

func FuzzParseCTA(f *testing.F) {
	f.Add(ctaBlock(f, "f2", "431f9093 230907ff 65030c001000 e305c000 e3060f01 e20f02"))
	f.Add(block(f, "02010400 011d007251d01e206e285500c48e2100001e"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, _ := ParseCTA(b)
		if len(c.VICs)+len(c.VICs420)+len(c.AudioFormats)+18*len(c.Detailed) > 2*edidBlock {
			t.Fatalf("more than a block holds: %+v", c)
		}
	})
}
