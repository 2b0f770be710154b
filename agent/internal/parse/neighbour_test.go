package parse

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

// met is a neighbour's message in few words.
func met(n Neighbour) string {
	name := func(mac [6]byte) string {
		switch mac {
		case [6]byte{}:
			return "nobody"
		case parsetest.MAC(1):
			return "one"
		case parsetest.MAC(2):
			return "two"
		}
		return "other"
	}
	words := []string{n.Kind, name(n.FrameSource), name(n.Sender), n.SenderIP.String(), n.TargetIP.String()}
	if n.Broadcast {
		words = append(words, "all")
	}
	return strings.Join(words, " ")
}

func TestNeighboursOfRealPrograms(t *testing.T) {
	want := []string{
		"arp_request one one 192.0.2.1 192.0.2.2 all",
		"arp_reply two two 192.0.2.2 192.0.2.1",
		"arp_request one one 192.0.2.1 192.0.2.2 all",
		"arp_reply two two 192.0.2.2 192.0.2.1",
		"arp_request one one 0.0.0.0 192.0.2.2 all", // a probe
		"arp_reply two two 192.0.2.2 0.0.0.0",
		"arp_request one one 192.0.2.1 192.0.2.1 all", // unasked
		"arp_reply one one 192.0.2.1 192.0.2.1 all",
		"nd_router two two fe80::5eff:fe00:5302 invalid IP all",
		"nd_solicitation one one 2001:db8::12b 2001:db8::2 all",
		"nd_advertisement two two 2001:db8::2 2001:db8::2",
		"nd_solicitation one nobody :: 2001:db8::77 all", // a probe
	}
	var got []string
	for i, frame := range recordedFrames(t, "neighbours") {
		n, err := NewFrames().Neighbour(frame)
		if err != nil {
			t.Errorf("frame %d: %v", i, err)
		}
		got = append(got, met(n))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNeighbour(t *testing.T) {
	one, two := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	six := netip.MustParseAddr("2001:db8::9")
	for want, frame := range map[string][]byte{
		"arp_request two one 0.0.0.0 192.0.2.2 all":            parsetest.ARP{SourceMAC: parsetest.MAC(2), Sender: parsetest.MAC(1), SenderIP: netip.IPv4Unspecified(), TargetIP: two}.Bytes(t),
		"arp_reply one one 192.0.2.1 192.0.2.2":                parsetest.ARP{Reply: true, DestinationMAC: parsetest.MAC(2), Sender: parsetest.MAC(1), SenderIP: one, TargetIP: two}.Bytes(t),
		"nd_solicitation one one :: 2001:db8::9 all":           parsetest.Solicitation(t, parsetest.MAC(1), netip.IPv6Unspecified(), six),
		"nd_advertisement one one 2001:db8::9 2001:db8::9 all": parsetest.Advertisement(t, parsetest.MAC(1), six),
		"nd_router two two 2001:db8::9 invalid IP all":         parsetest.RouterAdvertisement(t, parsetest.MAC(2), six),
	} {
		n, err := NewFrames().Neighbour(frame)
		if got := met(n); got != want || err != nil {
			t.Errorf("%q, error %v, want %q", got, err, want)
		}
		padded := append(slices.Clone(frame), make([]byte, 18)...)
		if strings.HasPrefix(want, "arp") {
			if n, err := NewFrames().Neighbour(padded); met(n) != want || err != nil {
				t.Errorf("%q padded: %q, error %v", want, met(n), err)
			}
		}
	}
}

func TestNeighbourRefuses(t *testing.T) {
	arp := parsetest.ARP{Sender: parsetest.MAC(1), SenderIP: netip.MustParseAddr("192.0.2.1"), TargetIP: netip.MustParseAddr("192.0.2.2")}.Bytes(t)
	asks := parsetest.Solicitation(t, parsetest.MAC(1), netip.IPv6Unspecified(), netip.MustParseAddr("2001:db8::9"))
	change := func(b []byte, at int, to byte) []byte {
		b = slices.Clone(b)
		b[at] = to
		return b
	}
	for name, c := range map[string]struct {
		frame []byte
		want  error
	}{
		"nothing":                         {nil, errEthernet},
		"a datagram":                      {goodFrames(t)["UDP over IPv4"], ErrNotNeighbour},
		"a datagram over IPv6":            {goodFrames(t)["UDP over IPv6 behind extension header"], ErrNotNeighbour},
		"ARP cut short":                   {arp[:41], errARP},
		"ARP of another kind of network":  {change(arp, 15, 6), errARP},
		"ARP of addresses of other sizes": {change(arp, 18, 8), errARP},
		"reverse ARP":                     {change(arp, 21, 3), errARP},
		"discovery that crossed a router": {change(asks, 14+7, 254), errDiscovery},
		"an option without length":        {change(asks, 14+40+25, 0), errDiscovery},
		"an option that goes beyond":      {change(asks, 14+40+25, 2), errDiscovery},
		"discovery cut short":             {asks[:14+40+23], errDiscovery},
		"ICMPv6 of another kind":          {change(asks, 14+40, 128), ErrNotNeighbour},
		"discovery in a fragment":         {chain(t, ipv6Fragment, 58, 0, 0, 1, 0, 0, 0, 9), ErrFragment},
	} {
		if n, err := NewFrames().Neighbour(c.frame); !errors.Is(err, c.want) || n != (Neighbour{}) {
			t.Errorf("%s: %+v, error %v, want %v", name, n, err, c.want)
		}
	}
}

func BenchmarkNeighbour(b *testing.B) {
	frames := recordedFrames(b, "neighbours")
	reader := NewFrames()
	b.ReportAllocs()
	for b.Loop() {
		for _, frame := range frames {
			if _, err := reader.Neighbour(frame); err != nil {
				b.Fatal(err)
			}
		}
	}
}
