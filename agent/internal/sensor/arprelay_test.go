package sensor

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

var (
	relayMAC  = [6]byte{0x00, 0x1b, 0x21, 0, 0, 1}
	targetIP  = netip.MustParseAddr("192.0.2.9")
	routerIP  = netip.MustParseAddr("192.0.2.1")
	noAddress = netip.IPv4Unspecified()
)

// an ARP question from nobody, as a relay and as a device that takes an address ask it.
func question(from, sender [6]byte) parse.Neighbour {
	return parse.Neighbour{Kind: "arp_request", FrameSource: from, Sender: sender, SenderIP: noAddress, TargetIP: targetIP, Broadcast: true}
}

// relayRows feeds messages, each a pause after the one before, and gives the rows.
func relayRows(t *testing.T, pause time.Duration, messages ...parse.Neighbour) []arpRelay {
	t.Helper()
	w := newRelayWindow(newWire())
	w.wire.began(nil)
	at := time.Unix(1764000000, 0)
	for _, m := range messages {
		w.hear(m, at)
		w.hear(m, at) // as in a recording that is played twice
		at = at.Add(pause)
	}
	rows, err := w.collect(t.Context(), machine(t, "-- platform.yaml --\nos: linux\n"))
	if err != nil {
		t.Error(err)
	}
	return rows
}

func repeated[T any](n int, one func(i int) T) []T {
	all := make([]T, n)
	for i := range all {
		all[i] = one(i)
	}
	return all
}

func made(i int) [6]byte {
	m := [6]byte{0x02, 0, 0xff}
	m[4], m[5] = byte(i>>8), byte(i)
	return m
}

