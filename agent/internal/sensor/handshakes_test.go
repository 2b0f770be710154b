package sensor

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// dialling is a machine whose programs connect as dials records it.
const dialling = `-- processes.yaml --
- {pid: 10, name: curl, path: /usr/bin/curl}
- {pid: 11, name: firefox, path: /usr/lib/firefox/firefox}
- {pid: 12, name: systemd-resolve, path: /usr/lib/systemd/systemd-resolved}
- {pid: 13, name: wg, path: /opt/wg}
- {pid: 14, name: served, path: /opt/served}
-- sockets.yaml --
- {protocol: tcp, state: established, local: "192.0.2.5:40001", remote: "198.51.100.7:443", pid: 10}
- {protocol: tcp, state: established, local: "192.0.2.5:40002", remote: "198.51.100.8:443", pid: 11}
- {protocol: udp, state: other, local: "0.0.0.0:40003", pid: 12}
- {protocol: udp, state: other, local: "0.0.0.0:51820", pid: 13}
- {protocol: tcp, state: listen, local: "0.0.0.0:8443", pid: 14}
- {protocol: tcp, state: established, local: "192.0.2.5:8443", remote: "203.0.113.9:55555", pid: 14}
`

func dials(t testing.TB) [][]byte {
	resolver := "192.0.2.1:53"
	first, second := netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("198.51.100.8")
	return [][]byte{
		parsetest.UDP(t, "192.0.2.5:40003", resolver, parsetest.DNS(t, false, "tool.example.")), // by the resolver
		parsetest.UDP(t, resolver, "192.0.2.5:40003", parsetest.DNSAnswer(t, "tool.example", []string{"edge.example"}, first)),
		parsetest.TCP(t, "192.0.2.5:40001", "198.51.100.7:443", 1, parsetest.ClientHello(t, "tool.example")),
		parsetest.UDP(t, "192.0.2.5:40003", resolver, parsetest.DNS(t, false, "page.example.")),
		parsetest.UDP(t, resolver, "192.0.2.5:40003", parsetest.DNSAnswer(t, "page.example", nil, second)),
		parsetest.UDP(t, "192.0.2.5:40003", resolver, parsetest.DNS(t, false, "nobody.example.")),
		parsetest.UDP(t, "192.0.2.5:51820", "198.51.100.9:51820", parsetest.WireGuard(true)),
		parsetest.UDP(t, "198.51.100.9:51820", "192.0.2.5:51820", parsetest.WireGuard(false)),
		parsetest.TCP(t, "203.0.113.9:55555", "192.0.2.5:8443", 1, parsetest.ClientHello(t, "served.example")),
		parsetest.UDP(t, "192.0.2.5:40009", "203.0.113.1:3478", parsetest.STUN(0, 1, "agent 1")),
	}
}

func dialled(t testing.TB, system string, frames ...[]byte) (host.Host, []Sensor) {
	t.Helper()
	h := machine(t, "-- platform.yaml --\nos: "+system+"\n"+dialling+capture(t, frames...))
	owners := newOwners()
	sensors := []Sensor{owners.names(), owners.handshakes(), owners.sockets()[1]}
	for range 2 { // the second time nothing is new
		for _, s := range sensors[:2] {
			if err := s.Watch(context.Background(), h); err != nil {
				t.Fatal(err)
			}
		}
	}
	look(t, h, sensors[2]) // as it does every two seconds
	return h, sensors
}

// without leaves out of rows the columns that the JA4 of Go's TLS and such have.
func without(rows []string, columns ...string) []string {
	var out []string
	for _, row := range rows {
		var words []string
		for word := range strings.FieldsSeq(row) {
			if name, _, _ := strings.Cut(word, "="); !has(columns, name) {
				words = append(words, word)
			}
		}
		out = append(out, strings.Join(words, " "))
	}
	return out
}

func has(words []string, word string) bool {
	return strings.Contains(" "+strings.Join(words, " ")+" ", " "+word+" ")
}

