package sensor

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// living is what is concluded on a machine at nearEnd, whose own frames can be told
// from those of others.
type living struct {
	*ear
	owners *ownerTable
	names  *nameWindow
	shakes *handshakeWindow
	at     time.Time
}

func lives(t testing.TB) *living {
	t.Helper()
	l := &living{owners: newOwners(), at: began}
	l.names, l.shakes = newNameWindow(l.owners), newHandshakeWindow(l.owners)
	l.ear = newEar(l.owners.wire)
	l.owners.wire.began(nil)
	l.names.began(nil)
	socket := host.Socket{Protocol: "tcp", Local: netip.MustParseAddrPort(nearEnd), Remote: netip.MustParseAddrPort(awayEnd), PID: 7}
	sockets := []ownedSocket{{Socket: socket, owner: &program{Name: "mine", File: "mine"}}}
	l.owners.banners.learn(sockets)
	l.owners.ties.learn(sockets)
	return l
}

func (l *living) comes(way host.Way, frame []byte) {
	l.at = l.at.Add(10 * time.Microsecond)
	l.way = way
	l.hear(frame, l.at)
}

func (l *living) rows(t testing.TB) (names, shakes []string) {
	t.Helper()
	found, _ := l.names.collect(context.Background(), machine(t, ""))
	for _, row := range found {
		names = append(names, row.Host)
	}
	begun, _ := l.shakes.collect(context.Background(), machine(t, ""))
	for _, row := range begun {
		shakes = append(shakes, row.Direction+" "+row.Kind+" "+row.RemoteAddress+" "+row.File)
	}
	return names, shakes
}

// TestEarForged: what others send is never this laptop's, whatever addresses they
// write into it; what it sends is, before its address is known too.
func TestEarForged(t *testing.T) {
	const elsewhere = "203.0.113.5:40000"
	hello := parsetest.ClientHello(t, "tool.example.org")
	question := parsetest.DNS(t, false, "tool.example.org.")
	answer := parsetest.DNSAnswer(t, "tool.example.org", nil, netip.MustParseAddr("198.51.100.7"))
	for what, c := range map[string]struct {
		way           host.Way
		frame         []byte
		names, shakes string
	}{
		"its own hello":                        {host.WayOut, parsetest.TCP(t, nearEnd, awayEnd, 1, hello), "tool.example.org", "outbound tls 198.51.100.7 mine"},
		"its own from an address that is new":  {host.WayOut, parsetest.TCP(t, "192.0.2.77:1", awayEnd, 1, hello), "tool.example.org", "outbound tls 198.51.100.7 "},
		"a hello that claims to be its own":    {host.WayIn, parsetest.TCP(t, nearEnd, awayEnd, 1, hello), "", ""},
		"a hello between others":               {host.WayIn, parsetest.TCP(t, elsewhere, awayEnd, 1, hello), "", ""},
		"a hello to it, by a name of no worth": {host.WayIn, parsetest.TCP(t, elsewhere, nearEnd, 1, hello), "", "inbound tls 203.0.113.5 "},
		"its own question":                     {host.WayOut, parsetest.UDP(t, nearEnd, "192.0.2.1:53", question), "tool.example.org", ""},
		"a question that claims to be its own": {host.WayIn, parsetest.UDP(t, nearEnd, "192.0.2.1:53", question), "", ""},
		"a question to it":                     {host.WayIn, parsetest.UDP(t, elsewhere, "192.0.2.5:53", question), "", ""},
		"an answer that nobody asked for":      {host.WayIn, parsetest.UDP(t, "192.0.2.1:53", nearEnd, answer), "", ""},
		"a tunnel that it opens":               {host.WayOut, parsetest.UDP(t, nearEnd, awayEnd, parsetest.WireGuard(true)), "", "outbound wireguard 198.51.100.7 "},
		"the answer to a tunnel that it opens": {host.WayIn, parsetest.UDP(t, awayEnd, nearEnd, parsetest.WireGuard(false)), "", "outbound wireguard 198.51.100.7 "},
		"its answer to a tunnel":               {host.WayOut, parsetest.UDP(t, nearEnd, elsewhere, parsetest.WireGuard(false)), "", "inbound wireguard 203.0.113.5 "},
		"a tunnel that claims to be its own":   {host.WayIn, parsetest.UDP(t, nearEnd, awayEnd, parsetest.WireGuard(true)), "", ""},
		"a tunnel behind the port of mDNS":     {host.WayOut, parsetest.UDP(t, "192.0.2.5:5353", awayEnd, parsetest.WireGuard(true)), "", "outbound wireguard 198.51.100.7 "},
	} {
		l := lives(t)
		l.comes(c.way, c.frame)
		names, shakes := l.rows(t)
		if strings.Join(names, ",") != c.names || strings.Join(shakes, ",") != c.shakes {
			t.Errorf("%s: names %q, handshakes %q", what, names, shakes)
		}
		if n := len(l.owners.ties.answers.known); n > 0 {
			t.Errorf("%s: %d addresses are remembered", what, n)
		}
	}
}

// TestEarLearns: from where this laptop sends there it is reached.
func TestEarLearns(t *testing.T) {
	l := lives(t)
	in := parsetest.UDP(t, "203.0.113.5:40000", "192.0.2.99:3478", parsetest.STUN(0, 1, ""))
	l.comes(host.WayIn, in)
	l.comes(host.WayOut, parsetest.UDP(t, "192.0.2.99:3478", "203.0.113.9:3478", parsetest.STUN(0, 1, "")))
	l.comes(host.WayIn, in)
	if _, shakes := l.rows(t); len(shakes) != 2 || !has(shakes, "inbound stun 203.0.113.5 ") {
		t.Errorf("%q", shakes)
	}
}

