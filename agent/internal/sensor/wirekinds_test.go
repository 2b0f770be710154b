package sensor

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/gopacket/pcapgo"
	"golang.org/x/net/bpf"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

const (
	nearEnd = "192.0.2.5:40000"
	awayEnd = "198.51.100.7:7777"
)

// heardOn is a wire and what was heard on it, in words.
func heardOn(t testing.TB) (*ear, *[]string) {
	t.Helper()
	w, heard := newWire(), &[]string{}
	say := func(words ...string) { *heard = append(*heard, strings.Join(words, " ")) }
	w.onSegment(func(s parse.Segment, _ time.Time) {
		if protocol, err := parse.ParseBanner(s.Payload); err == nil {
			say("banner", protocol)
		}
	})
	w.onLookup(func(parse.Segment, time.Time) { say("lookup") })
	w.onOpening(func(o opening) { say(o.kind, o.hello.Name) })
	w.onNeighbour(func(n parse.Neighbour, _ time.Time) { say(n.Kind) })
	w.onAnnouncement(func(a parse.Announcement, _ time.Time) { say(a.Kind) })
	return newEar(w), heard
}

// passing gives what is heard of a frame behind the filter.
func passing(t testing.TB, vm *bpf.VM, frame []byte) []string {
	t.Helper()
	kept, err := vm.Run(frame)
	if err != nil {
		t.Fatal(err)
	}
	if kept == 0 {
		return nil
	}
	e, heard := heardOn(t)
	e.hear(frame[:min(kept, len(frame))], began)
	return *heard
}

// kinds are frames of everything that is listened to.
func kinds(t testing.TB) map[string][]byte {
	a, mac := netip.MustParseAddr, parsetest.MAC(7)
	udp := func(b []byte) []byte { return parsetest.UDP(t, nearEnd, awayEnd, b) }
	udp6 := func(b []byte) []byte { return parsetest.UDP(t, "[2001:db8::1]:40000", "[2001:db8::2]:7777", b) }
	tcp := func(b []byte) []byte { return parsetest.TCP(t, nearEnd, awayEnd, 1, b) }
	to := func(place string, b []byte) []byte { return parsetest.UDP(t, "192.0.2.5:68", place, b) }
	initial := func(version uint32) []byte {
		id := []byte{1, 2, 3, 4, 5, 6, 7, 8}
		hello := parsetest.HelloForm{Version: 0x303, Ciphers: []uint16{0x1301}, Extensions: []parsetest.Extension{parsetest.Name(t, "quic.example.org")}}.Message(t)
		return parsetest.InitialForm{Version: version, Destination: id, NumberBytes: 1, Frames: parsetest.Padded(parsetest.Crypto(0, hello))}.Seal(t)
	}
	form := parsetest.HelloForm{Version: 0xfefd, Ciphers: []uint16{0x1301}, Extensions: []parsetest.Extension{parsetest.Name(t, "dtls.example.org")}, DTLS: true}.Body(t)
	return map[string][]byte{
		"lookup|question":         to("192.0.2.1:53", parsetest.DNS(t, false, "a.example.")),
		"lookup|answer":           parsetest.UDP(t, "192.0.2.1:53", nearEnd, parsetest.DNSAnswer(t, "a.example", nil, a("192.0.2.9"))),
		"tls relay.example.org":   tcp(parsetest.ClientHello(t, "relay.example.org")),
		"quic quic.example.org|1": udp(initial(1)), "quic quic.example.org|2": udp(initial(0x6b3343cf)),
		"quic quic.example.org|IPv6": udp6(initial(1)),
		"tls split.example.org":      tcp(parsetest.Records(t, parsetest.HelloForm{Version: 0x303, Ciphers: []uint16{0x1301}, Extensions: []parsetest.Extension{parsetest.Name(t, "split.example.org")}}.Message(t), 1)),
		"tls |strange":               tcp(parsetest.Records(t, parsetest.HelloForm{Version: 0x303, Ciphers: []uint16{0x1301}, Extensions: []parsetest.Extension{parsetest.Name(t, "odd\x01.example.org")}}.Message(t), 999)),
		"dtls dtls.example.org":      udp(parsetest.DatagramRecord(t, form, 0, len(form))),
		"stun |binding":              udp(parsetest.STUN(0, 1, "agent")), "stun |answer": udp(parsetest.STUN(2, 1, "server")),
		"stun |TCP": tcp(parsetest.STUN(0, 1, "")), "stun |ICE in TCP": tcp(parsetest.OverTCP(parsetest.STUN(0, 1, ""))),
		"turn |allocate": udp(parsetest.STUN(0, 3, "")), "turn |bind": tcp(parsetest.STUN(0, 0xb, "")),
		"lookup,wireguard |port of DNS": parsetest.UDP(t, nearEnd, "198.51.100.7:53", parsetest.WireGuard(true)), "lookup,quic quic.example.org": parsetest.UDP(t, nearEnd, "198.51.100.7:53", initial(1)),
		"wireguard |asks": udp(parsetest.WireGuard(true)), "wireguard |answers": udp(parsetest.WireGuard(false)), "wireguard |IPv6": udp6(parsetest.WireGuard(true)),
		"openvpn |asks": udp(parsetest.OpenVPN(true)), "openvpn |answers": udp(parsetest.OpenVPN(false)), "openvpn |TCP": tcp(parsetest.OverTCP(parsetest.OpenVPN(true))),
		"ike |asks": udp(parsetest.IKE(true)), "ike |answers": udp(parsetest.IKE(false)), "ike |behind zeros": udp(append(make([]byte, 4), parsetest.IKE(true)...)), "ike |TCP": tcp([]byte("IKETCP")),
		"mdns":              to("224.0.0.251:5353", parsetest.MDNS(t, "printer", a("192.0.2.9"), "_ipp._tcp")),
		"llmnr":             parsetest.UDP(t, "192.0.2.9:5355", nearEnd, parsetest.LLMNR(t, "desk", a("192.0.2.9"))),
		"netbios":           parsetest.UDP(t, "192.0.2.9:137", "192.0.2.255:137", parsetest.NetBIOS(t, "DESK", 0, false)),
		"dhcp|asks":         to("255.255.255.255:67", parsetest.DHCPRequest(t, mac, "desk", "MSFT 5.0")),
		"dhcp|IPv6":         parsetest.UDP(t, "[fe80::1]:546", "[ff02::1:2]:547", parsetest.DHCPv6Request("desk")),
		"arp_request":       parsetest.ARP{Sender: mac, SenderIP: a("192.0.2.5"), TargetIP: a("192.0.2.1")}.Bytes(t),
		"nd_solicitation":   parsetest.Solicitation(t, mac, a("fe80::1"), a("fe80::2")),
		"nd_advertisement":  parsetest.Advertisement(t, mac, a("fe80::2")),
		"nd_router":         parsetest.RouterAdvertisement(t, mac, a("fe80::1")),
		"banner rfb":        tcp([]byte("RFB 003.008\n")),
		"banner ssh":        tcp([]byte("SSH-2.0-OpenSSH_9.2\r\n")),
		"banner rdp":        tcp([]byte(greetings()["RDP"])),
		"banner x11|either": tcp([]byte(greetings()["X11, big-endian"])),
	}
}