// TestHandshakes: rows name the program, on a system that tells whose one socket
// is and on one that only lists them all; names that a resolver asks for go to
// who then connects.
func TestHandshakes(t *testing.T) {
	for _, system := range []string{"linux", "darwin"} {
		h, sensors := dialled(t, system, dials(t)...)
		rows, coverage := look(t, h, sensors[0])
		want := map[string]bool{
			"name=tool.example kind=tls file=curl count=1": true, "name=tool.example kind=dns file=curl count=1": true,
			"name=page.example kind=dns file=firefox count=1": true, "name=nobody.example kind=dns count=1": true,
		}
		if diff := cmp.Diff(want, asSet(without(rows, "package"))); diff != "" || coverage.State != finding.CoverageOK {
			t.Errorf("%s: %+v, names (-want +got):\n%s", system, coverage, diff)
		}
		rows, coverage = look(t, h, sensors[1])
		want = map[string]bool{
			"pid=10 name=curl file=curl kind=tls direction=outbound remote_scope=public remote_address=198.51.100.7 remote_port=443 named=yes version=1.3 count=1":   true,
			"pid=13 name=wg file=wg kind=wireguard direction=outbound remote_scope=public remote_address=198.51.100.9 remote_port=51820 count=1":                     true,
			"pid=14 name=served file=served kind=tls direction=inbound remote_scope=public remote_address=203.0.113.9 local_port=8443 named=yes version=1.3 count=1": true,
			"pid=0 kind=stun direction=outbound remote_scope=public remote_address=203.0.113.1 remote_port=3478 software=agent 1 count=1":                            true,
		}
		if diff := cmp.Diff(want, asSet(without(rows, "ja4", "package"))); diff != "" || coverage.State != finding.CoverageOK {
			t.Errorf("%s: %+v, handshakes (-want +got):\n%s", system, coverage, diff)
		}
	}
}

func asSet(rows []string) map[string]bool {
	set := map[string]bool{}
	for _, row := range rows {
		set[row] = true
	}
	return set
}

func TestHandshakesCoverage(t *testing.T) {
	for name, c := range map[string]struct {
		machine string
		state   finding.CoverageState
		detail  string
	}{
		"denied":  {"-- platform.yaml --\nos: linux\n-- denied.yaml --\npackets: no capability\n", finding.CoverageDenied, "`setcap cap_net_raw+ep PATH_OF_FARMWATCH_AGENT`"},
		"a Mac":   {"-- platform.yaml --\nos: darwin\n-- denied.yaml --\npackets: not root\n", finding.CoverageDenied, "start the agent as a service"},
		"Windows": {"-- platform.yaml --\nos: windows\n", finding.CoverageUnsupported, "how connections begin"},
		"none":    {"-- platform.yaml --\nos: linux\n", finding.CoverageAbsent, "packets.pcap"},
	} {
		h, s := machine(t, c.machine), newOwners().handshakes()
		_ = s.Watch(context.Background(), h) // how it went is the coverage
		if _, coverage := Look(context.Background(), h, s); coverage.State != c.state || !strings.Contains(coverage.Detail, c.detail) {
			t.Errorf("%s: %+v", name, coverage)
		}
	}
}

// TestHandshakesOfOneKey: what the first did not say a later one may, and more of
// what was cut short is not counted.
func TestHandshakesOfOneKey(t *testing.T) {
	owners := newOwners()
	w := newHandshakeWindow(owners)
	owners.wire.began(nil)
	from, to := netip.MustParseAddrPort("192.0.2.5:1"), netip.MustParseAddrPort("198.51.100.7:443")
	whole := parse.Hello{Name: "a.example", ALPN: "h2", Version: "1.3", JA4: "t13d"}
	owners.ties.take(opening{kind: "tls", from: from, to: to, hello: parse.Hello{}, at: began})
	owners.ties.take(opening{kind: "tls", from: from, to: to, hello: whole, again: true, at: began.Add(time.Millisecond)})
	owners.ties.take(opening{kind: "tls", from: from, to: to, hello: parse.Hello{Name: "b.example", ECH: true, JA4: "other"}, at: began.Add(time.Second)})
	rows, err := w.collect(context.Background(), machine(t, ""))
	if err != nil || len(rows) != 1 || rows[0].Count != 2 || rows[0].JA4 != "t13d" || rows[0].Named != "yes" || rows[0].ALPN != "h2" {
		t.Errorf("%+v, error %v", rows, err)
	}
}

