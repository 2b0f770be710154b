package sensor

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// beside is a Linux laptop on a network with these devices in its table, some
// seconds after it was started.
func beside(t *testing.T, uptime int, more string, macs ...string) host.Host {
	t.Helper()
	var table strings.Builder
	fmt.Fprintf(&table, "IP address HW type Flags HW address Mask Device\n192.0.2.1 0x1 0x2 94:83:c4:00:00:01 * eth0\n192.0.2.250 0x1 0x0 00:1b:21:99:99:99 * eth0\n")
	for i, mac := range macs {
		fmt.Fprintf(&table, "192.0.2.%d 0x1 0x2 %s * eth0\n", i+2, mac)
	}
	return machine(t, fmt.Sprintf(`-- platform.yaml --
os: linux
name: acme-lt-00001
-- files/proc/uptime --
%d.00 1.00
-- files/sys/class/net/eth0/type --
1
-- files/sys/class/net/eth0/operstate --
up
-- files/sys/class/net/eth0/address --
00:1b:21:00:00:aa
-- files/sys/class/net/eth0/device/driver -> ../../bus/pci/drivers/e1000e --
-- files/sys/class/net/docker0/type --
1
-- files/sys/class/net/docker0/operstate --
up
-- files/sys/class/net/docker0/bridge/stp_state --
0
-- files/proc/net/route --
Iface	Destination	Gateway	Flags	RefCnt	Use	Metric	Mask	MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	600	00000000	0	0	0
-- files/proc/net/arp --
%s`, uptime, table.String())+more)
}

// looked gives the one row there is.
func looked(t *testing.T, w *neighbourWindow, h host.Host) networkNeighbourhood {
	t.Helper()
	rows, err := w.collect(t.Context(), h)
	if err != nil || len(rows) != 1 {
		t.Fatalf("rows %+v, %v", rows, err)
	}
	return rows[0]
}

func hearing() *neighbourWindow {
	w := newNeighbourWindow(newWire())
	w.wire.began(nil)
	return w
}

func announced(mac, name string, services ...string) parse.Announcement {
	source, _ := hardwareAddress(mac)
	a := parse.Announcement{Kind: "mdns", Source: source, Services: services}
	if name != "" {
		a.Names = []string{name}
	}
	return a
}

