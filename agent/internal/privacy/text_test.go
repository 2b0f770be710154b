package privacy

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPlainDetail(t *testing.T) {
	secrets := []string{"annsmith"}
	for in, want := range map[string]string{
		"":                                    "",
		"needs CAP_NET_RAW on the agent":      "needs CAP_NET_RAW on the agent",
		"it isn't there, the kernel's answer": "it isn't there, the kernel's answer",
		"read /sys/bus/usb/devices/1-1/serial: permission denied":    "read /sys/bus/…: permission denied",
		"open /proc/4711/environ: permission denied":                 "open /proc/4711/…: permission denied",
		"open /home/ann/.config: permission denied":                  "open […]: permission denied",
		`open C:\Users\ann\x: Access is denied.`:                     "open […]: Access is denied.",
		`parse "Ann's phone" of port 1-1`:                            "parse […] of port 1-1",
		"parse 'secret":                                              "parse […]",
		"dial tcp 10.1.2.3:443: refused":                             "dial tcp […]: refused",
		"neighbour aa:bb:cc:dd:ee:ff is gone":                        "neighbour […] is gone",
		"mail ann@example.org, please":                               "mail […], please",
		"session of annsmith ended":                                  "session of […] ended",
		"see laptop.corp.example.org.":                               "see […].",
		"serial 12345678 twice":                                      "serial […] twice",
		"a\nb\tc":                                                    "a b c",
		"set HOME=ann":                                               "set […]",
		"no file at ~/x":                                             "no file at […]",
		"run setcap cap_net_raw+ep /usr/bin/farmwatch-agent as root": "run setcap cap_net_raw+ep /usr/bin/… as root",
	} {
		if got := plain(in, secrets); got != want {
			t.Errorf("plain(%q)\n got %q\nwant %q", in, got, want)
		}
	}
	if got := plain(strings.Repeat("word ", 5000), nil); got != removed {
		t.Errorf("a text of 25 kB left as %q", got)
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("open /home/ann: permission denied", "ann")
	f.Add("“\"'`", "x")
	f.Fuzz(func(t *testing.T, s, secret string) {
		got := plain(s, []string{secret + "\u00a7"})
		if len(got) > MaxText || !utf8.ValidString(got) {
			t.Fatalf("plain(%q) = %q", s, got)
		}
		if strings.Contains(got, secret+"\u00a7") {
			t.Fatalf("plain(%q) holds %q", s, secret)
		}
	})
}
