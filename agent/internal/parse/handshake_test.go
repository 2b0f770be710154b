package parse

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

// spoken is a handshake in few letters: "wireguard>" from a client, "wireguard<" to
// one, "-" for none.
func spoken(h Handshake, err error) string {
	switch {
	case err != nil:
		return "-"
	case h.FromClient:
		return h.Kind + ">"
	}
	return h.Kind + "<"
}

func TestHandshakesOfRealPrograms(t *testing.T) {
	thrice := strings.Repeat("openvpn> openvpn< - ", 12)
	for name, want := range map[string]string{
		"wireguard": "wireguard> wireguard< - -",
		"openvpn":   strings.TrimSpace(thrice),
		// Only the first of each association; what follows is encrypted or goes on.
		"ike":  "ike> ike< - - ike> ike< - - - - - - - ike> ike> ike> ike> ike>",
		"stun": "stun> stun< " + strings.TrimSpace(strings.Repeat("turn> turn< ", 11)) + " turn> turn> turn> turn> " + strings.TrimSpace(strings.Repeat("turn> turn< ", 4)),
	} {
		var got []string
		for _, s := range recordedSegments(t, name) {
			h, err := ParseHandshake(s)
			got = append(got, spoken(h, err))
			if strings.HasSuffix(spoken(h, err), "n<") && (h.Kind == "stun" || h.Kind == "turn") && h.Software != "Coturn-4.6.1 'Gorst'" {
				t.Errorf("%s: software %q", name, h.Software)
			}
		}
		if diff := cmp.Diff(strings.Fields(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What the programs of these recordings say is none of the four.
func TestHandshakeOrdinaryRecordings(t *testing.T) {
	for _, name := range []string{"dns", "dhcp", "mdns", "llmnr", "netbios"} {
		for i, s := range recordedSegments(t, name) {
			for _, s.UDP = range []bool{true, false} {
				if h, err := ParseHandshake(s); err == nil {
					t.Errorf("%s, segment %d: %+v", name, i, h)
				}
			}
		}
	}
}

// Nor is what real browsers and tools say first over TLS, QUIC and DTLS.
func TestHandshakeOrdinaryHellos(t *testing.T) {
	for _, name := range []string{"chromium", "curl", "firefox", "git", "node", "openssl", "openssl12", "python", "quic_chromium", "dtls_fragmented", "dtls_gnutls", "dtls_openssl"} {
		for i, b := range captured(t, name) {
			for _, udp := range []bool{true, false} {
				if h, err := ParseHandshake(Segment{UDP: udp, Payload: b}); err == nil {
					t.Errorf("%s, packet %d: %+v", name, i, h)
				}
			}
		}
	}
}

// sampleRequest is the first test vector of RFC 5769.
const sampleRequest = "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff" +
	"80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf"

func handshakes(t testing.TB) map[string]Segment {
	tcp := func(b []byte) Segment { return Segment{Payload: b} }
	udp := func(b []byte) Segment { return Segment{UDP: true, Payload: b} }
	marked := append([]byte{0, 0, 0, 0}, parsetest.IKE(true)...)
	length := 2 + len(marked) // counts itself, unlike others
	stream := slices.Concat([]byte("IKETCP"), []byte{byte(length >> 8), byte(length)}, marked)
	return map[string]Segment{
		"stun> RFC 5769":        udp(unhex(t, sampleRequest)),
		"stun< success":         udp(parsetest.STUN(2, 1, "srv")),
		"stun> WebRTC's ping":   udp(parsetest.STUN(0, 0x80, "")),
		"turn> allocate":        udp(parsetest.STUN(0, 3, "")),
		"turn< error":           udp(parsetest.STUN(3, 3, "srv")),
		"turn> send":            udp(parsetest.STUN(1, 6, "")),
		"turn< data":            udp(parsetest.STUN(1, 7, "")),
		"turn> connection bind": tcp(parsetest.STUN(0, 0xb, "")),
		"stun> TCP, more after": tcp(append(parsetest.STUN(0, 1, ""), "and what follows"...)),
		"stun> ICE over TCP":    tcp(parsetest.OverTCP(parsetest.STUN(0, 1, ""))),
		"wireguard> initiation": udp(parsetest.WireGuard(true)),
		"wireguard< response":   udp(parsetest.WireGuard(false)),
		"openvpn> reset":        udp(parsetest.OpenVPN(true)),
		"openvpn< reset":        udp(parsetest.OpenVPN(false)),
		"openvpn> over TCP":     tcp(parsetest.OverTCP(parsetest.OpenVPN(true))),
		"ike> init":             udp(parsetest.IKE(true)),
		"ike< init":             udp(parsetest.IKE(false)),
		"ike> with a marker":    udp(marked),
		"ike> over TCP":         tcp(stream),
	}
}

func TestParseHandshake(t *testing.T) {
	for name, s := range handshakes(t) {
		h, err := ParseHandshake(s)
		if want, _, _ := strings.Cut(name, " "); spoken(h, err) != want {
			t.Errorf("%s: %+v, error %v", name, h, err)
		}
		for i := range s.Payload { // cut short it is another message, or none
			cut := s
			cut.Payload = s.Payload[:i]
			if h, err := ParseHandshake(cut); err == nil && !bytes.Equal(cut.Payload, []byte("IKETCP")) && !strings.HasSuffix(name, "more after") {
				t.Errorf("%s, the first %d bytes: %+v", name, i, h)
			}
		}
	}
}

func TestParseHandshakeRefuses(t *testing.T) {
	change := func(b []byte, at int, to ...byte) []byte {
		b = slices.Clone(b)
		copy(b[at:], to)
		return b
	}
	counted := make([]byte, 148) // a game's packet number one
	counted[0] = 1
	for i := range counted[8:] {
		counted[8+i] = byte(i / 4)
	}
	ike, stun, wg, vpn := parsetest.IKE(true), parsetest.STUN(0, 1, ""), parsetest.WireGuard(true), parsetest.OpenVPN(true)
	for name, b := range map[string][]byte{
		"nothing":                       nil,
		"STUN without its cookie":       change(stun, 4, 0),
		"STUN of an unknown method":     change(stun, 1, 2),
		"STUN that is channel data":     change(stun, 0, 0x40),
		"STUN with a remainder":         append(slices.Clone(stun), 0, 0, 0, 0),
		"STUN, attribute beyond":        change(parsetest.STUN(0, 1, "four"), 22, 0, 5),
		"WireGuard's data":              change(wg, 0, 4),
		"WireGuard's reply as first":    change(wg, 0, 2),
		"WireGuard with reserved bits":  change(wg, 3, 1),
		"WireGuard, key beyond 2^255":   change(wg, 39, 0xff),
		"a count":                       counted,
		"OpenVPN, another key":          change(vpn, 0, 7<<3|1),
		"OpenVPN, packet one":           change(vpn, 13, 1),
		"OpenVPN, no session":           change(vpn, 1, 0, 0, 0, 0, 0, 0, 0, 0),
		"OpenVPN, control":              change(vpn, 0, 4<<3),
		"IKE, later message":            change(ike, 23, 1),
		"IKE, length":                   change(ike, 27, 7),
		"IKE, informational":            change(ike, 18, 37),
		"IKE, version":                  change(ike, 17, 0x30),
		"IKE, answer without initiator": change(ike, 19, 0),
		"IKE, payload of no kind":       change(ike, 16, 7),
		"IKE, chain":                    change(ike, 28, 0),
	} {
		if h, err := ParseHandshake(Segment{UDP: true, Payload: b}); err == nil {
			t.Errorf("%s: %+v", name, h)
		}
	}
}

func FuzzParseHandshake(f *testing.F) {
	for _, s := range handshakes(f) {
		f.Add(s.Payload, s.UDP)
	}
	for _, name := range []string{"wireguard", "openvpn", "ike", "stun"} {
		for _, s := range recordedSegments(f, name) {
			f.Add(s.Payload, s.UDP)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, udp bool) {
		h, err := ParseHandshake(Segment{UDP: udp, Payload: b})
		if err == nil && (h.Kind == "" || len(h.Software) > stunSoftware || printable([]byte(h.Software)) != h.Software) {
			t.Fatalf("%+v", h)
		}
	})
}

func BenchmarkParseHandshake(b *testing.B) {
	all := handshakes(b)
	for _, name := range []string{"stun> RFC 5769", "wireguard> initiation", "openvpn> reset", "ike> init"} {
		b.Run(strings.Fields(name)[0], func(b *testing.B) {
			for b.Loop() {
				if _, err := ParseHandshake(all[name]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
