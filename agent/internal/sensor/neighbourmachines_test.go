package sensor_test

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

var update = flag.Bool("update", false, "write the recorded machines that are built here")

// A neighbour is a device beside the laptop of a recording.
type neighbour struct {
	hardware string // two digits "##" stand for its number
	name     string // by mDNS; "##" likewise
	service  string
	count    int // 1 where it is 0
}

// A neighbourhood is a machine on a network, to be written as a recording.
type neighbourhood struct {
	story    string
	lasted   string // for how long the laptop had been there
	router   string
	devices  []neighbour
	frames   func(t *testing.T) [][]byte // besides what the devices say
	gap      time.Duration               // between frames
	findings map[string][]string         // by system
	level    string
	untold   string // the level on a system that tells no names, where it is another
}

// Makers, as devices have their addresses.
const (
	intel, apple, dell = "00:1b:21:00:10:##", "3c:22:fb:00:20:##", "54:bf:64:00:30:##"
	raspberry, jetkvm  = "dc:a6:32:00:40:##", "30:52:53:00:50:##"
	espressif, samsung = "24:0a:c4:00:60:##", "5c:0a:5b:00:70:##"
	random             = "3a:00:5e:00:80:##"
	glinet, tplink     = "94:83:c4:00:90:01", "50:c7:bf:00:a0:01"
)