// TestRelays: what commands over ARP look like, and what else looks a little like it.
func TestRelays(t *testing.T) {
	text := func(s string) (mac [6]byte) { copy(mac[:], s); return mac }
	asks := func(sender [6]byte, ip string, target string) parse.Neighbour {
		return parse.Neighbour{Kind: "arp_request", FrameSource: relayMAC, Sender: sender, SenderIP: netip.MustParseAddr(ip), TargetIP: netip.MustParseAddr(target), Broadcast: true}
	}
	for name, c := range map[string]struct {
		pause    time.Duration
		messages []parse.Neighbour
		want     []arpRelay
	}{
		"an identifier as sender, again and again": {time.Minute, repeated(6, func(int) parse.Neighbour { return question(relayMAC, made(7)) }), []arpRelay{{senderDiffers, 4, 1}}},
		"text as sender": {time.Minute, repeated(5, func(i int) parse.Neighbour {
			return question(relayMAC, text([]string{"start!", "approv", "start!", "stop!!", "whoami"}[i]))
		}), []arpRelay{{textInAddress, 4, 4}}},
		"bursts": {100 * time.Millisecond, repeated(40, func(int) parse.Neighbour { return question(relayMAC, relayMAC) }), []arpRelay{{unspecifiedBurst, 4, 1}}},
		"twins": {400 * time.Millisecond, repeated(8, func(i int) parse.Neighbour {
			return asks(made(i%2), "192.0.2.7", "192.0.2."+[]string{"20", "20", "21", "21", "22", "22", "23", "23"}[i])
		}), []arpRelay{{twinFrames, 4, 2}}},
		"one address, another sender each time": {time.Minute, repeated(12, func(i int) parse.Neighbour { return asks(made(i), "192.0.2.7", "192.0.2.1") }), []arpRelay{{senderDiffers, 8, 8}}},

		"seen twice": {time.Minute, repeated(2, func(int) parse.Neighbour { return question(relayMAC, text("start!")) }), nil},
		"three probes of a new address (RFC 5227), of 60 devices": {2 * time.Second, repeated(180, func(i int) parse.Neighbour { return question(made(i/3), made(i/3)) }), nil},
		"arping -D, once a second":                                {time.Second, repeated(100, func(int) parse.Neighbour { return question(relayMAC, relayMAC) }), nil},
		"arping":                                                  {time.Second, repeated(100, func(int) parse.Neighbour { return asks(relayMAC, "192.0.2.7", "192.0.2.1") }), nil},
		"a look for devices": {time.Millisecond, repeated(254, func(i int) parse.Neighbour {
			return asks(relayMAC, "192.0.2.7", netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)}).String())
		}), nil},
		"a look for them from nobody": {time.Millisecond, repeated(254, func(i int) parse.Neighbour {
			q := question(relayMAC, relayMAC)
			q.TargetIP = netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)})
			return q
		}), nil},
		"an extender of Wi-Fi with ten clients": {time.Second, repeated(60, func(i int) parse.Neighbour {
			client := i / 6 // three probes, then it has the address and asks
			ip := netip.AddrFrom4([4]byte{192, 0, 2, byte(20 + client)}).String()
			if i%6 < 3 {
				q := question(relayMAC, made(client))
				q.TargetIP = netip.MustParseAddr(ip)
				return q
			}
			return asks(made(client), ip, "192.0.2.1")
		}), nil},
		"a client of it whose address reads as text": {time.Second, append(repeated(3, func(int) parse.Neighbour { return question(relayMAC, text("D89abc")) }),
			repeated(20, func(int) parse.Neighbour { return asks(text("D89abc"), "192.0.2.30", "192.0.2.1") })...), nil},
		"routers that stand in for each other": {time.Second, repeated(50, func(i int) parse.Neighbour {
			return parse.Neighbour{Kind: "arp_reply", FrameSource: relayMAC, Sender: [6]byte{0, 0, 0x5e, 0, 1, byte(i)}, SenderIP: routerIP, TargetIP: routerIP, Broadcast: true}
		}), nil},
		"a sleep proxy, which answers for others": {time.Second, repeated(50, func(i int) parse.Neighbour {
			return parse.Neighbour{Kind: "arp_reply", FrameSource: relayMAC, Sender: relayMAC, SenderIP: netip.AddrFrom4([4]byte{192, 0, 2, byte(20 + i)}), TargetIP: routerIP}
		}), nil},
		"a bond of four cards": {time.Second, repeated(80, func(i int) parse.Neighbour {
			return parse.Neighbour{Kind: "arp_reply", FrameSource: relayMAC, Sender: made(i % 4), SenderIP: targetIP, TargetIP: netip.AddrFrom4([4]byte{192, 0, 2, byte(100 + i)})}
		}), nil},
		"a cluster's address": {time.Second, repeated(80, func(int) parse.Neighbour {
			return parse.Neighbour{Kind: "arp_reply", FrameSource: relayMAC, Sender: [6]byte{0x02, 0xbf, 192, 0, 2, 9}, SenderIP: targetIP, TargetIP: routerIP}
		}), nil},
		"an IPv6 router": {time.Second, repeated(80, func(i int) parse.Neighbour {
			return parse.Neighbour{Kind: "nd_router", FrameSource: relayMAC, Sender: made(i)}
		}), nil},
	} {
		if diff := cmp.Diff(c.want, relayRows(t, c.pause, c.messages...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestRelaysUnderFlood: a million frames from addresses that nobody has take no
// more memory than a few, do not hide who relays, and are no relay themselves.
func TestRelaysUnderFlood(t *testing.T) {
	w := newRelayWindow(newWire())
	w.wire.began(nil)
	r := rand.New(rand.NewPCG(1, 2))
	at := time.Unix(1764000000, 0)
	for i := range 200_000 {
		var from, sender [6]byte
		makeUp(&from, r)
		makeUp(&sender, r)
		at = at.Add(10 * time.Microsecond)
		if i%20_000 == 0 {
			w.hear(question(relayMAC, made(7)), at)
			continue
		}
		w.hear(parse.Neighbour{Kind: "arp_request", FrameSource: from, Sender: from, SenderIP: netip.AddrFrom4([4]byte(sender[:4])), TargetIP: targetIP, Broadcast: true}, at)
		if i > 100_000 { // the flood in the relay's own name
			w.hear(parse.Neighbour{Kind: "arp_reply", FrameSource: relayMAC, Sender: sender, SenderIP: netip.AddrFrom4([4]byte(from[2:])), TargetIP: targetIP}, at.Add(time.Microsecond))
		}
	}
	if len(w.sources) > relaySources {
		t.Errorf("%d sources kept", len(w.sources))
	}
	s := w.sources[relayMAC]
	if s == nil || len(s.clients) > relayClients || len(s.owners) > relayOwners || len(s.named) > relayNames {
		t.Fatalf("of the relay %+v", s)
	}
	rows, _ := w.collect(t.Context(), machine(t, "-- platform.yaml --\nos: linux\n"))
	if len(rows) != 1 || rows[0].Kind != senderDiffers {
		t.Errorf("rows %+v", rows)
	}
}

func makeUp(mac *[6]byte, r *rand.Rand) {
	for i := range mac {
		mac[i] = byte(r.Uint32())
	}
	mac[0] = 0x02
}
