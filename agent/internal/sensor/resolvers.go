package sensor

import "strings"

// resolverPort is where DNS inside TLS or QUIC is asked (RFC 7858, RFC 9250).
const resolverPort = 853

// resolverNames are ends of the names of servers that answer DNS to everybody,
// inside HTTPS, as their operators publish them and Chromium and Firefox offer them.
var resolverNames = []string{
	"dns.google", "dns.google.com", "8888.google", "cloudflare-dns.com", "one.one.one.one", "dns.cloudflare.com", "dns.quad9.net", "dns9.quad9.net", "dns10.quad9.net", "dns11.quad9.net",
	"doh.opendns.com", "doh.familyshield.opendns.com", "doh.umbrella.com", "dns.nextdns.io", "dns.adguard-dns.com", "family.adguard-dns.com",
	"unfiltered.adguard-dns.com", "dns.adguard.com", "doh.cleanbrowsing.org", "dns.mullvad.net", "doh.mullvad.net", "dns.controld.com",
	"dns0.eu", "doh.dns.sb", "doh.sb", "dns.alidns.com", "doh.pub", "odvr.nic.cz", "public.dns.iij.jp", "doh.libredns.gr", "dns.switch.ch", "ordns.he.net",
}

// resolverOf says by which way DNS is asked through a connection that begins: dot
// or doq by its port, doh by the name of the server; "" when it is none that is known.
func resolverOf(kind string, port uint16, name string) string {
	at, known := map[string]string{"tls": "dot", "quic": "doq"}[kind]
	switch {
	case !known:
		return ""
	case port == resolverPort:
		return at
	}
	for _, end := range resolverNames {
		if before, ok := strings.CutSuffix(name, end); ok && (before == "" || strings.HasSuffix(before, ".")) {
			return "doh"
		}
	}
	return ""
}