// tagged puts VLAN tags into a frame.
func tagged(frame []byte, kinds ...uint16) []byte {
	out := append([]byte(nil), frame[:12]...)
	for _, kind := range kinds {
		out = append(out, byte(kind>>8), byte(kind), 0, 7)
	}
	return append(out, frame[12:]...)
}

// TestWireFilterPassesRestOfQUIC: once the server has answered, the rest of a
// hello goes to the connection id that it gave, which may be as short as it likes.
func TestWireFilterPassesRestOfQUIC(t *testing.T) {
	vm := filterVM(t, wireFilter)
	for _, length := range []byte{0, 4, 7, 20} {
		frame := parsetest.UDP(t, nearEnd, awayEnd, append([]byte{0xc3, 0, 0, 0, 1, length}, make([]byte, 1300)...))
		if kept, err := vm.Run(frame); err != nil || kept < len(frame) {
			t.Errorf("to an id of %d bytes: %d of %d bytes kept, error %v", length, kept, len(frame), err)
		}
	}
}

// TestWireHears: what is passed is enough to know it by, plain and in VLANs.
func TestWireHears(t *testing.T) {
	vm := filterVM(t, wireFilter)
	for name, frame := range kinds(t) {
		want, _, _ := strings.Cut(name, "|")
		for way, frame := range map[string][]byte{"": frame, "VLAN": tagged(frame, 0x8100), "QinQ": tagged(frame, 0x88a8, 0x8100)} {
			if got := strings.Join(passing(t, vm, frame), ","); strings.TrimSpace(got) != strings.TrimSpace(want) {
				t.Errorf("%s %s: heard %q", name, way, got)
			}
		}
		if kept, _ := vm.Run(tagged(frame, 0x88a8, 0x8100, 0x8100)); kept != 0 {
			t.Errorf("%s in three VLANs: %d bytes", name, kept)
		}
		for i := range frame { // cut anywhere nothing breaks
			passing(t, vm, frame[:i])
		}
	}
}

