package sensor

import (
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"golang.org/x/net/bpf"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

func bannerVM(t testing.TB) *bpf.VM { return filterVM(t, wireFilter) }

func greetings() map[string]string {
	return map[string]string{
		"VNC":               "RFB 003.008\n",
		"VNC for a browser": "\x82\x0cRFB 003.008\n",
		"RDP":               "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x1f\x08\x00\x02\x00\x00\x00",
		"SPICE":             "REDQ\x02\x00\x00\x00\x02\x00\x00\x00\xba\x00\x00\x00\x00\x00\x00\x00",
		"Barrier":           "\x00\x00\x00\x0bBarrier\x00\x01\x00\x06",
		"Synergy":           "\x00\x00\x00\x0bSynergy\x00\x01\x00\x06",
		"NX":                "NXD-7.10.1\n",
		"X11":               "\x01\x00\x0b\x00\x00\x00\x7a\x05\x00\x00\x00\x00",
		"X11, big-endian":   "\x01\x00\x00\x0b\x00\x00\x05\x7a\x00\x00\x00\x00",
		"SSH":               "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
	}
}

// TestBannerFilterPasses: whatever the port, and no more of it than the first bytes.
func TestBannerFilterPasses(t *testing.T) {
	vm := bannerVM(t)
	stamped := tcpTo(40000)
	stamped.Options = []layers.TCPOption{{OptionType: layers.TCPOptionKindTimestamps, OptionLength: 10, OptionData: make([]byte, 8)}}
	tag := &layers.Dot1Q{VLANIdentifier: 7, Type: layers.EthernetTypeIPv4}
	for name, said := range greetings() {
		said := append([]byte(said), "what is nobody's business, and goes on and on"...)
		for way, frame := range map[string][]byte{
			"IPv4":        tcp4(t, 40000, said),
			"IPv6":        frameOf(t, link(layers.EthernetTypeIPv6), ip6(layers.IPProtocolTCP), tcpTo(40000), gopacket.Payload(said)),
			"VLAN":        frameOf(t, link(layers.EthernetTypeDot1Q), tag, ip4(layers.IPProtocolTCP), tcpTo(40000), gopacket.Payload(said)),
			"TCP options": frameOf(t, link(layers.EthernetTypeIPv4), ip4(layers.IPProtocolTCP), stamped, gopacket.Payload(said)),
		} {
			kept, err := vm.Run(frame)
			if want := len(frame) - len(said) + parse.BannerBytes; err != nil || kept != want {
				t.Errorf("%s over %s: %d of %d bytes kept, want %d, error %v", name, way, kept, len(frame), want, err)
				continue
			}
			segment, err := parse.NewFrames().Parse(frame[:kept])
			if err != nil {
				t.Errorf("%s over %s: what is kept cannot be read: %v", name, way, err)
				continue
			}
			if _, err := parse.ParseBanner(segment.Payload); err != nil {
				t.Errorf("%s over %s: %v", name, way, err)
			}
		}
	}
}

func TestBannerFilterRefuses(t *testing.T) {
	vm := bannerVM(t)
	for name, frame := range map[string][]byte{
		"nothing":                     nil,
		"half a header":               tcp4(t, 1, []byte("RFB 003.008\n"))[:30],
		"no data":                     tcp4(t, 1, nil),
		"half a word":                 tcp4(t, 1, []byte("RFB")),
		"other words":                 tcp4(t, 1, []byte("RFB is a protocol")),
		"VNC over UDP":                udp4(t, 1, []byte("RFB 003.008\n")),
		"HTTP":                        tcp4(t, 80, []byte("HTTP/1.1 200 OK\r\n\r\n")),
		"another WebSocket message":   tcp4(t, 1, []byte("\x82\x0chello world.")),
		"a request to connect by RDP": tcp4(t, 1, []byte("\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00")),
		"a controller's X.224":        tcp4(t, 1, []byte("\x03\x00\x00\x16\x11\xd0\x00\x01\x00\x02\x00\xc0\x01\x0a\xc1\x02\x01\x00\xc2\x02\x01\x02")),
		"eleven of something else":    tcp4(t, 1, []byte("\x00\x00\x00\x0bhello world")),
		"X11 that refuses":            tcp4(t, 1, []byte("\x00\x12\x0b\x00\x00\x00\x05\x00")),
	} {
		if kept, err := vm.Run(frame); err != nil || kept != 0 {
			t.Errorf("%s: %d bytes kept, error %v", name, kept, err)
		}
	}
}

func BenchmarkBannerFilter(b *testing.B) {
	vm, frame := bannerVM(b), tcp4(b, 443, make([]byte, 1200))
	for b.Loop() {
		if _, err := vm.Run(frame); err != nil {
			b.Fatal(err)
		}
	}
}
