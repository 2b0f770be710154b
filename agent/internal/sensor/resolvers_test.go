package sensor

import "testing"

func TestResolverOf(t *testing.T) {
	for _, c := range []struct {
		kind string
		port uint16
		name string
		want string
	}{
		{"tls", 443, "dns.google", "doh"},
		{"quic", 443, "abc123.dns.nextdns.io", "doh"},
		{"tls", 443, "mozilla.cloudflare-dns.com", "doh"},
		{"tls", 853, "", "dot"},
		{"quic", 853, "resolver.example", "doq"},
		{"dtls", 853, "dns.google", ""},
		{"tls", 443, "notdns.google", ""},
		{"tls", 443, "dns.google.example", ""},
		{"tls", 443, "www.quad9.net", ""},
		{"tls", 443, "", ""},
	} {
		if got := resolverOf(c.kind, c.port, c.name); got != c.want {
			t.Errorf("%s to port %d of %q is %q, want %q", c.kind, c.port, c.name, got, c.want)
		}
	}
}
