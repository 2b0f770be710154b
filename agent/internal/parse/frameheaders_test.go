package parse

import (
	"errors"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

func TestFrameFields(t *testing.T) {
	from, to := netip.MustParseAddrPort("[2001:db8::1]:40000"), netip.MustParseAddrPort("[2001:db8::2]:443")
	frame := parsetest.Frame{From: from, To: to, TCP: true, Sequence: 0xfffffffe, SYN: true, Payload: []byte("early"), VLANs: []uint16{100, 7}}.Bytes(t)
	got, err := NewFrames().Parse(frame)
	want := Segment{
		Source: from.Addr(), Destination: to.Addr(), SourcePort: 40000, DestinedPort: 443, Payload: []byte("early"),
		SourceMAC: parsetest.MAC(1), DestinationMAC: parsetest.MAC(2), Sequence: 0xfffffffe, SYN: true,
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" || err != nil {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
	for name, f := range map[string]parsetest.Frame{"fin": {FIN: true}, "rst": {RST: true}} {
		f.From, f.To, f.TCP = from, to, true
		s, err := NewFrames().Parse(f.Bytes(t))
		if err != nil || s.FIN != f.FIN || s.RST != f.RST || s.SYN || len(s.Payload) != 0 {
			t.Errorf("%s: %+v, error %v", name, s, err)
		}
	}
}

// chain is a frame whose IPv6 header is followed by these bytes and then UDP.
func chain(t testing.TB, first byte, headers ...byte) []byte {
	t.Helper()
	rest := append(slices.Clone(headers), serialize(t, datagram, body)...)
	return serialize(t, ethernet(layers.EthernetTypeIPv6), v6(layers.IPProtocol(first)), gopacket.Payload(rest))
}

func TestFrameExtensions(t *testing.T) {
	options := func(next byte) []byte { return []byte{next, 0, 1, 4, 0, 0, 0, 0} }
	long := append([]byte{17, 1, 1, 12}, make([]byte, 12)...)
	authentication := append([]byte{17, 4, 0, 0}, make([]byte, 20)...)
	for name, frame := range map[string][]byte{
		"hop by hop":                     chain(t, ipv6HopByHop, options(17)...),
		"routing":                        chain(t, ipv6Routing, 17, 0, 0, 0, 0, 0, 0, 0),
		"mobility":                       chain(t, ipv6Mobility, options(17)...),
		"long destination options":       chain(t, ipv6Destination, long...),
		"authentication":                 chain(t, ipv6Authentication, authentication...),
		"a fragment that is the whole":   chain(t, ipv6Fragment, 17, 0, 0, 0, 0, 0, 0, 9),
		"hop by hop, routing, fragment":  chain(t, ipv6HopByHop, slices.Concat(options(43), []byte{44, 0, 0, 0, 0, 0, 0, 0}, []byte{17, 0, 0, 0, 0, 0, 0, 9})...),
		"eight of them":                  chain(t, ipv6Destination, slices.Concat(slices.Repeat(options(60), 7), options(17))...),
		"none, of a jumbogram's length":  jumbo(t),
		"IPv4 with options":              withOptions(t),
		"IPv4 of a length still unknown": unknownLength(t),
	} {
		s, err := NewFrames().Parse(frame)
		if err != nil || !s.UDP || s.DestinedPort != 53 || string(s.Payload) != "hello" {
			t.Errorf("%s: %+v, error %v", name, s, err)
		}
	}
	for name, c := range map[string]struct {
		frame []byte
		want  error
	}{
		"a first fragment":         {chain(t, ipv6Fragment, 17, 0, 0, 1, 0, 0, 0, 9), ErrFragment},
		"a later fragment":         {chain(t, ipv6Fragment, 17, 0, 1, 0, 0, 0, 0, 9), ErrFragment},
		"a fragment behind others": {chain(t, ipv6HopByHop, slices.Concat(options(44), []byte{17, 0, 0, 9, 0, 0, 0, 9})...), ErrFragment},
		"nine of them":             {chain(t, ipv6Destination, slices.Concat(slices.Repeat(options(60), 8), options(17))...), errManyExtra},
		"one that goes beyond":     {chain(t, ipv6Destination, 17, 200, 0, 0, 0, 0, 0, 0), errExtension},
		"nothing behind":           {chain(t, 59), ErrNotSegment},
		"version 4 in IPv6":        {serialize(t, ethernet(layers.EthernetTypeIPv6), v4(layers.IPProtocolUDP), datagram, body), errIPv6},
		"five tags":                {tagged(t, 5), errTags},
		"a tag cut short":          {goodFrames(t)["UDP over IPv4 in a VLAN"][:16], errEthernet},
	} {
		if _, err := NewFrames().Parse(c.frame); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", name, err, c.want)
		}
	}
	if _, err := NewFrames().Parse(tagged(t, 4)); err != nil {
		t.Errorf("four tags: %v", err)
	}
}

func tagged(t testing.TB, tags int) []byte {
	t.Helper()
	return parsetest.Frame{
		From: netip.MustParseAddrPort("192.0.2.1:1"), To: netip.MustParseAddrPort("192.0.2.2:53"), Payload: []byte("hello"), VLANs: make([]uint16, tags),
	}.Bytes(t)
}

func jumbo(t testing.TB) []byte {
	t.Helper()
	frame := goodFrames(t)["UDP over IPv6 behind extension header"]
	frame[14+4], frame[14+5] = 0, 0           // of the packet
	frame[14+40+8+4], frame[14+40+8+5] = 0, 0 // of the datagram
	return frame
}

func withOptions(t testing.TB) []byte {
	t.Helper()
	ip := v4(layers.IPProtocolUDP)
	ip.Options = []layers.IPv4Option{{OptionType: 148, OptionLength: 4, OptionData: []byte{0, 0}}}
	return serialize(t, ethernet(layers.EthernetTypeIPv4), ip, datagram, body)
}

func unknownLength(t testing.TB) []byte {
	t.Helper()
	frame := slices.Clone(goodFrames(t)["UDP over IPv4"])
	frame[14+2], frame[14+3] = 0, 0
	return frame
}

func TestFramesAllocateNothing(t *testing.T) {
	frames := NewFrames()
	read := append(slices.Clone(recordedFrames(t, "stun")), recordedFrames(t, "neighbours")...)
	for _, frame := range goodFrames(t) {
		read = append(read, frame, frame[:len(frame)/2])
	}
	if n := testing.AllocsPerRun(20, func() {
		for _, frame := range read {
			s, err := frames.Parse(frame)
			if err == nil && s.SourcePort != 3478 { // a name in SOFTWARE is kept
				_, _ = ParseHandshake(s)
			}
			_, _ = frames.Neighbour(frame)
		}
	}); n != 0 {
		t.Errorf("reading %d frames allocated %.0f times", len(read), n)
	}
}
