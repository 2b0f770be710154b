package parse

import (
	"encoding/base64"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// dconfWritten is a database as dconf wrote it after Vino was set to ask nobody,
// with a password, and GNOME's own server to let in whoever has one.
func dconfWritten(t testing.TB) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(dconfBytes)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const dconfBytes = "R1ZhcmlhbnQAAAAAAAAAABgAAACoAQAAAAAAKA4AAAAAAAAAAAAAAAIAAAAEAAAABAAAAAUAAAAGAAAACAAAAAkAAAALAAAACwAAAAsAAAAMAAAADAAAAEtQ" +
	"kAsCAAAAqAEAAAQATACsAQAAsAEAAFfS180JAAAAsAEAAAYAdgC4AQAAuwEAANS1AgD/////uwEAAAEATAC8AQAAwAEAADo+QYUJAAAAwAEAAAkAdgDQAQAA" +
	"0wEAAHRCqgwFAAAA0wEAABYAdgDwAQAA+AEAADPvAIsLAAAA+AEAAA4ATAAIAgAAFAIAAJ7YTKkNAAAAFAIAAAkAdgAgAgAAKgIAALC3JDAAAAAAKgIAAAYA" +
	"TAAwAgAANAIAAK2SFcMFAAAANAIAAA4AdgBIAgAASwIAAHCPl08MAAAASwIAAAQATABQAgAAWAIAAHrPChkFAAAAWAIAAAwAdgBoAgAAdwIAALmI/doHAAAA" +
	"dwIAAAgATACAAgAAjAIAALtumG8LAAAAjAIAAA8ATACcAgAAoAIAADnFO08LAAAAoAIAAAoATACsAgAAsAIAAG9yZy8HAAAAZW5hYmxlAAABAGIvAAAAAHZp" +
	"ZXctb25seQAAAAAAAAAAAGJhdXRoZW50aWNhdGlvbi1tZXRob2RzAAAAAAAAAHZuYwAEAGFzcmVtb3RlLWFjY2Vzcy8AAAQAAAAIAAAACgAAAGZvbnQtbmFt" +
	"ZQAAAFNhbnMgMTEAAHNnbm9tZS8LAAAAcHJvbXB0LWVuYWJsZWQAAAAAAAAAAGJyZHAvAAEAAAADAAAAdm5jLXBhc3N3b3JkAAAAAGMyVmpjbVYwY0hjPQAA" +
	"c2Rlc2t0b3AvAA0AAAAFAAAADAAAAHJlbW90ZS1kZXNrdG9wLwAJAAAAaW50ZXJmYWNlLwAABgAAAA=="

func TestParseDconf(t *testing.T) {
	const vino, grd = "/org/gnome/desktop/remote-access/", "/org/gnome/desktop/remote-desktop/rdp/"
	got, err := ParseDconf(dconfWritten(t), Wanted{
		Values:   []string{vino + "prompt-enabled", vino + "authentication-methods", grd + "enable", grd + "view-only"},
		Presence: []string{vino + "vnc-password"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{
		{"", grd + "enable", "true", true}, {"", grd + "view-only", "false", true}, {"", vino + "authentication-methods", "vnc", true},
		{"", vino + "prompt-enabled", "false", true}, {"", vino + "vnc-password", "", true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseDconfRefuses(t *testing.T) {
	whole := dconfWritten(t)
	for n := range whole { // cut anywhere it is an error or says less, and never breaks
		if found, err := ParseDconf(whole[:n], Wanted{Presence: []string{"/org/*/*/*/*"}}); err == nil && n < 0x1a8 {
			t.Errorf("%d of %d bytes give %v", n, len(whole), found)
		}
	}
}

func FuzzParseDconf(f *testing.F) {
	f.Add(dconfWritten(f))
	fuzzSettings(f, ParseDconf)
}
