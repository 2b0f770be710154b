package host

import (
	"encoding/hex"
	"net/netip"
	"testing"
)

// edidText is a display with the serial number 0x12345678 and a serial text.
const edidText = "00ffffffffffff00 10ac 34a0 78563412 0a1f0104 a5341d78 3a 00000000000000000000 000000 0101010101010101010101010101 0101 " +
	"023a801871382d40582c450009252100001e 000000ff00414243313233343536370a2020 000000fc0044454c4c2055323431350a2020 000000fd00384c1e5111000a202020202020 00 00"

func TestScrubbedDisplay(t *testing.T) {
	raw, err := hex.DecodeString(squeeze([]byte(edidText)))
	if err != nil || len(raw) != edidBlock {
		t.Fatalf("%d bytes, %v", len(raw), err)
	}
	sum := func(b []byte) (n byte) {
		for _, v := range b {
			n += v
		}
		return n
	}
	for _, remainder := range []byte{0, 7} { // a block in order, and a faulty one
		raw[127] += remainder - sum(raw)
		got := newScrubber(pseudonym).edid(raw)
		if sum(got) != remainder {
			t.Errorf("the sum was %d and is %d", remainder, sum(got))
		}
		changed := 0
		for i := range got {
			if got[i] != raw[i] && i != 127 {
				changed++
				if (i < 12 || i >= 16) && (i < 77 || i >= 90) {
					t.Errorf("byte %d changed", i)
				}
			}
		}
		if changed < 8 {
			t.Errorf("%d bytes changed", changed)
		}
	}
	if got := newScrubber(keep).edid(raw); string(got) != string(raw) {
		t.Error("a kept display changed")
	}
	if got := newScrubber(pseudonym).edid(raw[:100]); len(got) > 12 {
		t.Errorf("%d bytes of a torn block were kept", len(got))
	}
}

func TestScrubbedDisplayID(t *testing.T) {
	raw := make([]byte, 2*edidBlock)
	copy(raw, []byte{0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0})
	block := raw[edidBlock:]
	copy(block, []byte{0x70, 0x13, 15, 0, 0, 0x00, 0, 12, 'D', 'E', 'L', 1, 2, 0xde, 0xad, 0xbe, 0xef, 1, 20, 0})
	got := newScrubber(pseudonym).edid(raw)
	if string(got[edidBlock+13:edidBlock+17]) == "\xde\xad\xbe\xef" || string(got[edidBlock+8:edidBlock+13]) != string(block[8:13]) {
		t.Errorf("% x", got[edidBlock:edidBlock+24])
	}
}

// What names one unit is replaced wherever DisplayID may have it; the rest stays.
func TestScrubbedDisplayIDNumbers(t *testing.T) {
	for name, c := range map[string]struct {
		tag      byte
		payload  string
		from, to int // of the number in the payload
	}{
		"product of version 2": {0x20, "\x00\x10\xfa\x01\x02SERI\x01\x14\x00", 5, 9},
		"serial number text":   {0x0a, "7K3LDY2", 0, 7},
		"tiles":                {0x12, "\x00\x10\x00\x00\x00\x0a\x40\x06\x00\x00\x00\x00\x00DEL\x2f\x41SERI", 18, 22},
		"tiles of version 2":   {0x28, "\x00\x10\x00\x00\x00\x0a\x40\x06\x00\x00\x00\x00\x00\x00\x10\xfa\x2f\x41SERI", 18, 22},
		"container":            {0x29, "ABCDEFGHIJKLMNOP", 0, 16},
	} {
		raw := make([]byte, 2*edidBlock)
		copy(raw, []byte{0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0})
		copy(raw[edidBlock:], append([]byte{0x70, 0x20, byte(3 + len(c.payload)), 0, 0, c.tag, 0, byte(len(c.payload))}, c.payload...))
		got := string(newScrubber(pseudonym).edid(raw)[edidBlock+8:][:len(c.payload)])
		if got[c.from:c.to] == c.payload[c.from:c.to] || got[:c.from] != c.payload[:c.from] || got[c.to:] != c.payload[c.to:] {
			t.Errorf("%s: %q became %q", name, c.payload, got)
		}
	}
}

func FuzzScrubDisplay(f *testing.F) {
	raw, _ := hex.DecodeString(squeeze([]byte(edidText)))
	f.Add(raw)
	f.Add(append(raw, append([]byte{0x70, 0x20, 121, 0, 0, 0x20, 0, 250}, make([]byte, 120)...)...))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if got := newScrubber(pseudonym).edid(raw); len(got) != len(raw) && len(got) > 12 {
			t.Errorf("%d bytes became %d", len(raw), len(got))
		}
	})
}

func TestScrubbedAddresses(t *testing.T) {
	s := newScrubber(pseudonym)
	for _, text := range []string{"10.1.2.3", "172.20.1.1", "192.168.7.8", "169.254.3.4", "100.100.1.1", "fe80::1", "fd00::5"} {
		a := netip.MustParseAddr(text)
		got := s.address(a)
		if got == a || got.IsPrivate() != a.IsPrivate() || got.IsLinkLocalUnicast() != a.IsLinkLocalUnicast() || got != s.address(a) {
			t.Errorf("%s became %s", a, got)
		}
	}
	for _, text := range []string{"127.0.0.1", "::1", "0.0.0.0", "::", "224.0.0.251", "255.255.255.255"} {
		if a := netip.MustParseAddr(text); s.address(a) != a {
			t.Errorf("%s became %s", a, s.address(a))
		}
	}
}