var neighbourhoods = map[string]neighbourhood{
	"neighbour-shelf": {
		story: "A laptop on a shelf with 22 others, of nine companies, in a room that nobody works in.", lasted: "30h", router: tplink,
		devices: []neighbour{
			{intel, "hr-mb0##", "", 3}, {dell, "us-boston-01##", "", 3}, {"00:1b:21:00:11:##", "globex-lt-00##", "", 3}, {"54:bf:64:00:31:##", "umbra-5cg12##abc", "", 3},
			{apple, "initech-c02xk##bjg", "_airplay._tcp", 3}, {"00:1b:21:00:12:##", "hooli-nb-4##", "", 2}, {"54:bf:64:00:32:##", "wayne00##1", "", 2},
			{"00:1b:21:00:13:##", "stark_wks_20##1", "", 2}, {"54:bf:64:00:33:##", "tyrell-vdi-9##", "", 1}, {"00:1b:21:00:14:##", "desktop-1a2b3##", "", 1},
		},
		findings: map[string][]string{"linux": {"network.corporate_neighbours", "network.shelf_of_laptops"}, "darwin": {"network.corporate_neighbours", "network.shelf_of_laptops"}, "windows": {"network.shelf_of_laptops"}},
		level:    "watch", untold: "none",
	},
	"neighbour-board-each": {
		story: "A laptop beside six others of three companies; each has a Raspberry Pi or a JetKVM, one of which is called as when it was new.", lasted: "50h", router: tplink,
		devices: []neighbour{{intel, "hr-mb0##", "", 2}, {dell, "us-boston-01##", "", 2}, {apple, "globex-c02xk##bjg", "", 2}, {raspberry, "", "", 4}, {jetkvm, "jetkvm-0a1b##", "", 1}, {"30:52:53:00:51:##", "", "", 1}},
		findings: map[string][]string{
			"linux":   {"network.board_per_laptop", "network.corporate_neighbours", "network.kvm_neighbour", "network.kvm_neighbour_name"},
			"darwin":  {"network.board_per_laptop", "network.corporate_neighbours", "network.kvm_neighbour", "network.kvm_neighbour_name"},
			"windows": {"network.board_per_laptop", "network.kvm_neighbour"},
		},
		level: "watch",
	},
	"neighbour-homelab-kvm": {
		story: "A laptop at home beside a PiKVM and a TinyPilot, with which its owner reaches a server of their own.", lasted: "5h", router: tplink,
		devices:  []neighbour{{intel, "bobs-pc", "", 1}, {raspberry, "pikvm", "", 1}, {"04:c9:8b:10:00:##", "tinypilot", "", 1}, {random, "bobs-iphone", "", 1}},
		findings: map[string][]string{"linux": {"network.kvm_neighbour", "network.kvm_neighbour_name"}}, level: "watch",
	},
	"neighbour-homelab": {
		story: "A laptop at home beside three Raspberry Pis that do what people have them for, a server and few laptops.", lasted: "200h", router: tplink,
		devices:  []neighbour{{intel, "bobs-pc", "", 1}, {apple, "kims-macbook-pro", "_airplay._tcp", 1}, {raspberry, "", "", 1}, {"dc:a6:32:00:41:##", "pihole", "", 1}, {"b8:27:eb:00:41:##", "homeassistant", "", 1}, {"00:50:56:00:01:##", "proxmox-01", "", 2}},
		findings: map[string][]string{"linux": {}}, level: "none",
	},
	"neighbour-coworking": {
		story: "A laptop in a coworking space, among thirty laptops of many companies, for a working day.", lasted: "9h", router: tplink,
		devices:  []neighbour{{intel, "acme-lt-00##", "", 6}, {dell, "globex-nb-1##", "", 6}, {"00:1b:21:00:11:##", "hr-mb0##", "", 6}, {apple, "initech-c02xk##bjg", "", 6}, {"54:bf:64:00:31:##", "desktop-1a2b3##", "", 6}, {random, "", "", 30}, {"00:80:77:00:00:##", "brn0080770000##", "_ipp._tcp", 2}},
		findings: map[string][]string{"linux": {}}, level: "none",
	},
	"neighbour-hotel": {
		story: "A laptop in a hotel, on whose network somebody makes up KVMs' names for dozens of devices.", lasted: "11h", router: glinet,
		devices:  []neighbour{{random, "pikvm-##", "", 40}, {"3a:00:5e:00:81:##", "jetkvm-0a##", "", 10}, {intel, "glkvm", "", 1}, {samsung, "galaxy-s##", "", 5}},
		findings: map[string][]string{"linux": {"network.kvm_neighbour_name"}}, level: "none",
	},
	"neighbour-office": {
		story: "A laptop that stays in a dock in its company's office, among sixty others that are named as it is.", lasted: "70h", router: "00:00:0c:07:ac:01",
		devices:  []neighbour{{intel, "acme-lt-00##", "", 30}, {dell, "acme-nb-01##", "", 30}, {"00:10:74:00:00:##", "", "", 2}, {"00:80:77:00:00:##", "", "_ipp._tcp", 4}, {random, "", "", 20}},
		findings: map[string][]string{"linux": {"network.shelf_of_laptops"}}, level: "none",
	},
	"neighbour-family": {
		story: "A laptop at home in a large family with many phones, televisions, speakers and bulbs; two of them work for a company each.", lasted: "48h", router: tplink,
		devices: []neighbour{{random, "", "", 9}, {apple, "annas-iphone", "", 1}, {"3c:22:fb:00:21:##", "living-room", "_mediaremotetv._tcp", 1}, {intel, "globex-lt-00##", "", 1}, {dell, "us-boston-01##", "", 1}, {"3c:22:fb:00:22:##", "kims-macbook-pro", "_airplay._tcp", 2},
			{espressif, "shelly-00##", "", 12}, {samsung, "tv", "_airplay._tcp", 2}, {"00:80:77:00:00:##", "brn0080770000##", "_ipp._tcp", 1}, {raspberry, "", "", 1}},
		findings: map[string][]string{"linux": {}}, level: "none",
	},
	"neighbour-travel-router": {
		story: "A laptop behind the small router of somebody who travels, whose maker makes KVMs too.", lasted: "26h", router: glinet,
		devices:  []neighbour{{random, "", "", 1}, {"94:83:c4:00:91:##", "gl-mt3000", "", 1}},
		findings: map[string][]string{"linux": {}}, level: "none",
	},
	"arp-relay": {
		story: "A laptop on whose network ARP carries commands: text for a sender, an identifier for a sender, questions from nobody in bursts, and twins.", lasted: "3h", router: tplink,
		frames: relayed, gap: 200 * time.Millisecond,
		findings: map[string][]string{"linux": {"network.arp_relay"}, "darwin": {"network.arp_relay"}}, level: "watch",
	},
	"arp-as-usual": {
		story: "A laptop on whose network ARP does what it is for: devices take addresses, an extender passes on what its clients say, routers stand in for each other, somebody looks for devices.", lasted: "3h", router: tplink,
		frames: asUsual, gap: 700 * time.Millisecond,
		findings: map[string][]string{"linux": {}, "darwin": {}}, level: "none",
	},
}

