package storetest

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// stood is a heartbeat of device d1 with what the connection tells.
func stood(at time.Time, s device.Stay) device.Delivery {
	return device.Delivery{DeviceID: "d1", AgentID: "a1", Epoch: "e1", ReceivedAt: at, Heard: &device.Heard{Stay: &s}}
}

// attached is a report of the network and the clock as a laptop tells them.
func attached(gateway, point string) finding.Report {
	row := func(class string, columns map[string]string) finding.Facts {
		return finding.Facts{Class: class, Rows: []finding.Observation{{Class: class, UID: "row", Columns: columns}}}
	}
	return finding.Report{Facts: []finding.Facts{
		row("network_interfaces", map[string]string{"up": "true", "default_route": "true", "gateway": gateway, "access_point": point}),
		row("system", map[string]string{"time_zone": "America/Chicago", "utc_offset": "-360"}),
	}}
}

func (b *bench) stays(since string) (list []device.Stay) {
	b.Helper()
	if err := b.EachStay(b.Context(), since, func(s *device.Stay) { list = append(list, *s) }); err != nil {
		b.Fatal(err)
	}
	return list
}

func testStays(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	b.enrol("d2", "a2")
	home := device.Stay{Address: "a:home", Network: 7922, NetworkName: "COMCAST", NetworkClass: device.NetworkResidential, Country: "US", RoundTrip: 40 * time.Millisecond}
	b.record(stood(start, home)) // before it has told anything of itself
	b.record(entry("e1", 1, start, attached("p:router", "p:point")))
	b.record(stood(start.Add(10*time.Minute), home))
	faster, unmeasured := home, home
	faster.RoundTrip, unmeasured.RoundTrip = 31*time.Millisecond, 0
	b.record(stood(start.Add(20*time.Minute), faster), stood(start.Add(30*time.Minute), home), stood(start.Add(40*time.Minute), unmeasured))
	b.record(stood(start.Add(24*time.Hour), home))
	first := home
	first.DeviceID, first.Day, first.First, first.Last, first.Times = "d1", "2026-11-02", start, start, 1
	later := first
	later.Gateway, later.AccessPoint, later.TimeZone, later.UTCOffset = "p:router", "p:point", "America/Chicago", -360
	later.First, later.Last, later.Times, later.RoundTrip = start.Add(10*time.Minute), start.Add(40*time.Minute), 4, 31*time.Millisecond
	next := later
	next.Day, next.First, next.Last, next.Times, next.RoundTrip = "2026-11-03", start.Add(24*time.Hour), start.Add(24*time.Hour), 1, 40*time.Millisecond
	if diff := cmp.Diff([]device.Stay{first, later, next}, b.stays("")); diff != "" {
		t.Errorf("where it stood (-want +got):\n%s", diff)
	}
	if got := b.stays("2026-11-03"); len(got) != 1 {
		t.Errorf("from the second day on there are %d rows, want 1", len(got))
	}
	if n, err := b.ForgetStays(t.Context(), start.Add(24*time.Hour), start); n != 2 || err != nil {
		t.Errorf("%d rows of past days are forgotten, %v; want 2", n, err)
	}
	if _, err := b.RemoveDevice(t.Context(), "d1", "somebody", start); err != nil {
		t.Fatal(err)
	}
	if got := b.stays(""); len(got) != 0 {
		t.Errorf("a device that was removed still stands at %v", got)
	}
}

// testManyPlaces has a device stand in more places a day than rows are kept.
func testManyPlaces(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	for i := range 100 {
		b.record(stood(start.Add(time.Duration(i)*time.Minute), device.Stay{Address: fmt.Sprint("a:", i), NetworkClass: device.NetworkHosting}))
	}
	list := b.stays("")
	if len(list) != 64 {
		t.Fatalf("%d rows are kept of a day, want 64", len(list))
	}
	rest := slices.IndexFunc(list, func(s device.Stay) bool { return s.Address == "" })
	if rest < 0 || list[rest].Times != 100-63 || list[rest].NetworkClass != device.NetworkUnknown {
		t.Errorf("of further places it is kept: %+v", list)
	}
	b.record(stood(start.Add(3*time.Hour), device.Stay{Address: "a:5", NetworkClass: device.NetworkHosting}))
	if list := b.stays(""); len(list) != 64 || list[5].Times != 2 {
		t.Errorf("a place that was kept is counted %d times on a full day, want 2", list[5].Times)
	}
}

func testEgress(t *testing.T, b *bench) {
	revision := func() [2]int64 {
		r, err := b.EgressRevision(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	replace := func(kind, label string, ranges ...string) error {
		var list []netip.Prefix
		for _, r := range ranges {
			list = append(list, netip.MustParsePrefix(r))
		}
		return b.ReplaceEgressList(t.Context(), kind, label, list, "somebody", start)
	}
	empty := revision()
	for _, refused := range []error{replace("friends", "x", "192.0.2.0/24"), replace("corporate", "", "192.0.2.0/24"),
		replace("corporate", strings.Repeat("x", 200)), replace("corporate", "x", "0.0.0.0/0"), replace("corporate", "x", "::/0"), replace("corporate", "x", "::ffff:192.0.2.0/120")} {
		if !errors.Is(refused, alert.ErrInvalid) {
			t.Errorf("got %v, want a refusal", refused)
		}
	}
	for _, err := range []error{replace("corporate", "old office", "198.51.100.0/24"), replace("corporate", "office", "192.0.2.77/24", "192.0.2.0/24", "2001:db8::/48"),
		replace("vpn_exit", "exits", "203.0.113.9/32"), replace("corporate", "old office")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	row := func(kind, label, r string) device.EgressRange {
		return device.EgressRange{Kind: kind, Label: label, Range: netip.MustParsePrefix(r), AddedBy: "somebody", At: start}
	}
	want := []device.EgressRange{row("corporate", "office", "192.0.2.0/24"), row("corporate", "office", "2001:db8::/48"), row("vpn_exit", "exits", "203.0.113.9/32")}
	list, err := b.EgressLists(t.Context())
	if diff := cmp.Diff(want, list, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); err != nil || diff != "" {
		t.Errorf("lists: %v (-want +got):\n%s", err, diff)
	}
	before := revision()
	if err := replace("vpn_exit", "exits", "203.0.113.10/32"); err != nil {
		t.Fatal(err)
	}
	if before == empty || revision() == before {
		t.Errorf("revisions %v, %v, %v do not tell changes", empty, before, revision())
	}
}

// testFlips: a change between a network of a home and one that hides the place is
// counted where it leads to, however often the device comes back on one day.
func testFlips(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	home := device.Stay{Address: "a:home", NetworkClass: device.NetworkResidential}
	exit := device.Stay{Address: "a:exit", NetworkClass: device.NetworkHosting}
	office := device.Stay{Address: "a:office", NetworkClass: device.NetworkHosting, Corporate: "Office"}
	for i, s := range []device.Stay{home, home, exit, exit, home, office, exit, office, home, exit} {
		b.record(stood(start.Add(time.Duration(i)*10*time.Minute), s))
	}
	got := map[string]int{}
	for _, s := range b.stays("") {
		got[s.Address] = s.Flips
	}
	if want := map[string]int{"a:home": 1, "a:exit": 2, "a:office": 0}; !maps.Equal(got, want) {
		t.Errorf("changes are counted as %v, want %v", got, want)
	}
}
