package sensor

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// told is a frame in which one place says something to another.
func told(t testing.TB, from, to, words string) []byte {
	t.Helper()
	source, destination := netip.MustParseAddrPort(from), netip.MustParseAddrPort(to)
	tcp := &layers.TCP{SrcPort: layers.TCPPort(source.Port()), DstPort: layers.TCPPort(destination.Port()), ACK: true, PSH: true}
	ip := ip4(layers.IPProtocolTCP)
	ip.SrcIP, ip.DstIP = net.IP(source.Addr().AsSlice()), net.IP(destination.Addr().AsSlice())
	return frameOf(t, link(layers.EthernetTypeIPv4), ip, tcp, gopacket.Payload(words))
}

// capture is a pcap of frames, a second apart, as a recording holds it.
func capture(t testing.TB, frames ...[]byte) string {
	t.Helper()
	var out bytes.Buffer
	w := pcapgo.NewWriter(&out)
	if err := w.WriteFileHeader(65535, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	for i, f := range frames {
		at := time.Date(2026, time.November, 2, 9, 0, i, 0, time.UTC)
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: at, CaptureLength: len(f), Length: len(f)}, f); err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("-- packets.pcap [hex] --\n%x\n", out.Bytes())
}

const greeters = `-- processes.yaml --
- {pid: 10, name: helper, path: /home/anna/.local/bin/helper}
- {pid: 11, name: web, path: /usr/bin/web}
- {pid: 12, name: viewer, path: /usr/bin/viewer}
-- sockets.yaml --
- {protocol: tcp, state: listen, local: "0.0.0.0:4444", pid: 10}
- {protocol: tcp, state: listen, local: "127.0.0.1:5901", pid: 10}
- {protocol: tcp, state: listen, local: "0.0.0.0:5900", pid: 11}
- {protocol: tcp, state: listen, local: "192.0.2.5:22", pid: 11}
- {protocol: udp, state: other, local: "0.0.0.0:4444", pid: 12}
- {protocol: tcp, state: established, local: "192.0.2.5:50000", remote: "198.51.100.7:5900", pid: 12}
`

// TestBanners: what the listener itself says counts, and not what is said to it,
// nor what a server elsewhere says from the same port.
func TestBanners(t *testing.T) {
	rfb := "RFB 003.008\n"
	h := machine(t, greeters+capture(t,
		told(t, "192.0.2.5:4444", "198.51.100.1:33000", rfb),   // the listener on all addresses
		told(t, "198.51.100.1:33000", "192.0.2.5:4444", rfb),   // the client's answer
		told(t, "198.51.100.7:5900", "192.0.2.5:50000", rfb),   // a server elsewhere, to the viewer here
		told(t, "127.0.0.1:33001", "127.0.0.1:5901", rfb),      // a client, to a server that says nothing
		told(t, "192.0.2.5:22", "198.51.100.1:33002", "SSH-2"), // one address only
	))
	all := newOwners()
	listening := all.sockets()[0]
	if err := listening.Watch(context.Background(), h); err != nil {
		t.Fatal(err)
	}
	rows, coverage := look(t, h, listening)
	if coverage.State != finding.CoverageOK {
		t.Errorf("%+v", coverage)
	}
	var got []string
	for _, row := range rows {
		_, rest, _ := strings.Cut(row, "protocol=")
		got = append(got, rest)
	}
	want := []string{
		"tcp address=any port=4444 scope=any banner=rfb",
		"tcp address=loopback port=5901 scope=loopback",
		"tcp address=any port=5900 scope=any",
		"tcp address=public port=22 scope=public banner=ssh",
		"udp address=any port=4444 scope=any",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestBannerOfAnother: a port that changed hands is not greeted from until it greets again.
func TestBannerOfAnother(t *testing.T) {
	w := newBannerWindow()
	place, at := netip.MustParseAddrPort("127.0.0.1:5900"), time.Date(2026, time.November, 2, 9, 0, 0, 0, time.UTC)
	w.hear(place, "rfb", at)
	first, second := listener("tcp", "127.0.0.1:5900", 7), listener("tcp", "0.0.0.0:5900", 8)
	if got := w.of(first); got != "rfb" {
		t.Errorf("%q", got)
	}
	if got := w.of(second); got != "" {
		t.Errorf("another process is said to greet by %q", got)
	}
	w.hear(place, "rfb", at.Add(time.Hour))
	if got := w.of(second); got != "rfb" {
		t.Errorf("after it greeted: %q", got)
	}
	w.hear(place, "ssh", at.Add(2*time.Hour))
	if got := w.of(first); got != "ssh" {
		t.Errorf("after another protocol: %q", got)
	}
	for i := range 3 * bannerLimit {
		w.hear(netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), uint16(i)), "ssh", at.Add(time.Duration(3+i)*time.Hour))
	}
	if len(w.heard) > bannerLimit || w.of(first) != "ssh" {
		t.Errorf("%d are remembered of other machines, ours as %q", len(w.heard), w.of(first))
	}
	for i := range 3 * bannerLimit {
		w.hear(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(10000+i)), "ssh", at.Add(time.Duration(3000+i)*time.Hour))
	}
	w.hear(netip.MustParseAddrPort("192.0.2.1:1"), "ssh", at.Add(9000*time.Hour))
	if len(w.heard) > bannerLimit || w.of(first) != "" || !w.ours(netip.MustParseAddrPort("127.0.0.1:1")) || w.heard[netip.MustParseAddrPort("192.0.2.1:1")] != nil {
		t.Errorf("%d are remembered, the oldest as %q", len(w.heard), w.of(first))
	}
}

// TestBannersDenied: what cannot be listened to is said by the class that needs
// it, and ports are shown all the same.
func TestBannersDenied(t *testing.T) {
	h := machine(t, greeters+"-- denied.yaml --\npackets: not root\n")
	all := newOwners()
	conduct := all.conduct()
	if err := conduct.Watch(context.Background(), h); err == nil {
		t.Error("no error")
	}
	_, coverage := look(t, h, conduct)
	if coverage.State != finding.CoverageDenied || !strings.Contains(coverage.Detail, "CAP_NET_RAW") {
		t.Errorf("%+v", coverage)
	}
	if rows, coverage := look(t, h, all.sockets()[0]); len(rows) != 5 || coverage.State != finding.CoverageOK {
		t.Errorf("%q, %+v", rows, coverage)
	}
}

// TestWireIsShared: the second that watches waits for the first, and ends with its context.
func TestWireIsShared(t *testing.T) {
	w := newWire()
	w.capturing <- struct{}{}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- w.watch(ctx, nil) }()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
