package engine_test

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

// markedNeighbours is what devices of other people say on a network: each name,
// each address and each service holds a mark, in every way in which devices name
// themselves, and ARP carries a marked text.
func markedNeighbours(t *testing.T) string {
	t.Helper()
	mac := func(n byte) [6]byte { return [6]byte{0x00, 0x1b, n, 0x77, 0x88, 0x99} }
	place := netip.MustParseAddr("192.168.77.50")
	from := netip.AddrPortFrom(place, 5353)
	say := func(n byte, from netip.AddrPort, to string, payload []byte) []byte {
		return parsetest.Frame{From: from, To: netip.MustParseAddrPort(to), SourceMAC: mac(n), Payload: payload}.Bytes(t)
	}
	frames := [][]byte{
		say(1, from, parsetest.ToMDNS, parsetest.MDNS(t, "markas-macbook", place, "_airplay._tcp", "_markservice._tcp")),
		say(2, from, parsetest.ToMDNS, parsetest.MDNS(t, "pikvm-marka", place)),
		say(3, from, parsetest.ToMDNS, parsetest.MDNSProduct(t, "markas-ipad", "Markmodel1,1")),
		say(4, netip.AddrPortFrom(place, 5355), parsetest.ToLLMNR, parsetest.LLMNR(t, "mark-company-lt-00001", place)),
		say(5, netip.AddrPortFrom(place, 137), parsetest.ToNetBIOS, parsetest.NetBIOS(t, "MARKCO-LT-00002", 0, false)),
		say(6, netip.MustParseAddrPort(parsetest.FromDHCP), parsetest.ToDHCP, parsetest.DHCPRequest(t, mac(6), "marksen-nb-00003", "markvendor")),
	}
	for range 5 {
		frames = append(frames, parsetest.ARP{SourceMAC: mac(7), Sender: [6]byte([]byte("mark!!")), SenderIP: netip.IPv4Unspecified(), TargetIP: place}.Bytes(t))
	}
	for n := range byte(30) {
		frames = append(frames, parsetest.ARP{Sender: mac(n), SenderIP: place, TargetIP: netip.MustParseAddr("192.168.77.1")}.Bytes(t),
			parsetest.Advertisement(t, mac(n), netip.MustParseAddr("fe80::21b:77ff:fe88:9900")))
	}
	file := parsetest.Pcap(time.Unix(1764000000, 0), time.Millisecond, frames...)
	return "-- packets.pcap [base64] --\n" + base64.StdEncoding.EncodeToString(file) + "\n"
}

// TestNoNeighbourLeaves: of the devices of other people nothing leaves but how
// many of which kind there are, whatever they call themselves and whichever
// system tells of them.
func TestNoNeighbourLeaves(t *testing.T) {
	heard := markedNeighbours(t)
	var table, told strings.Builder
	for i := range 20 {
		fmt.Fprintf(&table, "192.168.77.%d 0x1 0x2 dc:a6:%02x:77:88:99 * eth0\n", i+2, i)
		fmt.Fprintf(&told, "- {interface: Ethernet, hardware: \"00:1b:%02x:77:88:99\"}\n", i)
	}
	linux := "-- platform.yaml --\nos: linux\nname: mark-host\nchassis: laptop\n-- files/etc/passwd --\nmarkuser:x:1000:1000::/home/markuser:/bin/bash\n-- files/proc/uptime --\n400000.00 1.00\n-- held.yaml --\nnetwork eth0: 30h\n" +
		"-- files/sys/class/net/eth0/type --\n1\n-- files/sys/class/net/eth0/operstate --\nup\n-- files/sys/class/net/eth0/device/driver -> ../../bus/pci/drivers/e1000e --\n" +
		"-- files/run/systemd/netif/leases/2 --\nADDRESS=192.168.77.9\nSERVER_ADDRESS=192.168.77.1\nDOMAINNAME=mark-company.example\n-- files/sys/class/net/eth0/ifindex --\n2\n" +
		"-- files/proc/net/route --\nIface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\neth0\t00000000\t014DA8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n" +
		"-- files/proc/net/arp --\nhead\n192.168.77.1 0x1 0x2 94:83:c4:77:88:99 * eth0\n" + table.String() + heard
	other := func(system string) string {
		return "-- platform.yaml --\nos: " + system + "\nname: mark-host\nchassis: laptop\n-- files/var/db/dslocal/nodes/Default/users/markuser.plist --\n<plist version=\"1.0\"><dict/></plist>\n" +
			"-- files/registry/HKLM/SOFTWARE/Microsoft/Windows NT/CurrentVersion/ProfileList/S-1-5-21-7-7-7-1001/ProfileImagePath --\nC:\\Users\\markuser\n-- power.yaml --\nmains: \"true\"\nuptime: 111h\n-- held.yaml --\nnetwork Ethernet: 30h\n" +
			"-- interfaces.yaml --\n- {name: Ethernet, kind: ethernet, up: true, default: true, gateway: \"94:83:c4:77:88:99\", number: 4}\n-- neighbours.yaml --\n" + told.String()
	}
	for name, c := range map[string]struct {
		machine string
		classes []string
		devices string
	}{
		"linux":   {linux, []string{"network_neighbourhood", "arp_relay", "network_interfaces"}, "50"},
		"windows": {other("windows"), []string{"network_neighbourhood", "network_interfaces"}, "20"},
		"macOS":   {other("darwin") + heard, []string{"network_neighbourhood", "arp_relay", "network_interfaces"}, "20"},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := host.ReadRecording(txtar.Parse([]byte(c.machine)))
			if err != nil {
				t.Fatal(err)
			}
			report := leaving(t, h)
			rows := map[string]map[string]string{}
			for _, f := range report.Findings {
				for _, row := range f.Evidence {
					rows[row.Class] = row.Columns
				}
			}
			for _, class := range c.classes {
				if rows[class] == nil {
					t.Errorf("no row of %s left, so this test says nothing of it", class)
				}
			}
			beside := rows["network_neighbourhood"]
			if beside["devices"] != c.devices || name != "windows" && (beside["kvm_names"] != "pikvm" || beside["corporate_schemes"] != "3") {
				t.Errorf("of the neighbours there left %v", beside)
			}
			if domain := rows["network_interfaces"]["dhcp_domain"]; name == "linux" && domain == "" {
				t.Error("no domain left, so this test says nothing of it")
			}
		})
	}
}
