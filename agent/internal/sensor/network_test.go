package sensor

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/finding"
)

const routeHead = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"

// laptopNetwork is a laptop on Wi-Fi with a VPN, a docking station, a modem and
// a virtual machine's cables.
const laptopNetwork = `
-- files/sys/class/net/bonding_masters --

-- files/sys/class/net/lo/type --
772
-- files/sys/class/net/lo/operstate --
unknown
-- files/sys/class/net/lo/flags --
0x9
-- files/sys/class/net/lo/mtu --
65536
-- files/sys/class/net/wlan0/type --
1
-- files/sys/class/net/wlan0/operstate --
up
-- files/sys/class/net/wlan0/wireless/link --

-- files/sys/class/net/wlan0/device/driver -> ../../../../bus/pci/drivers/iwlwifi --
-- files/sys/class/net/wg0/type --
65534
-- files/sys/class/net/wg0/uevent --
DEVTYPE=wireguard
INTERFACE=wg0
-- files/sys/class/net/wg0/operstate --
unknown
-- files/sys/class/net/wg0/flags --
0x91
-- files/sys/class/net/wg0/mtu --
1420
-- files/sys/class/net/enx1/type --
1
-- files/sys/class/net/enx1/operstate --
down
-- files/sys/class/net/enx1/device/driver -> ../../bus/usb/drivers/r8152 --
-- files/sys/class/net/enx1/device/subsystem -> ../../bus/usb --
-- files/sys/class/net/eth0/type --
1
-- files/sys/class/net/eth0/operstate --
dormant
-- files/sys/class/net/eth0/device/driver -> ../../bus/pci/drivers/e1000e --
-- files/sys/class/net/wwan0/type --
65534
-- files/sys/class/net/wwan0/uevent --
DEVTYPE=wwan
-- files/sys/class/net/virbr0/type --
1
-- files/sys/class/net/virbr0/bridge/stp_state --
1
-- files/sys/class/net/vnet0/type --
1
-- files/sys/class/net/vnet0/tun_flags --
0x1002
-- files/sys/class/net/vnet0/brport/state --
3
-- files/sys/class/net/tun0/type --
65534
-- files/sys/class/net/tun0/tun_flags --
0x1001
-- files/sys/class/net/veth1/type --
1
-- files/sys/class/net/ib0/type --
32
-- files/sys/class/net/ib0/device/vendor --
0x15b3
-- files/proc/net/route --
` + routeHead + `wlan0	00000000	0101A8C0	0003	0	0	600	00000000	0	0	0
wlan0	0001A8C0	00000000	0001	0	0	600	00FFFFFF	0	0	0
wg0	00000000	00000000	0001	0	0	50	00000080	0	0	0
wg0	00000080	00000000	0001	0	0	50	00000080	0	0	0
-- files/proc/net/ipv6_route --
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000258 00000001 00000000 00000003    wlan0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
-- files/proc/net/arp --
IP address       HW type     Flags       HW address            Mask     Device
192.168.1.1      0x1         0x2         B8:27:EB:00:11:22     *        wlan0
192.168.1.1      0x1         0x2         00:00:5e:00:01:01     *        eth0
192.168.1.7      0x1         0x0         00:00:00:00:00:00     *        wlan0
`

func TestNetwork(t *testing.T) {
	h := machine(t, laptopNetwork+"-- access_points.yaml --\n- interface: wlan0\n  bssid: 94:83:C4:00:00:01\n")
	rows, coverage := look(t, h, Network())
	want := []string{
		"name=usb-0 kind=usb up=false default_route=false vpn_like=false driver=r8152",
		"name=eth0 kind=ethernet up=false default_route=false vpn_like=false driver=e1000e",
		"name=ib0 kind=unknown up=false default_route=false vpn_like=false",
		"name=lo kind=loopback up=true default_route=false vpn_like=false mtu=65536",
		"name=tun0 kind=tunnel up=false default_route=false vpn_like=true",
		"name=veth1 kind=virtual up=false default_route=false vpn_like=false",
		"name=virbr0 kind=bridge up=false default_route=false vpn_like=false",
		"name=vnet0 kind=tunnel up=false default_route=false vpn_like=false",
		"name=wg0 kind=tunnel up=true default_route=true vpn_like=true mtu=1420",
		"name=wlan0 kind=wifi up=true default_route=true vpn_like=false driver=iwlwifi gateway=b8:27:eb:00:11:22 gateway_oui=b8:27:eb access_point=94:83:c4:00:00:01",
		"name=wwan0 kind=wwan up=false default_route=false vpn_like=false",
	}
	if diff := cmp.Diff(want, rows); diff != "" || coverage.State != finding.CoverageOK {
		t.Errorf("coverage %+v, rows (-want +got):\n%s", coverage, diff)
	}
}