// nearMisses look like something that is listened to and are not.
func nearMisses(t testing.TB) map[string][]byte {
	udp := func(b []byte) []byte { return parsetest.UDP(t, nearEnd, awayEnd, b) }
	tcp := func(b []byte) []byte { return parsetest.TCP(t, nearEnd, awayEnd, 1, b) }
	changed := func(b []byte, at int, to byte) []byte { b = bytes.Clone(b); b[at] = to; return b }
	quic := append([]byte{0xc3, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8}, make([]byte, 1300)...)
	icmp := parsetest.Solicitation(t, parsetest.MAC(7), netip.MustParseAddr("fe80::1"), netip.MustParseAddr("fe80::2"))
	return map[string][]byte{
		"nothing in it": udp(nil), "one byte": udp([]byte{1}), "media": udp(append([]byte{0x80, 96}, make([]byte, 1000)...)),
		"media through a relay": udp(parsetest.STUN(1, 6, "")), "media from a relay": udp(parsetest.STUN(1, 7, "")),
		"a relay's channel": udp(append([]byte{0x40, 0, 0, 4}, bytes.Repeat([]byte{9}, 100)...)), "STUN of old": udp(changed(parsetest.STUN(0, 1, ""), 4, 0)),
		"QUIC, handshake": udp(changed(quic, 0, 0xe3)), "QUIC, 0-RTT": udp(changed(quic, 0, 0xd3)), "QUIC 2, its retry": udp(append([]byte{0xc3, 0x6b, 0x33, 0x43, 0xcf, 8}, make([]byte, 1300)...)),
		"QUIC, short header": udp(changed(quic, 0, 0x43)), "QUIC, a draft": udp(changed(quic, 4, 2)), "QUIC, short": udp(quic[:1100]),
		"QUIC, too long an id": udp(changed(quic, 5, 21)),
		"DTLS, data":           udp(append([]byte{23, 0xfe, 0xfd, 0, 0}, make([]byte, 100)...)), "DTLS, another message": udp(append([]byte{22, 0xfe, 0xfd}, make([]byte, 100)...)),
		"DTLS, enciphered": udp(append([]byte{22, 0xfe, 0xfd, 0, 1}, bytes.Repeat([]byte{1}, 100)...)),
		"WireGuard, data":  udp(append([]byte{4, 0, 0, 0}, make([]byte, 100)...)), "WireGuard, longer": udp(append(parsetest.WireGuard(true), 0)),
		"OpenVPN, data": udp(append([]byte{9 << 3}, bytes.Repeat([]byte{7}, 100)...)), "OpenVPN, later": udp(changed(parsetest.OpenVPN(true), 9, 0x10)),
		"IKE, later": udp(changed(parsetest.IKE(true), 23, 1)), "IKE, enciphered": udp(changed(parsetest.IKE(true), 18, 35)), "ESP": udp(bytes.Repeat([]byte{9}, 200)),
		"echo, IPv6": changed(icmp, 14+40, 128), "listeners, IPv6": changed(icmp, 14+40, 143), "an answer of old": tcp([]byte{0, 40, 0x12, 0x34}),
		"TLS, data": tcp(append([]byte{0x17, 3, 3, 1, 0}, make([]byte, 256)...)), "HTTP": tcp([]byte("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")),
		"TCP's first byte as OpenVPN's": tcp(append([]byte{0, 60, 0x38}, make([]byte, 100)...)), "telnet": tcp([]byte("secret\r\n")),
		"a key pressed in VNC": tcp([]byte{4, 1, 0, 0, 0, 0, 0, 0x61}), "the same, on the port of HTTPS": parsetest.TCP(t, nearEnd, "198.51.100.7:443", 1, []byte{4, 1, 0, 0, 0, 0, 0, 0x61}),
		"a download": parsetest.TCP(t, "198.51.100.7:443", nearEnd, 1, bytes.Repeat([]byte{9}, 700)), "an upload's segment": parsetest.TCP(t, nearEnd, "198.51.100.7:443", 1, bytes.Repeat([]byte{9}, 1448)),
		"an upload's record": parsetest.TCP(t, nearEnd, "198.51.100.7:443", 1, append([]byte{0x17, 3, 3, 1, 0}, make([]byte, 700)...)),
	}
}

