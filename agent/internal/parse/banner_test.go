package parse

import (
	"errors"
	"testing"
)

func TestParseBanner(t *testing.T) {
	for _, test := range []struct{ name, said, want string }{
		{"VNC", "RFB 003.008\n", "rfb"},
		{"Apple's screen sharing", "RFB 003.889\n", "rfb"},
		{"VNC for a browser", "\x82\x0cRFB 003.008\n", "rfb"},
		{"RDP with TLS", "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x1f\x08\x00\x02\x00\x00\x00", "rdp"},
		{"RDP that refuses", "\x03\x00\x00\x13\x0e\xd0\x00\x00\x00\x00\x00\x03\x00\x08\x00\x05\x00\x00\x00", "rdp"},
		{"SPICE", "REDQ\x02\x00\x00\x00\x02\x00\x00\x00\xba\x00\x00\x00", "spice"},
		{"Barrier", "\x00\x00\x00\x0bBarrier\x00\x01\x00\x06", "barrier"},
		{"Synergy", "\x00\x00\x00\x0bSynergy\x00\x01\x00\x06", "synergy"},
		{"X11, little-endian", "\x01\x00\x0b\x00\x00\x00\x7a\x05", "x11"},
		{"X11, big-endian", "\x01\x00\x00\x0b\x00\x00\x05\x7a", "x11"},
		{"SSH", "SSH-2.0-OpenSSH_9.2p1 Debian", "ssh"},
		{"nothing", "", ""},
		{"half a word", "RFB", ""},
		{"a page about it", "<p>RFB 003.008", ""},
		{"HTTP", "HTTP/1.1 200 OK\r\n", ""},
		{"another message of 12 bytes", "\x82\x0chello world.", ""},
		{"a controller's X.224", "\x03\x00\x00\x16\x11\xd0\x00\x01\x00\x02\x00\xc0\x01\x0a\xc1\x02", ""},
		{"X.224 without RDP", "\x03\x00\x00\x0b\x06\xd0\x00\x00\x12\x34\x00", ""},
		{"X11 that refuses", "\x00\x12\x0b\x00\x00\x00\x05\x00", ""},
		{"one and zeros", "\x01\x00\x0b\x00\x00\x00\x00\x00", ""},
	} {
		got, err := ParseBanner([]byte(test.said))
		if got != test.want || (err == nil) != (test.want != "") || err != nil && !errors.Is(err, ErrNoBanner) {
			t.Errorf("%s: %q, %v", test.name, got, err)
		}
	}
}

// FuzzParseBanner: what is behind the first bytes must not matter, and one answer has no error.
func FuzzParseBanner(f *testing.F) {
	f.Add([]byte("RFB 003.008\n"))
	f.Add([]byte("\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x1f\x08\x00\x02"))
	f.Add([]byte("\x01\x00\x00\x0b\x00\x00\x05\x7a"))
	f.Fuzz(func(t *testing.T, said []byte) {
		got, err := ParseBanner(said)
		if (got == "") != (err != nil) {
			t.Errorf("%q, %v", got, err)
		}
		if again, _ := ParseBanner(said[:min(len(said), BannerBytes)]); again != got {
			t.Errorf("%q cut is %q", got, again)
		}
	})
}
