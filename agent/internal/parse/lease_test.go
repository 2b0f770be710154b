package parse

import (
	"encoding/base64"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"howett.net/plist"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

func leaseFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/leases/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// macLease is what macOS keeps under /var/db/dhcpclient/leases, in one of the
// forms that property lists have.
func macLease(t testing.TB, form int, packet []byte) []byte {
	t.Helper()
	b, err := plist.MarshalIndent(map[string]any{
		"ClientIdentifier": append([]byte{1}, make([]byte, 6)...), "IPAddress": "192.0.2.145", "LeaseLength": 3600,
		"PacketData": packet, "RouterHardwareAddress": make([]byte, 6), "RouterIPAddress": "192.0.2.2",
	}, form, "\t")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func leaseFiles(t testing.TB) map[string][]byte {
	packet := leaseFile(t, "dhcpcd")
	return map[string][]byte{
		"networkd": leaseFile(t, "networkd"), "dhclient": leaseFile(t, "dhclient"), "dhcpcd": packet,
		"macOS": macLease(t, plist.XMLFormat, packet), "macOS, binary": macLease(t, plist.BinaryFormat, packet),
		"as told by a test": parsetest.DHCPReply(t, parsetest.MAC(1), netip.MustParseAddr("192.0.2.2"), "Home.Example\x00"),
	}
}

func TestParseLeases(t *testing.T) {
	for name, b := range leaseFiles(t) {
		want := Lease{Domain: "home.example"}
		if name == "dhclient" {
			want.Interface = "p2va"
		}
		got, err := ParseLeases(b)
		if err != nil || !slices.Equal(got, []Lease{want}) {
			t.Errorf("%s: %+v, error %v", name, got, err)
		}
	}
}

func TestParseLeasesOfDhclient(t *testing.T) {
	const file = `default-duid "\000\001";
lease {
  interface "eth0";
  option dhcp-server-identifier 192.0.2.2;
  option domain-name "old.example";
}
lease {
  interface "wlan0";
  option dhcp-server-identifier 198.51.100.2;
}
lease {
  interface "eth0";
  option dhcp-server-identifier 192.0.2.3;
  option domain-name "new.example other.example";
  option ssid "}; lease {";
}
lease6 {
  interface "eth0";
  option dhcp6.domain-search "no.example.";
}
lease {
  interface "eth1";
`
	want := []Lease{{"eth0", "new.example"}, {"wlan0", ""}}
	got, err := ParseLeases([]byte(file))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
}

func TestParseLeasesWithoutDomain(t *testing.T) {
	for name, b := range map[string]string{
		"NetworkManager": "# This is private data. Do not parse.\nADDRESS=192.0.2.9\n", // all that its own client keeps
		"no server":      "ADDRESS=192.0.2.9\nSERVER_ADDRESS=gone\nDOMAINNAME=a b\x1b\n",
		"a strange name": "SERVER_ADDRESS=\nDOMAINNAME=\x1b[2J\n",
	} {
		got, err := ParseLeases([]byte(b))
		if err != nil || len(got) != 1 || got[0].Domain != map[bool]string{true: "a"}[name == "no server"] {
			t.Errorf("%s: %+v, error %v", name, got, err)
		}
	}
}

func TestParseLeasesRefuses(t *testing.T) {
	packet := leaseFile(t, "dhcpcd")
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"nothing":            {nil, "no DHCP client"},
		"something else":     {[]byte("[Unit]\nDescription=x\n"), "no DHCP client"},
		"too long":           {make([]byte, leaseMaximum+1), "at most"},
		"without a packet":   {[]byte("<?xml version=\"1.0\"?><plist><dict><key>IPAddress</key><string>x</string></dict></plist>"), "without PacketData"},
		"damaged text":       {[]byte("<plist><dict><key>PacketData</key><data>!</data></dict></plist>"), "not base64"},
		"another packet":     {[]byte("<plist><dict><key>PacketData</key><data>" + base64.StdEncoding.EncodeToString([]byte("x")) + "</data></dict></plist>"), "no DHCP message"},
		"packet cut short":   {packet[:242], "option"},
		"packet of others":   {slices.Concat(packet[:236], []byte{1, 2, 3, 4}, packet[240:]), "no DHCP message"},
		"binary, no trailer": {[]byte("bplist00"), "too few"},
	} {
		if got, err := ParseLeases(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, error %v, want one with %q", name, got, err, c.want)
		}
	}
}

func FuzzParseLeases(f *testing.F) {
	for _, b := range leaseFiles(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		leases, _ := ParseLeases(b)
		if len(leases) > leaseLimit {
			t.Fatalf("%d leases", len(leases))
		}
		for _, one := range leases {
			if clean, err := hostName(one.Domain); err != nil || clean != one.Domain || printable([]byte(one.Interface)) != one.Interface {
				t.Fatalf("%+v: %v", one, err)
			}
		}
	})
}
