package host

import (
	"encoding/binary"
	"testing"
)

func wlanConnectionBytes(name string, bssid [6]byte) []byte {
	raw := make([]byte, 604)
	binary.LittleEndian.PutUint32(raw[520:], uint32(len(name)))
	copy(raw[524:], name)
	copy(raw[560:], bssid[:])
	return raw
}

func wlanCardBytes(about string, state uint32) []byte {
	raw := make([]byte, 8+532)
	raw[0] = 1
	copy(raw[8:], []byte{0xA0, 0x17, 0x5A, 0x74, 0xD3, 0x74, 0xD0, 0x11, 0xB6, 0xFE, 0, 0xA0, 0xC9, 0x0F, 0x57, 0xDA})
	copy(raw[24:], wide(about))
	binary.LittleEndian.PutUint32(raw[8+528:], state)
	return raw
}

func TestWLAN(t *testing.T) {
	cards, err := parseWLANCards(wlanCardBytes("Intel(R) Wi-Fi 6 AX201 160MHz", 1))
	if err != nil || len(cards) != 1 || cards[0].id != "{745A17A0-74D3-11D0-B6FE-00A0C90F57DA}" || cards[0].about != "Intel(R) Wi-Fi 6 AX201 160MHz" || !cards[0].joined {
		t.Errorf("%+v, %v", cards, err)
	}
	if cards, err := parseWLANCards(wlanCardBytes("x", 4)); err != nil || cards[0].joined {
		t.Errorf("%+v, %v", cards, err)
	}
	point, err := parseWLANConnection(wlanConnectionBytes("Büro", [6]byte{2, 0, 0x5E, 0x10, 0, 1}))
	if want := (AccessPoint{SSID: "Büro", BSSID: "02:00:5e:10:00:01"}); err != nil || point != want {
		t.Errorf("%+v, %v; want %+v", point, err, want)
	}
	if _, err := parseWLANConnection(make([]byte, 560)); err == nil {
		t.Error("a cut answer was taken")
	}
}

func FuzzWLAN(f *testing.F) {
	f.Add(wlanCardBytes("a", 1))
	f.Add(wlanConnectionBytes("a", [6]byte{1}))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		_, _ = parseWLANCards(raw)
		_, _ = parseWLANConnection(raw)
	})
}