// A Wi-Fi whose access point cannot be told is said so, and everything else is
// kept; a laptop on a cable has none to tell.
func TestNetworkWithoutAccessPoint(t *testing.T) {
	rows, coverage := look(t, machine(t, laptopNetwork), Network())
	if len(rows) != 11 || coverage.State != finding.CoverageAbsent || !strings.HasPrefix(coverage.Detail, "read the Wi-Fi access point: ") {
		t.Errorf("%d rows, coverage %+v, want 11 and absent", len(rows), coverage)
	}
	wired := machine(t, "-- files/sys/class/net/eth0/type --\n1\n-- files/proc/net/route --\n"+routeHead)
	if rows, coverage := look(t, wired, Network()); len(rows) != 1 || coverage.State != finding.CoverageOK {
		t.Errorf("%d rows, coverage %+v, want 1 and ok", len(rows), coverage)
	}
}

// Without a table of routes it is not known where traffic goes; that must not
// read as "not through here".
func TestInterfaceNameHoldsNoAddress(t *testing.T) {
	h := machine(t, "-- files/sys/class/net/enx00e04c680001/type --\n1\n-- files/sys/class/net/enx00e04c680001/ifindex --\n7\n")
	rows, _ := look(t, h, Network())
	if len(rows) != 1 || !strings.Contains(rows[0], "name=enx-7 ") || strings.Contains(rows[0], "00e04c") {
		t.Errorf("rows %q, want one named enx-7 without the address", rows)
	}
}

func TestNetworkWithoutRoutes(t *testing.T) {
	rows, coverage := look(t, machine(t, "-- files/sys/class/net/eth0/type --\n1\n"), Network())
	if diff := cmp.Diff([]string{"name=eth0 kind=virtual up=false vpn_like=false"}, rows); diff != "" || coverage.State != finding.CoverageAbsent {
		t.Errorf("coverage %+v, rows (-want +got):\n%s", coverage, diff)
	}
}

func TestNetworkWhereItCannotBeSeen(t *testing.T) {
	for platform, want := range map[string]finding.CoverageState{"linux": finding.CoverageAbsent, "darwin": finding.CoverageAbsent} {
		h := machine(t, "-- platform.yaml --\nos: "+platform+"\n-- files/etc/x --\n\n")
		if _, coverage := look(t, h, Network()); coverage.State != want {
			t.Errorf("%s: coverage %+v, want %s", platform, coverage, want)
		}
	}
}

func TestMakerPrefix(t *testing.T) {
	for text, want := range map[string]string{
		"B8:27:EB:00:11:22": "b8:27:eb", "3a:35:41:00:00:01": "", "": "", "b8:27": "", "zz:27:eb:00:11:22": "", "b827eb001122": "",
	} {
		if got := makerPrefix(text); got != want {
			t.Errorf("%q names the maker %q, want %q", text, got, want)
		}
	}
}

func FuzzParseRoutes(f *testing.F) {
	f.Add(routeHead+"eth0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n", "192.168.1.1 0x1 0x2 b8:27:eb:00:11:22 * eth0")
	f.Add("eth0 00000000 XX 0 0 0 0 00000000", "a b c d e f")
	f.Add(strings.Repeat("0", 32)+" 00 0 0 "+strings.Repeat("f", 32)+" 0 0 0 0 eth0", "")
	f.Fuzz(func(t *testing.T, table, neighbours string) {
		for _, parse := range []func(string) routes{
			func(s string) routes { return parseRoute4(strings.NewReader(s)) },
			func(s string) routes { return parseRoute6(strings.NewReader(s)) },
		} {
			for device, gateway := range parse(table) {
				if gateway.IsValid() && gateway.IsUnspecified() {
					t.Fatalf("the gateway of %q is no address", device)
				}
			}
		}
		mac := neighbour(strings.NewReader(neighbours), netip.MustParseAddr("192.168.1.1"), "eth0")
		if mac != "" && len(mac) != 17 {
			t.Fatalf("hardware address %q", mac)
		}
	})
}

func TestInterfaceNamesThatPeopleGave(t *testing.T) {
	for _, name := range []string{
		"lo", "eth0", "eth0.100", "enp0s31f6", "eno1", "ens3f0np0", "enp0s20f0u4u1", "enP2p1s0", "wlp0s20f3", "wwp0s20u7", "wlan0", "wg0", "tun0",
		"tailscale0", "wg0-mullvad", "CloudflareWARP", "nordlynx", "br-0123456789ab", "vetha1b2c3d", "virbr0-nic", "docker0", "ztabcdefgh",
	} {
		if got := plainName(systemNames, networkInterface{Name: name}, "0"); got != name {
			t.Errorf("%s leaves as %s, though a system names so", name, got)
		}
	}
	h := machine(t, `
-- files/sys/class/net/wg-anna/type --
65534
-- files/sys/class/net/wg-anna/ifindex --
9
-- files/sys/class/net/bob/type --
1
-- files/sys/class/net/eric0/type --
1
`)
	rows, _ := look(t, h, Network())
	if len(rows) != 3 || !strings.HasPrefix(rows[2], "name=tunnel-9 ") || !strings.HasPrefix(rows[0], "name=virtual-0 ") || !strings.HasPrefix(rows[1], "name=virtual-1 ") {
		t.Errorf("rows %q, want them named by kind and number", rows)
	}
}
