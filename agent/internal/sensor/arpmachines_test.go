package sensor_test

import (
	"net/netip"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

// ip is an address of the network of the recordings.
func ip(last byte) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, last}) }

// relayed is ARP that carries commands, in each of the ways that are known.
func relayed(t *testing.T) [][]byte {
	t.Helper()
	from := address(t, "00:1b:21:00:10:09")
	var frames [][]byte
	ask := func(sender [6]byte, asker, target netip.Addr) {
		frames = append(frames, parsetest.ARP{SourceMAC: from, Sender: sender, SenderIP: asker, TargetIP: target}.Bytes(t))
	}
	for _, text := range []string{"start!", "accept", "start!", "accept", "stop!!"} {
		var sender [6]byte
		copy(sender[:], text)
		ask(sender, netip.IPv4Unspecified(), ip(9))
	}
	for range 8 {
		ask([6]byte{0x02, 0, 0, 0, 0, 7}, netip.IPv4Unspecified(), ip(9))
	}
	for range 40 {
		ask(from, netip.IPv4Unspecified(), ip(9))
	}
	for i := range byte(4) {
		ask([6]byte{0x02, 0, 0, 0, 1, 1}, ip(20), ip(30+i))
		ask([6]byte{0x02, 0, 0, 0, 1, 2}, ip(20), ip(30+i))
	}
	return frames
}

// asUsual is ARP as networks have it, also where it looks a little like that.
func asUsual(t *testing.T) [][]byte {
	t.Helper()
	laptop, extender := address(t, "00:1b:21:00:10:09"), address(t, "50:c7:bf:00:a0:02")
	var frames [][]byte
	say := func(a parsetest.ARP) { frames = append(frames, a.Bytes(t)) }
	for i := range byte(12) { // each takes an address (RFC 5227), half of them behind an extender
		mac := [6]byte{0x3a, 0, 0x5e, 0, 0, i}
		source := mac
		if i%2 == 0 {
			source = extender
		}
		for range 3 {
			say(parsetest.ARP{SourceMAC: source, Sender: mac, SenderIP: netip.IPv4Unspecified(), TargetIP: ip(50 + i)})
		}
		for range 2 {
			say(parsetest.ARP{SourceMAC: source, Sender: mac, SenderIP: ip(50 + i), TargetIP: ip(50 + i)})
		}
		say(parsetest.ARP{SourceMAC: source, Sender: mac, SenderIP: ip(50 + i), TargetIP: ip(1)})
	}
	for i := range byte(20) { // two routers that stand in for each other
		say(parsetest.ARP{Reply: true, SourceMAC: address(t, "50:c7:bf:00:a0:01"), Sender: [6]byte{0, 0, 0x5e, 0, 1, 1 + i%2}, SenderIP: ip(1), TargetIP: ip(1)})
	}
	for i := range byte(100) { // somebody looks for devices, and for one that is gone
		say(parsetest.ARP{Sender: laptop, SenderIP: ip(9), TargetIP: ip(2 + i)})
	}
	for range 30 {
		say(parsetest.ARP{Sender: laptop, SenderIP: ip(9), TargetIP: ip(200)})
	}
	for i := range byte(20) { // a sleep proxy
		say(parsetest.ARP{Reply: true, Sender: address(t, "3c:22:fb:00:20:01"), SenderIP: ip(100 + i), TargetIP: ip(1)})
	}
	return frames
}
