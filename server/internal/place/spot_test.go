package place_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/place"
)

// A shelf holds lists in memory.
type shelf struct {
	list     []device.EgressRange
	revision int64
	reads    int
}

func (s *shelf) EgressRevision(context.Context) ([2]int64, error) { return [2]int64{s.revision}, nil }

func (s *shelf) EgressLists(context.Context) ([]device.EgressRange, error) {
	s.reads++
	return s.list, nil
}

func (s *shelf) put(kind, label, r string) {
	s.list = append(s.list, device.EgressRange{Kind: kind, Label: label, Range: netip.MustParsePrefix(r)})
	s.revision++
}

func TestStay(t *testing.T) {
	lists := &shelf{}
	s := place.NewSurveyor(place.Open(folder(t, source, networks, countries), now), lists, func(v string) string { return "p:" + strings.ReplaceAll(v, "\x00", "|") })
	stay := func(address string) device.Stay { return s.Stay(netip.MustParseAddr(address), time.Millisecond) }
	refresh := func() {
		if err := s.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	refresh()
	home := device.Stay{Address: "p:farmwatch public address|192.0.2.7/32", Network: 7922, NetworkName: "Comcast Cable Communications, LLC", NetworkClass: device.NetworkResidential,
		Country: "US", RoundTrip: time.Millisecond}
	if diff := cmp.Diff(home, stay("::ffff:192.0.2.7")); diff != "" {
		t.Errorf("a home (-want +got):\n%s", diff)
	}
	if a, b, c := stay("2001:db8::1"), stay("2001:db8::ffff:2"), stay("2001:db8:0:1::1"); a.Address != b.Address || a.Address == c.Address {
		t.Errorf("networks of 64 bits are not told apart: %q, %q, %q", a.Address, b.Address, c.Address)
	}
	want := device.Stay{Address: device.AddressInternal, NetworkClass: device.NetworkInternal, RoundTrip: time.Millisecond}
	if diff := cmp.Diff(want, stay("10.1.2.3")); diff != "" {
		t.Errorf("a private address (-want +got):\n%s", diff)
	}
	lists.put("vpn_exit", "exits", "203.0.113.0/24")
	lists.put("relay", "relays", "203.0.113.128/25")
	lists.put("corporate", "office", "203.0.113.7/32")
	lists.put("corporate", "branch", "10.0.0.0/8")
	refresh()
	refresh()
	if lists.reads != 2 {
		t.Errorf("the lists were read %d times, want once at the start and once after they changed", lists.reads)
	}
	for address, want := range map[string][3]string{
		"203.0.113.9":   {"", "exits", device.NetworkVPN},
		"203.0.113.200": {"", "exits", device.NetworkVPN}, // whoever sells it hides more than whoever relays
		"203.0.113.7":   {"office", "exits", device.NetworkCorporate},
		"10.1.2.3":      {"branch", "", device.NetworkCorporate},
		"192.0.2.7":     {"", "", device.NetworkResidential},
	} {
		got := stay(address)
		if diff := cmp.Diff(want, [3]string{got.Corporate, got.Listed, got.NetworkClass}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", address, diff)
		}
	}
}