func TestWireFilterRefusesNearMisses(t *testing.T) {
	vm := filterVM(t, wireFilter)
	for name, frame := range nearMisses(t) {
		if kept, err := vm.Run(frame); err != nil || kept != 0 {
			t.Errorf("%s: %d bytes kept, error %v", name, kept, err)
		}
	}
}

// TestWireHearsRealPrograms: what the parsers know in recordings of real
// programs the filter passes, and of the rest next to nothing.
func TestWireHearsRealPrograms(t *testing.T) {
	vm := filterVM(t, wireFilter)
	names, err := filepath.Glob("../parse/testdata/frames/*.pcap")
	if err != nil || len(names) == 0 {
		t.Fatal(err)
	}
	idle := 0
	for _, name := range names {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		reader, err := pcapgo.NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; ; i++ {
			frame, _, err := reader.ReadPacketData()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			e, whole := heardOn(t)
			e.hear(frame, began)
			got := passing(t, vm, frame)
			if segment, err := e.frames.Parse(frame); err == nil && len(segment.Payload) > 1 && segment.Payload[0] == 0 && (segment.Payload[1] == 0x16 || segment.Payload[1] == 0x17) {
				continue // media through a relay is refused
			}
			if diff := cmp.Diff(*whole, got); diff != "" && len(*whole) > 0 {
				t.Errorf("%s, frame %d (-unfiltered +filtered):\n%s", name, i, diff)
			}
			if kept, _ := vm.Run(frame); kept > 0 && len(*whole) == 0 {
				idle++
			}
		}
	}
	if idle > 8 {
		t.Errorf("%d frames are passed that say nothing", idle)
	}
}

// TestWireFilterFits: macOS takes 512 instructions, Linux 4096.
func TestWireFilterFits(t *testing.T) {
	filter, err := wireFilter()
	if err != nil || len(filter) > 512 {
		t.Errorf("%d instructions, error %v", len(filter), err)
	}
	t.Logf("%d instructions", len(filter))
}

// TestFarJumps: a conditional jump reaches 255 instructions, and a program more.
func TestFarJumps(t *testing.T) {
	vm := filterVM(t, func() ([]bpf.RawInstruction, error) {
		p := newFrameFilter()
		p.add(bpf.LoadAbsolute{Off: 0, Size: 1})
		p.jump(1, "one", "")
		p.when(bpf.JumpGreaterThan, 1, "more", "none")
		for range 300 {
			p.add(bpf.LoadConstant{Dst: bpf.RegA, Val: 9})
		}
		for i, mark := range []string{"none", "one", "more"} {
			p.mark(mark)
			p.add(bpf.RetConstant{Val: uint32(i + 10)})
		}
		return p.assemble()
	})
	for first, want := range map[byte]int{0: 10, 1: 11, 2: 12} {
		if got, err := vm.Run([]byte{first}); err != nil || got != want {
			t.Errorf("%d: %d, error %v", first, got, err)
		}
	}
	for name, p := range map[string]*frameFilter{"nowhere": newFrameFilter(), "back": newFrameFilter()} {
		p.mark("back")
		p.jump(0, name, "")
		if _, err := p.assemble(); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", name)) {
			t.Errorf("a jump to %s: %v", name, err)
		}
	}
}

// TestWireJoins: hellos of real clients come through in segments of a usual size.
func TestWireJoins(t *testing.T) {
	vm := filterVM(t, wireFilter)
	for _, client := range []string{"chromium", "curl", "firefox", "git", "node", "openssl", "openssl12", "python"} {
		text, err := os.ReadFile("../parse/testdata/hello/" + client + ".hex")
		if err != nil {
			t.Fatal(err)
		}
		hello, err := hex.DecodeString(strings.Join(strings.Fields(regexp.MustCompile(`#.*`).ReplaceAllString(string(text), "")), ""))
		if err != nil {
			t.Fatal(err)
		}
		want, err := parse.ParseHello(hello)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{1448, 1388, 1348, 1208} { // Ethernet, and what tunnels leave of it
			e, _ := heardOn(t)
			var got []opening
			e.onOpening(func(o opening) { got = append(got, o) })
			for at := 0; at < len(hello); at += size {
				frame := parsetest.TCP(t, nearEnd, "198.51.100.7:443", uint32(1+at), hello[at:min(at+size, len(hello))])
				if kept, _ := vm.Run(frame); kept > 0 {
					e.hear(frame[:min(kept, len(frame))], began)
				}
			}
			if len(got) == 0 || got[0].again || got[len(got)-1].hello != want {
				t.Errorf("%s, %d bytes in segments of %d: %+v", client, len(hello), size, got)
			}
		}
	}
}