// TestNeighbourMachines holds the recordings to what is written here; TestMachines
// holds them to their findings.
func TestNeighbourMachines(t *testing.T) {
	for name, n := range neighbourhoods {
		for system, findings := range n.findings {
			file := filepath.Join(machineFolder, "network", name+map[string]string{"darwin": "-on-macos", "windows": "-on-windows"}[system]+".txtar")
			text := n.recording(t, name, system, findings)
			if *update {
				if err := os.WriteFile(file, text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, text) {
				t.Errorf("%s is not what is built here, write it with go test ./agent/internal/sensor -run NeighbourMachines -update: %v\n%s", file, err, gocmp.Diff(string(got), string(text)))
			}
		}
	}
}

// numbered puts the number of a device into its address or name.
func numbered(text string, i int) string {
	return strings.ReplaceAll(text, "##", fmt.Sprintf("%02d", i))
}

func (n neighbourhood) recording(t *testing.T, name, system string, findings []string) []byte {
	t.Helper()
	var macs []string
	var frames [][]byte
	for _, d := range n.devices {
		for i := range max(d.count, 1) {
			mac := numbered(d.hardware, i+1)
			macs = append(macs, mac)
			if d.name == "" && d.service == "" {
				continue
			}
			var services []string
			if d.service != "" {
				services = append(services, d.service)
			}
			said := parsetest.MDNS(t, numbered(cmp.Or(d.name, "device"), i+1), netip.MustParseAddr("192.0.2.77"), services...)
			frames = append(frames, parsetest.Frame{From: netip.MustParseAddrPort("192.0.2.77:5353"), To: netip.MustParseAddrPort(parsetest.ToMDNS), SourceMAC: address(t, mac), Payload: said}.Bytes(t))
		}
	}
	if n.frames != nil {
		frames = append(frames, n.frames(t)...)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n# Built by `go test ./agent/internal/sensor -run NeighbourMachines -update`; names, addresses and times are made up, prefixes are the makers'.\n", n.story)
	fmt.Fprintf(&b, "-- platform.yaml --\nos: %s\narch: amd64\nname: acme-lt-00001\nchassis: laptop\nhardware: made-up-%s-%s\n", system, name, system)
	fmt.Fprintf(&b, "-- held.yaml --\nnetwork %s: %s\n", map[string]string{"linux": "eth0", "darwin": "en0", "windows": "Ethernet"}[system], n.lasted)
	if system == "linux" {
		b.WriteString(n.linux(macs))
	} else {
		b.WriteString(n.told(system, macs))
	}
	if system != "windows" {
		file := parsetest.Pcap(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), max(n.gap, 10*time.Millisecond), frames...)
		fmt.Fprintf(&b, "-- packets.pcap [base64] --\n%s\n", lines(base64.StdEncoding.EncodeToString(file)))
	}
	b.WriteString("-- expect.yaml --\nfindings:")
	if len(findings) == 0 {
		b.WriteString(" []")
	}
	for _, rule := range findings {
		b.WriteString("\n  - " + rule)
	}
	if system == "windows" {
		n.level = cmp.Or(n.untold, n.level)
	}
	fmt.Fprintf(&b, "\nlevel: %s\n", n.level)
	return b.Bytes()
}

func (n neighbourhood) linux(macs []string) string {
	var b strings.Builder
	b.WriteString("-- files/proc/uptime --\n400000.00 1.00\n-- files/sys/class/net/eth0/type --\n1\n-- files/sys/class/net/eth0/operstate --\nup\n-- files/sys/class/net/eth0/address --\n00:1b:21:00:00:01\n" +
		"-- files/sys/class/net/eth0/device/driver -> ../../../../bus/pci/drivers/e1000e --\n-- files/proc/net/route --\n" +
		"Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\neth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n-- files/proc/net/arp --\n" +
		"IP address       HW type     Flags       HW address            Mask     Device\n")
	fmt.Fprintf(&b, "192.0.2.1        0x1         0x2         %s     *        eth0\n", n.router)
	for i, mac := range macs {
		fmt.Fprintf(&b, "192.0.2.%-8d 0x1         0x2         %s     *        eth0\n", i+2, mac)
	}
	return b.String()
}

func (n neighbourhood) told(system string, macs []string) string {
	var b strings.Builder
	name := map[string]string{"darwin": "en0", "windows": "Ethernet"}[system]
	fmt.Fprintf(&b, "-- interfaces.yaml --\n- {name: %s, kind: ethernet, up: true, default: true, gateway: %q, number: 4}\n-- power.yaml --\nmains: \"true\"\nuptime: 111h\n-- neighbours.yaml --\n- {interface: %s, hardware: \"00:1b:21:00:00:01\", own: true}\n", name, n.router, name)
	for _, mac := range macs {
		fmt.Fprintf(&b, "- {interface: %s, hardware: %q}\n", name, mac)
	}
	return b.String()
}

func lines(text string) string {
	var b strings.Builder
	for len(text) > 76 {
		b.WriteString(text[:76] + "\n")
		text = text[76:]
	}
	return b.String() + text
}

func address(t *testing.T, text string) (mac [6]byte) {
	t.Helper()
	if n, err := fmt.Sscanf(text, "%02x:%02x:%02x:%02x:%02x:%02x", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]); n != 6 {
		t.Fatalf("address %q: %v", text, err)
	}
	return mac
}