// TestEarFlood: whoever floods this laptop neither makes it work without end nor
// hides what its own programs begin, and is told to have been there.
func TestEarFlood(t *testing.T) {
	l := lives(t)
	l.comes(host.WayOut, parsetest.TCP(t, nearEnd, awayEnd, 1, parsetest.ClientHello(t, "before.example.org")))
	heard, announced := 0, 0
	l.onOpening(func(opening) { heard++ })
	l.onAnnouncement(func(parse.Announcement, time.Time) { announced++ })
	flood := [][]byte{
		parsetest.UDP(t, "203.0.113.5:40000", nearEnd, parsetest.STUN(0, 1, "")),
		parsetest.TCP(t, "203.0.113.6:40000", nearEnd, 1, longHello(t, 1800)[:1400]),
		parsetest.UDP(t, "192.0.2.9:5353", "224.0.0.251:5353", parsetest.MDNS(t, "desk", netip.MustParseAddr("192.0.2.9"))),
	}
	for i := range 100_000 { // within one second
		l.comes(host.WayIn, flood[i%len(flood)])
	}
	l.comes(host.WayOut, parsetest.UDP(t, nearEnd, "198.51.100.8:7", parsetest.WireGuard(true)))
	_, shakes := l.rows(t)
	if !has(shakes[:2], "outbound tls 198.51.100.7 mine") || !strings.Contains(fmt.Sprint(shakes), "outbound wireguard 198.51.100.8") {
		t.Errorf("%q", shakes)
	}
	if heard > 2600 || announced > 1200 {
		t.Errorf("%d openings and %d announcements were read", heard, announced)
	}
	if c := coverage(context.Background(), Sensor{}, l.state(context.Background())); c.State != finding.CoverageOK || !c.Late || !strings.Contains(c.Detail, ": thousands of frames were not read") {
		t.Errorf("%+v", c)
	}
}

// TestEarKeepsItsOwn: what others begin here goes before what this laptop begins.
func TestEarKeepsItsOwn(t *testing.T) {
	l := lives(t)
	l.comes(host.WayOut, parsetest.TCP(t, nearEnd, awayEnd, 1, parsetest.ClientHello(t, "tool.example.org")))
	served := host.Socket{Protocol: "udp", Local: netip.MustParseAddrPort("0.0.0.0:3478"), PID: 8}
	l.owners.ties.learn([]ownedSocket{{Socket: served, owner: &program{Name: "served", File: "served"}}})
	for i := range 3 * handshakesLimit {
		l.at = l.at.Add(10 * time.Millisecond)
		l.comes(host.WayIn, parsetest.UDP(t, fmt.Sprintf("203.0.%d.%d:9", i>>8, i&255), "192.0.2.5:3478", parsetest.STUN(0, 1, "")))
	}
	if _, shakes := l.rows(t); len(shakes) != handshakesLimit || shakes[0] != "outbound tls 198.51.100.7 mine" {
		t.Errorf("%d rows, the first %q", len(shakes), shakes[0])
	}
}

// TestHandshakesShare: nor does a program of this laptop that goes everywhere hide
// where another one went.
func TestHandshakesShare(t *testing.T) {
	l := lives(t)
	l.comes(host.WayOut, parsetest.TCP(t, nearEnd, awayEnd, 1, parsetest.ClientHello(t, "tool.example.org")))
	scans := host.Socket{Protocol: "udp", Local: netip.MustParseAddrPort("0.0.0.0:9"), PID: 8}
	l.owners.ties.learn([]ownedSocket{{Socket: scans, owner: &program{Name: "scans", File: "scans"}}})
	for i := range 3 * handshakesLimit {
		l.at = l.at.Add(10 * time.Millisecond)
		l.comes(host.WayOut, parsetest.UDP(t, "192.0.2.5:9", fmt.Sprintf("203.0.%d.%d:3478", i>>8, i&255), parsetest.STUN(0, 1, "")))
	}
	if _, shakes := l.rows(t); len(shakes) != handshakesLimit || !has(shakes, "outbound tls 198.51.100.7 mine") {
		t.Errorf("%d rows, the last %q", len(shakes), shakes[len(shakes)-1])
	}
}

// BenchmarkEarFlood is what a frame costs once its ration is used up.
func BenchmarkEarFlood(b *testing.B) {
	for name, frame := range map[string][]byte{
		"hello":        parsetest.TCP(b, "203.0.113.6:40000", nearEnd, 1, parsetest.ClientHello(b, "a.example.org")),
		"announcement": parsetest.UDP(b, "192.0.2.9:5353", "224.0.0.251:5353", parsetest.MDNS(b, "desk", netip.MustParseAddr("192.0.2.9"), "_ipp._tcp")),
	} {
		b.Run(name, func(b *testing.B) {
			l := lives(b)
			l.way = host.WayIn
			for b.Loop() {
				l.hear(frame, began)
			}
		})
	}
	b.Run("everywhere", func(b *testing.B) { // a program's rows when there are too many
		l := lives(b)
		to := netip.MustParseAddrPort("198.51.100.7:1")
		for i := 0; b.Loop(); i++ {
			l.owners.ties.take(opening{kind: "stun", from: netip.MustParseAddrPort(nearEnd), to: netip.AddrPortFrom(to.Addr(), uint16(i)), at: began})
		}
	})
}
