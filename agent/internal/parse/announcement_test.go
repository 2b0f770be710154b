package parse

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

// heard is an announcement in few words.
func heard(a Announcement) string {
	text := a.Kind
	if a.Source != parsetest.MAC(2) {
		text += fmt.Sprintf(" from %d", a.Source[5])
	}
	for _, list := range [][]string{a.Names, a.Services} {
		if len(list) > 0 {
			text += " " + strings.Join(list, ",")
		}
	}
	for _, one := range []string{a.Product, a.Vendor} {
		if one != "" {
			text += " (" + one + ")"
		}
	}
	if a.Left > 0 {
		text += fmt.Sprintf(" -%d", a.Left)
	}
	return text
}

func TestAnnouncementsOfRealPrograms(t *testing.T) {
	const services = "_ipp._tcp,_device-info._tcp,_ssh._tcp,_workstation._tcp (MacBookPro18,3)"
	for name, want := range map[string][]string{
		// The service with a dot in its name is left out, not what it is of.
		"mdns": {
			"mdns office-printer", // asks whether anybody else has the name
			"mdns office-printer",
			"mdns office-printer _device-info._tcp,_ssh._tcp,_workstation._tcp (MacBookPro18,3) -2",
			"mdns office-printer _device-info._tcp,_ssh._tcp,_workstation._tcp (MacBookPro18,3) -2",
			"mdns office-printer " + services + " -2",
			"mdns office-printer",
			"mdns office-printer",
			"mdns from 1",
			"mdns _workstation._tcp,_device-info._tcp,_ssh._tcp,_ipp._tcp",
			"mdns from 1",
			"mdns office-printer _ipp._tcp -2",
			"mdns from 1",
			"mdns office-printer _ssh._tcp",
			"mdns office-printer _workstation._tcp,_ipp._tcp,_device-info._tcp,_ssh._tcp (MacBookPro18,3) -2",
			"mdns office-printer _workstation._tcp,_ipp._tcp,_device-info._tcp,_ssh._tcp (MacBookPro18,3) -2",
		},
		"llmnr":   {"llmnr", "llmnr", "llmnr", "llmnr", "llmnr", "llmnr", "llmnr from 1", "llmnr from 1", "llmnr llmnr-box"},
		"netbios": {"netbios filebox", "netbios", "netbios filebox", "netbios", "netbios", "netbios", "netbios from 1", "netbios filebox", "netbios filebox", "netbios from 1", "netbios filebox"},
		"dhcp": {
			"dhcp from 1 pikvm-desk", "dhcp", // DHCPv6
			"dhcp from 1 pikvm-desk", "dhcp from 1 pikvm-desk,pikvm-desk.home.example",
			"dhcp from 1 pikvm-desk", "dhcp from 1 pikvm-desk,pikvm-desk.home.example",
			"dhcp from 1 mary-laptop (example vendor 1.0)", "dhcp from 1",
			"dhcp from 1 mary-laptop (example vendor 1.0)", "dhcp from 1 mary-laptop",
		},
	} {
		var got []string
		for i, s := range recordedSegments(t, name) {
			a, err := ParseAnnouncement(s)
			if err != nil {
				t.Errorf("%s, frame %d: %v", name, i, err)
			}
			got = append(got, heard(a))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// announced is a datagram from the device with the second hardware address.
func announced(t testing.TB, from, to string, payload []byte) Segment {
	t.Helper()
	s, err := NewFrames().Parse(parsetest.UDP(t, from, to, payload))
	if err != nil {
		t.Fatal(err)
	}
	s.SourceMAC = parsetest.MAC(2)
	return s
}

func announcements(t testing.TB) map[string]Segment {
	home := netip.MustParseAddr("192.0.2.2")
	return map[string]Segment{
		"mdns bobs-mbp _airplay._tcp,_companion-link._tcp": announced(t, "192.0.2.2:5353", parsetest.ToMDNS, parsetest.MDNS(t, "Bobs-MBP", home, "_airplay._tcp", "_companion-link._tcp")),
		"mdns (MacBookPro18,3)":                            announced(t, "192.0.2.2:5353", parsetest.ToMDNS, parsetest.MDNSProduct(t, "x", "MacBookPro18,3")),
		"mdns":                                             announced(t, "192.0.2.2:5353", parsetest.ToMDNS, parsetest.MDNS(t, "1f4712db-ea17-4bcf-a596-105139dfd8bf", home)),
		"llmnr desk-7":                                     announced(t, "192.0.2.2:5355", "192.0.2.9:50000", parsetest.LLMNR(t, "DESK-7", home)),
		"netbios corp-4711":                                announced(t, "192.0.2.2:137", parsetest.ToNetBIOS, parsetest.NetBIOS(t, "CORP-4711", 0x20, false)),
		"netbios":                                          announced(t, "192.0.2.2:137", parsetest.ToNetBIOS, parsetest.NetBIOS(t, "WORKGROUP", 0, true)),
		"dhcp from 7 jonspc (MSFT 5.0)":                    announced(t, parsetest.FromDHCP, parsetest.ToDHCP, parsetest.DHCPRequest(t, parsetest.MAC(7), "Jon's PC", "MSFT 5.0")),
		"dhcp from 7":                                      announced(t, "192.0.2.2:67", "192.0.2.7:68", parsetest.DHCPReply(t, parsetest.MAC(7), home, "home.example")),
		"dhcp tablet":                                      announced(t, "[fe80::2]:546", "[ff02::1:2]:547", parsetest.DHCPv6Request("tablet")),
		"mdns bro":                                         announced(t, "192.0.2.2:5353", parsetest.ToMDNS, parsetest.MDNS(t, "B\u00fcro", home)),
	}
}

func TestParseAnnouncement(t *testing.T) {
	for want, s := range announcements(t) {
		a, err := ParseAnnouncement(s)
		if got := heard(a); got != want || err != nil {
			t.Errorf("%q, error %v, want %q", got, err, want)
		}
	}
	for name, s := range map[string]Segment{
		"TCP":        {SourcePort: 5353, Payload: parsetest.MDNS(t, "x", netip.MustParseAddr("192.0.2.2"))},
		"a question": {UDP: true, SourcePort: 50000, DestinedPort: 53, Payload: parsetest.DNS(t, false, "x.local.")},
	} {
		if a, err := ParseAnnouncement(s); err == nil {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

// A device that floods its neighbours is heard within bounds.
func TestAnnouncementsAreBounded(t *testing.T) {
	many := dnsmessage.Message{Header: dnsmessage.Header{Response: true}}
	for i := range 10000 {
		name := dnsmessage.MustNewName(fmt.Sprintf("n%d.local.", i))
		many.Answers = append(many.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}, Body: &dnsmessage.AResource{},
		})
	}
	flood, err := many.Pack()
	if err != nil {
		t.Fatal(err)
	}
	a, err := ParseAnnouncement(Segment{UDP: true, SourcePort: 5353, Payload: flood})
	if err != nil || len(a.Names) != announcedNames || a.Left < announcedRecords-announcedNames {
		t.Errorf("10,000 names: %d kept, %d left out, error %v", len(a.Names), a.Left, err)
	}
	loop := append(append([]byte{0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0}, 0xc0, 12), 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4)
	if a, err := ParseAnnouncement(Segment{UDP: true, SourcePort: 5353, Payload: loop}); len(a.Names) != 0 || a.Left != 1 || err != nil {
		t.Errorf("a name in a loop: %+v, error %v", a, err)
	}
	// Names are of at most 255 bytes, whatever their labels are.
	long := append([]byte{0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0}, []byte(strings.Repeat("\x3f"+strings.Repeat("a", 63), 5)+"\x00")...)
	long = append(long, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4)
	if a, _ := ParseAnnouncement(Segment{UDP: true, SourcePort: 5353, Payload: long}); len(a.Names) != 0 || a.Left != 1 {
		t.Errorf("a name of 320 bytes: %+v", a)
	}
	cut := announcements(t)["llmnr desk-7"]
	cut.Payload = cut.Payload[:len(cut.Payload)-2]
	if _, err := ParseAnnouncement(cut); err == nil || !strings.Contains(err.Error(), "llmnr announcement, answer 1") {
		t.Errorf("cut short: error %v, want one that names the place", err)
	}
}

func FuzzParseAnnouncement(f *testing.F) {
	for _, s := range announcements(f) {
		f.Add(s.Payload, s.SourcePort, s.DestinedPort)
	}
	for _, name := range []string{"mdns", "llmnr", "netbios", "dhcp"} {
		for _, s := range recordedSegments(f, name) {
			f.Add(s.Payload, s.SourcePort, s.DestinedPort)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, from, to uint16) {
		a, _ := ParseAnnouncement(Segment{UDP: true, SourcePort: from, DestinedPort: to, Payload: b})
		if len(a.Names) > announcedNames || len(a.Services) > announcedServices || len(a.Product) > announcedText || len(a.Vendor) > announcedText {
			t.Fatalf("%+v", a)
		}
		for _, name := range a.Names {
			if clean, err := hostName(name); err != nil || clean != name || name == "" {
				t.Fatalf("name %q: %v", name, err)
			}
		}
		for _, text := range []string{a.Product, a.Vendor} {
			if printable([]byte(text)) != text {
				t.Fatalf("text %q", text)
			}
		}
	})
}

func BenchmarkParseAnnouncement(b *testing.B) {
	for _, name := range []string{"mdns", "netbios", "dhcp"} {
		s := recordedSegments(b, name)[2]
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseAnnouncement(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