// TestNeighbourhood counts what stands in a home where three employers' laptops
// stand on a shelf, each with a Raspberry Pi.
func TestNeighbourhood(t *testing.T) {
	w, at := hearing(), time.Unix(1764000000, 0)
	h := beside(t, 90_000, "192.0.2.90 0x1 0x2 02:42:ac:11:00:02 * docker0\n-- held.yaml --\nnetwork eth0: 5h\n",
		"00:1b:21:00:00:01", "00:1b:21:00:00:02", "3c:22:fb:00:00:03", "54:bf:64:00:00:04",
		"b8:27:eb:00:00:01", "dc:a6:32:00:00:02", "d8:3a:dd:00:00:03", "30:52:53:00:00:01", "24:0a:c4:00:00:01", "3a:11:22:33:44:55")
	for _, a := range []parse.Announcement{
		announced("00:1b:21:00:00:01", "hr-mb001"), announced("00:1b:21:00:00:02", "us-boston-0123"), announced("3c:22:fb:00:00:03", "globex-c02xk1abjg"),
		announced("54:bf:64:00:00:04", "acme-lt-00042"), // of the same company as this laptop
		announced("b8:27:eb:00:00:01", "pikvm"), announced("24:0a:c4:00:00:01", "esp-1a2b3c"), announced("3a:11:22:33:44:55", "annas-iphone"),
		announced("8c:16:45:00:00:07", "desktop-1a2b3c4"), announced("00:80:77:00:00:08", "brn008077000008", "_ipp._tcp"),
		announced("00:1b:21:00:00:aa", "umbra-lt-00017"), // this laptop's own address
		announced("02:42:ac:11:00:02", "web-00017"),      // a container on it
	} {
		w.hearAnnouncement(a, at)
	}
	want := networkNeighbourhood{
		Interface: "eth0", Watched: "hours", Devices: 10, Laptops: 5, Phones: 1, IoT: 1, SingleBoards: 3, KVMs: 1, Routers: 1, Printers: 1,
		PrivateAddresses: 1, CorporateSchemes: 3, KVMNames: []string{"pikvm"}, BoardsPerLaptop: "80",
	}
	if diff := cmp.Diff(want, looked(t, w, h)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestNeighbourhoodLasts: a network counts since the laptop came to it, and anew
// after a break or behind another router.
func TestNeighbourhoodLasts(t *testing.T) {
	w := hearing()
	const begin = 10_000
	for _, c := range []struct {
		minutes int
		want    string
	}{{0, "minutes"}, {19, "minutes"}, {38, "minutes"}, {57, "minutes"}, {65, "hour"}} {
		if row := looked(t, w, beside(t, begin+60*c.minutes, "")); row.Watched != c.want {
			t.Errorf("after %d minutes %q, want %q", c.minutes, row.Watched, c.want)
		}
	}
	at := begin + 65*60
	for range 24 * 4 {
		at += 15 * 60
		looked(t, w, beside(t, at, "", "00:1b:21:00:00:01"))
	}
	if row := looked(t, w, beside(t, at, "")); row.Watched != "day" || row.Devices != 2 {
		t.Errorf("after a day %+v", row)
	}
	if row := looked(t, w, beside(t, at+3600, "")); row.Watched != "minutes" || row.Devices != 0 {
		t.Errorf("after an hour of sleep %+v", row)
	}
	if row := looked(t, w, beside(t, 60, "")); row.Watched != "minutes" {
		t.Errorf("after a restart %+v", row)
	}
	if row := looked(t, hearing(), beside(t, 100_000, "-- held.yaml --\nnetwork eth0: 30h\n")); row.Watched != "day" {
		t.Errorf("a recording that says it had been there for 30 hours: %+v", row)
	}
}

// TestNeighbourhoodIsSteady: a telephone that is out by day and a guest's for an
// hour change nothing when they come and go, whenever anybody looks.
func TestNeighbourhoodIsSteady(t *testing.T) {
	w := hearing()
	laptop, telephone, guest := "00:1b:21:00:00:01", "3a:00:00:00:00:01", "3a:00:00:00:00:02"
	told, changes := networkNeighbourhood{}, []string{}
	for minute := 0; minute < 6*24*60; minute += 15 {
		hour, macs := minute/60%24, []string{laptop}
		if hour < 8 || hour >= 18 {
			macs = append(macs, telephone)
		}
		if minute/60 == 2*24+20 {
			macs = append(macs, guest)
		}
		row := looked(t, w, beside(t, 1000+60*minute, "", macs...))
		if row.Devices != told.Devices || row.PrivateAddresses != told.PrivateAddresses {
			changes = append(changes, fmt.Sprintf("%d:%02d %d", minute/60, minute%60, row.PrivateAddresses))
		}
		told = row
	}
	// After four hours; at the turn behind the guest's hour; and the first a day later.
	if want := []string{"4:00 1", "70:00 2", "94:00 1"}; !slices.Equal(changes, want) {
		t.Errorf("private addresses change at %q, want %q", changes, want)
	}
}

// TestNeighboursHostile: whoever is on a network may say what it likes as often as it
// likes. It costs no more memory than an honest one, and what the system knows of
// itself stays counted.
func TestNeighboursHostile(t *testing.T) {
	w, at := hearing(), time.Unix(1764000000, 0)
	const held = "-- held.yaml --\nnetwork eth0: 5h\n"
	looked(t, w, beside(t, 90_000, held, "30:52:53:00:00:01"))
	for i := range 50_000 {
		mac := made(i)
		mac[0] = byte(i>>16)<<2 | 0x02
		w.hearAnnouncement(parse.Announcement{Kind: "mdns", Source: mac, Names: []string{fmt.Sprintf("co%c%c-lt-%05d", 'a'+i%26, 'a'+i/26%26, i)}, Services: []string{"_ipp._tcp"}}, at)
		w.hearNeighbour(parse.Neighbour{Kind: "arp_request", FrameSource: mac}, at)
	}
	long := parse.Announcement{Kind: "mdns", Source: made(1)}
	for i := range 10_000 {
		long.Names = append(long.Names, fmt.Sprintf("umbra-lt-%05d", i))
		long.Services = append(long.Services, strings.Repeat("_x", 100))
	}
	w.hearAnnouncement(long, at)
	if len(w.heard) > neighbourLimit {
		t.Errorf("%d devices heard", len(w.heard))
	}
	row := looked(t, w, beside(t, 90_000, held, "30:52:53:00:00:01", "00:1b:21:00:00:01", "00:1b:21:00:00:02"))
	if row.KVMs != 1 || row.Laptops != 2 || row.Devices != 50 {
		t.Errorf("%+v", row)
	}
	for _, n := range w.networks {
		if len(n.devices) > neighbourLimit {
			t.Errorf("%d devices on a network", len(n.devices))
		}
	}
	for i := range 100 {
		w.network(attached{networkInterface: networkInterface{Name: fmt.Sprint("eth", i)}}, 90_060)
	}
	looked(t, w, beside(t, 90_061, ""))
	if len(w.networks) > networksLimit {
		t.Errorf("%d networks kept", len(w.networks))
	}
}

// TestNeighboursTold: Windows and macOS tell of devices themselves.
func TestNeighboursTold(t *testing.T) {
	h := machine(t, `-- platform.yaml --
os: windows
name: ACME-LT-1
-- interfaces.yaml --
- {name: "Wi-Fi", kind: wifi, up: true, default: true, gateway: "94:83:c4:00:00:01", number: 7}
- {name: "Anna's VPN", kind: tunnel, up: true, number: 9}
-- access_points.yaml --
[]
-- power.yaml --
uptime: 50h
-- neighbours.yaml --
- {interface: Wi-Fi, hardware: "00:1b:21:00:00:01", own: true}
- {interface: Wi-Fi, hardware: "00:1b:21:00:00:01"}
- {interface: Wi-Fi, hardware: "04:c9:8b:1a:00:01"}
- {interface: Wi-Fi, hardware: "01:00:5e:00:00:fb"}
- {interface: "Anna's VPN", hardware: "00:1b:21:00:00:03"}
-- held.yaml --
network Wi-Fi: 5h
`)
	w := newNeighbourWindow(newWire())
	w.wire.began(fmt.Errorf("no driver: %w", host.ErrUnsupported))
	want := networkNeighbourhood{Interface: "Wi-Fi", Watched: "hours", Devices: 2, KVMs: 1, Routers: 1}
	if diff := cmp.Diff(want, looked(t, w, h)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
