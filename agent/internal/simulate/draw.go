package simulate

import (
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A draw decides by a seed. What it decides of one thing does not depend on what
// it decided before, so that a changed file changes only what it says.
type draw uint64

// of is the chance of one thing.
func (d draw) of(what ...string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.Join(what, "\x00"))) // a hash takes everything
	return rand.New(rand.NewPCG(uint64(d), h.Sum64())) //nolint:gosec // who plays a seed again wants the same of it
}

// pick draws one of a list; "" of none.
func (d draw) pick(list []string, what ...string) string {
	if len(list) == 0 {
		return ""
	}
	return list[d.of(what...).IntN(len(list))]
}

// serial is a serial number, the same for the same words.
func (d draw) serial(what ...string) string {
	const letters = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	r, b := d.of(append([]string{"serial"}, what...)...), make([]byte, 10)
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
}

// mac is a locally administered hardware address, as nobody's hardware has it.
func (d draw) mac(what ...string) string {
	r := d.of(append([]string{"mac"}, what...)...)
	b := []byte{0x02, byte(r.UintN(256)), byte(r.UintN(256)), byte(r.UintN(256)), byte(r.UintN(256)), byte(r.UintN(256))}
	text := hex.EncodeToString(b)
	return strings.Join([]string{text[:2], text[2:4], text[4:6], text[6:8], text[8:10], text[10:]}, ":")
}

// host is an address of a benchmark network (RFC 2544), for what laptops talk
// to: the collector sees only its pseudonym.
func (d draw) host(what string) string {
	r := d.of("host", what)
	return fmt.Sprintf("198.%d.%d.%d", 18+r.UintN(2), r.UintN(256), 1+r.UintN(254))
}

// number is a process's number.
func (d draw) number(what ...string) int {
	return 1000 + d.of(append([]string{"pid"}, what...)...).IntN(60000)
}

// documented are the networks that are for examples (RFC 5737).
var documented = []netip.Addr{netip.MustParseAddr("192.0.2.0"), netip.MustParseAddr("198.51.100.0"), netip.MustParseAddr("203.0.113.0")}

// addresses gives each name a public address of its own: of the networks for
// documentation, of IPv6 (RFC 3849) where there are more names than those have addresses.
func (d draw) addresses(names []string) map[string]netip.Addr {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	const each = 254
	four := len(names) <= each*len(documented)
	places := d.of("addresses").Perm(max(len(names), each*len(documented)))
	all := make(map[string]netip.Addr, len(names))
	for i, name := range names {
		n := places[i]
		if four {
			a := documented[n/each].As4()
			a[3] = byte(1 + n%each)
			all[name] = netip.AddrFrom4(a)
			continue
		}
		all[name] = netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 0, byte(n >> 8), byte(n), 15: 1})
	}
	return all
}

// together is how near moments have to be to be moved as one: what follows within
// it belongs to what was before.
const together = 45 * time.Minute

// moved shifts some moments, which are in order and differ. Those that belong
// together move as one, by up to a share of the time to the nearest others and by no
// more than most; the times between them become longer or shorter by up to that
// share. Nothing overtakes anything.
func (d draw) moved(moments []time.Time, share float64, most time.Duration) map[time.Time]time.Time {
	to := make(map[time.Time]time.Time, len(moments))
	var last time.Time // where the one before was moved to
	for i, m := range moments {
		gap := time.Duration(1 << 62) // to the one before
		if i > 0 {
			gap = m.Sub(moments[i-1])
		}
		stretch := 1 + share*d.turn("between", m)
		switch {
		case i > 0 && gap <= together:
			last = last.Add(scaled(gap, stretch))
		default:
			room := min(most, scaled(min(gap, after(moments, i)), share))
			at := m.Add(scaled(room, d.turn("moment", m)))
			if i > 0 && at.Sub(last) < scaled(gap, 1-2*share) {
				at = last.Add(scaled(gap, 1-2*share)) // those before took longer than the time to here leaves
			}
			last = at
		}
		last = last.Truncate(time.Second)
		to[m] = last
	}
	return to
}

// turn is between -1 and 1.
func (d draw) turn(what string, at time.Time) float64 {
	return 2*d.of(what, at.UTC().Format(time.RFC3339)).Float64() - 1
}

func scaled(d time.Duration, by float64) time.Duration { return time.Duration(float64(d) * by) }

// after is the time from the last of those that belong to a moment to the next other one.
func after(moments []time.Time, i int) time.Duration {
	for ; i+1 < len(moments); i++ {
		if gap := moments[i+1].Sub(moments[i]); gap > together {
			return gap
		}
	}
	return time.Duration(1 << 62)
}

// sortedKeys lists the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
