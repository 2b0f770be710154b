package host

import (
	"encoding/binary"
	"reflect"
	"testing"
	"time"
)

func winClientBytes(name, address string) []byte {
	raw := make([]byte, 1400)
	copy(raw, wide(name))
	binary.LittleEndian.PutUint32(raw[1168:], 2)
	copy(raw[1172:], wide(address))
	return raw
}

func winTimesBytes(logon, connect uint64) []byte {
	raw := make([]byte, 240)
	binary.LittleEndian.PutUint32(raw, 1)
	binary.LittleEndian.PutUint64(raw[168:], logon)
	binary.LittleEndian.PutUint64(raw[176:], connect)
	return raw
}

func TestWinSessions(t *testing.T) {
	times, err := parseWinTimes(winTimesBytes(133_801_632_000_000_000, 133_801_668_000_000_000))
	if err != nil {
		t.Fatal(err)
	}
	logon, connect := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2025, 1, 1, 1, 0, 0, 0, time.UTC)
	client, err := parseWinClient(winClientBytes("ANNAS-PC", "192.168.1.9"))
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		is   winSession
		want []Session
	}{
		"services":       {winSession{id: 0, station: "Services", state: wtsDisconnected}, nil},
		"a listener":     {winSession{id: 65536, station: "RDP-Tcp", state: 6, user: "x"}, nil},
		"at the machine": {winSession{id: 1, station: "Console", user: "anna", times: times}, []Session{{ID: "1", User: "anna", Terminal: "Console", Kind: kindConsole, Since: logon}}},
		"from afar": {
			winSession{id: 2, station: "RDP-Tcp#3", protocol: 2, user: "anna", client: client, times: times},
			[]Session{{ID: "2", User: "anna", Terminal: "RDP-Tcp#3", Kind: kindRemoteDesktop, Remote: "192.168.1.9", Since: connect}},
		},
		"from a name": {
			winSession{id: 2, station: "ICA-1", protocol: 1, user: "anna", client: winClient{name: "THIN"}},
			[]Session{{ID: "2", User: "anna", Terminal: "ICA-1", Kind: kindRemoteDesktop, Remote: "THIN"}},
		},
		"left behind": {
			winSession{id: 2, state: wtsDisconnected, protocol: 2, user: "anna", client: client, times: times},
			[]Session{{ID: "2", User: "anna", Kind: kindGraphical, Since: logon}},
		},
		"watched": {
			winSession{id: 1, station: "Console", user: "anna", shadow: wtsShadowed},
			[]Session{{ID: "1", User: "anna", Terminal: "Console", Kind: kindConsole}, {ID: "1", User: "anna", Terminal: "shadow of Console", Kind: kindRemoteDesktop, Remote: "unknown"}},
		},
	} {
		if got := row.is.sessions(); !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: %+v, want %+v", name, got, row.want)
		}
	}
}

func TestWinClientAddress(t *testing.T) {
	for text, want := range map[string]string{"fe80::1%4": "fe80::1", "2001:0db8:0000:0000:0000:ff00:": "", "0.0.0.0": "", "": ""} {
		if c, err := parseWinClient(winClientBytes("x", text)); err != nil || c.address != want {
			t.Errorf("%q is %q, %v; want %q", text, c.address, err, want)
		}
	}
	if got := parseClientAddress([]byte{2, 0, 0, 0, 0, 0, 10, 0, 0, 7, 0, 0}); got != "10.0.0.7" {
		t.Errorf("%q", got)
	}
	if got := parseClientAddress([]byte{23, 0, 0, 0, 0, 0, 10, 0, 0, 7}); got != "" {
		t.Errorf("of another family: %q", got)
	}
}

func FuzzWinSession(f *testing.F) {
	f.Add(winClientBytes("a", "::1"))
	f.Add(winTimesBytes(1, 2))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		_, _ = parseWinClient(raw)
		_, _ = parseWinTimes(raw)
		_ = parseClientAddress(raw)
	})
}