// TestHandshakesOfTheEnded: what is started again and again is one row.
func TestHandshakesOfTheEnded(t *testing.T) {
	owners := newOwners()
	w := newHandshakeWindow(owners)
	owners.wire.began(nil)
	by := &program{File: "curl"}
	to := netip.MustParseAddrPort("198.51.100.7:443")
	for i := range 50 {
		from := netip.AddrPortFrom(netip.MustParseAddr("192.0.2.5"), uint16(i))
		owners.ties.learn([]ownedSocket{{Socket: host.Socket{Protocol: "tcp", Local: from, Remote: to, PID: 100 + i}, owner: by}})
		owners.ties.take(opening{kind: "tls", from: from, to: to, at: began.Add(time.Duration(i) * time.Second)})
	}
	rows, _ := w.collect(context.Background(), machine(t, ""))
	if len(rows) != 1 || rows[0].PID != 0 || rows[0].File != "curl" || rows[0].Count != 32 {
		t.Errorf("%d rows, the first %+v", len(rows), rows[0])
	}
}

// TestHandshakesAreBounded: whatever passes, no more is kept, and what is of this
// machine's programs is kept longest.
func TestHandshakesAreBounded(t *testing.T) {
	owners := newOwners()
	names, shakes := newNameWindow(owners), newHandshakeWindow(owners)
	owners.wire.began(nil)
	names.began(nil)
	to := func(i int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)}), uint16(i))
	}
	mine := netip.MustParseAddrPort("192.0.2.5:1")
	owners.ties.learn([]ownedSocket{{Socket: host.Socket{Protocol: "tcp", Local: mine, Remote: to(1), PID: 7}, owner: &program{File: "mine"}}})
	for i := range 20_000 {
		at := began.Add(time.Duration(i) * time.Millisecond)
		owners.ties.take(opening{kind: "tls", from: mine, to: to(1 + i), hello: parse.Hello{Name: fmt.Sprintf("n%d.example", i)}, at: at})
		owners.ties.answered(parse.Answer{Name: fmt.Sprintf("n%d.example", i%9), Addresses: []netip.Addr{to(i).Addr(), to(1).Addr()}})
	}
	if n := len(owners.ties.answers.known); n > answersLimit {
		t.Errorf("%d answers", n)
	}
	if n := len(*owners.ties.answers.get(to(1).Addr())); n > aliasLimit {
		t.Errorf("%d names of one address", n)
	}
	if n := len(owners.ties.waiting.known); n > waitingLimit {
		t.Errorf("%d connections wait", n)
	}
	rows, _ := shakes.collect(context.Background(), machine(t, ""))
	if len(rows) != handshakesLimit || rows[0].File != "mine" {
		t.Errorf("%d rows, the first %+v", len(rows), rows[0])
	}
	seen, _ := names.collect(context.Background(), machine(t, ""))
	if len(seen) != namesLimit || seen[0].File != "mine" {
		t.Errorf("%d names, the first %+v", len(seen), seen[0])
	}
	owners.ties.take(opening{kind: "ike", from: mine, to: to(2), at: began.Add(3 * handshakesAge)})
	if rows, _ = shakes.collect(context.Background(), machine(t, "")); len(rows) != 1 {
		t.Errorf("%d rows after three days", len(rows))
	}
}
