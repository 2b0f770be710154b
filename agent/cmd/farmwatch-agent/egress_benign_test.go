//go:build tools

package main_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
)

// TestToolsEgressCompanyVPN: a company's OpenVPN, through which everything goes,
// is known and no reason for an alert.
func TestToolsEgressCompanyVPN(t *testing.T) {
	t.Parallel()
	o := newOuting(t, "openvpn")
	c := newCompany(o.scene)
	c.sanction("company-vpn", "openvpn", "")
	c.enrol()
	o.openVPN(true)
	eventually(t, patience, "the VPN is known", func() bool { return c.open("tool.openvpn.running") })
	eventually(t, patience, "its default route is known", func() bool { return c.open("network.default_route_unlisted") })
	time.Sleep(5 * time.Second)
	if alerts := c.alerts(); len(alerts) > 0 {
		t.Errorf("the company's VPN gave alerts: %v", alerts)
	}
}

// TestToolsEgressTether: a phone by USB or hotspot: another gateway, a network
// that calls itself by the phone's maker, DNS and mDNS of the phone.
func TestToolsEgressTether(t *testing.T) {
	t.Parallel()
	o := newOuting(t, "curl", "chromium")
	o.mine.link("link", "set", "lan0", "down")
	o.mine.link("link", "set", "lan0", "name", "usb0")
	o.mine.link("link", "set", "usb0", "up")
	o.mine.link("route", "replace", "default", "via", visitorAddress)
	seen := o.watched(25*time.Second, func() {
		o.announces([]crowd{{mac: "ae:10:20:30:40:50", ip: "192.168.77.1", host: "kims-iphone", services: []string{"_apple-mobdev2._tcp"}}})
		o.shell("curl -sk -o /dev/null https://news.example/")
	})
	if seen.Level != "none" {
		t.Errorf("the level is %s", seen.Level)
	}
	quietEgress(t, seen)
}

// TestToolsEgressHotel: sixty neighbours, of whom one calls itself pikvm. None of
// their names or addresses is in anything that the agent says.
func TestToolsEgressHotel(t *testing.T) {
	t.Parallel()
	o := newOuting(t)
	guests := make([]crowd, 0, 60)
	for i := range 60 {
		g := crowd{mac: fmt.Sprintf("3c:22:fb:00:01:%02x", i), ip: fmt.Sprintf("192.168.77.%d", 100+i), host: fmt.Sprintf("guest-%d-laptop", i), services: []string{"_companion-link._tcp"}}
		switch {
		case i%3 == 1:
			g.mac, g.host = fmt.Sprintf("ae:00:00:00:02:%02x", i), fmt.Sprintf("iphone-of-%d", i)
		case i == 59:
			g.mac, g.host, g.services = "b8:27:eb:00:00:59", "pikvm", []string{"_http._tcp"}
		}
		guests = append(guests, g)
	}
	seen := o.watched(30*time.Second, func() {
		for range 3 {
			o.announces(guests)
			time.Sleep(time.Second)
		}
	})
	if seen.Level != "none" {
		t.Errorf("the level is %s", seen.Level)
	}
	quietEgress(t, seen)
	about := seen.rows("network_neighbourhood")
	if len(about) != 1 || about[0]["devices"] != "0" || about[0]["kvm_names"] != "" { // who stays for a night tells nothing
		t.Errorf("the neighbourhood: %v", about)
	}
	for _, row := range seen.Rows {
		for column, value := range row.Columns {
			for _, g := range guests {
				if strings.Contains(value, g.host) || strings.Contains(strings.ToLower(value), g.mac) {
					t.Errorf("%s of %s is %q, which is a neighbour's", column, row.Class, value)
				}
			}
		}
	}
}

// TestToolsEgressAvahi: what a real device tells of itself by mDNS, as a KVM does
// under its default name, is recorded; on a laptop that has been beside it for
// five hours it is told, and by nothing but the product's name.
func TestToolsEgressAvahi(t *testing.T) {
	t.Parallel()
	o := newOuting(t, "tshark")
	o.theirs.write("/etc/avahi/avahi-daemon.conf", "[server]\nhost-name=pikvm\nallow-interfaces=lan0\nenable-dbus=no\nuse-ipv6=no\n")
	capture := o.mine.start("", "/usr/bin/tshark", "-i", "lan0", "-f", "udp port 5353", "-F", "pcap", "-w", "/root/avahi.pcap", "-a", "duration:15")
	eventually(t, patience, "a capture", func() bool { return strings.Contains(o.mine.read(capture.log), "Capturing") })
	p := o.theirs.start("", "/usr/sbin/avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits")
	eventually(t, patience, "avahi tells its name", func() bool { return strings.Contains(o.theirs.read(p.log), "Server startup complete") })
	eventually(t, patience, "the capture ends", func() bool { return !o.mine.exists("/proc/" + capture.pid) })
	recording := filepath.Join(t.TempDir(), "avahi.txtar")
	text := fmt.Sprintf(besideAvahi, base64.StdEncoding.EncodeToString([]byte(o.mine.read("/root/avahi.pcap"))))
	if err := os.WriteFile(recording, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("../../../bin/farmwatch-agent", "scan", "--recording", recording, "--rows", "--output", "json").Output()
	if err != nil {
		t.Fatalf("scan --recording: %v", err)
	}
	seen := readSeen(t, out)
	about := seen.rows("network_neighbourhood", "kvm_names", "pikvm", "devices", "1")
	if len(about) != 1 || !slices.Equal(seen.finders("network.kvm_neighbour_name"), []string{""}) {
		t.Errorf("the neighbourhood: %v, found: %v", seen.rows("network_neighbourhood"), seen.Findings)
	}
}

// besideAvahi is a laptop that has been on a network for five hours.
const besideAvahi = `-- platform.yaml --
os: linux
arch: amd64
name: laptop
chassis: laptop
hardware: made-up-beside-avahi
-- held.yaml --
network eth0: 5h
-- files/proc/uptime --
400000.00 1.00
-- files/sys/class/net/eth0/type --
1
-- files/sys/class/net/eth0/operstate --
up
-- files/sys/class/net/eth0/address --
00:1b:21:00:00:01
-- files/sys/class/net/eth0/device/driver -> ../../../../bus/pci/drivers/e1000e --
-- files/proc/net/route --
Iface	Destination	Gateway	Flags	RefCnt	Use	Metric	Mask	MTU	Window	IRTT
eth0	00000000	024DA8C0	0003	0	0	100	00000000	0	0	0
-- files/proc/net/arp --
IP address       HW type     Flags       HW address            Mask     Device
-- packets.pcap [base64] --
%s
`

// quietEgress wants nothing concluded of the network.
func quietEgress(t *testing.T, seen egressSeen) {
	t.Helper()
	for _, f := range seen.Findings {
		if strings.HasPrefix(f.Rule, "network.") || strings.HasPrefix(f.Rule, "tunnel.") || strings.HasPrefix(f.Rule, "tool.") {
			t.Errorf("%s was found", f.Rule)
		}
	}
}

// A crowd is one of many devices on the local network.
type crowd struct {
	mac, ip, host string
	services      []string
}

// announces has devices beside the other machine say by ARP and mDNS who they are.
func (o *outing) announces(all []crowd) {
	o.mine.t.Helper()
	err := o.theirs.within(func() error {
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		lan, err := net.InterfaceByName("lan0")
		if err != nil {
			return err
		}
		for _, one := range all {
			for _, frame := range one.frames() {
				if err := unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: lan.Index, Halen: 6}); err != nil {
					return err
				}
				time.Sleep(2 * time.Millisecond)
			}
		}
		return nil
	})
	if err != nil {
		o.mine.t.Fatal(err)
	}
}

// frames are an ARP announcement and an mDNS answer.
func (c crowd) frames() [][]byte {
	mac, _ := net.ParseMAC(c.mac)
	ip := netip.MustParseAddr(c.ip).AsSlice()
	arp := slices.Concat(bytes.Repeat([]byte{0xff}, 6), mac, []byte{8, 6, 0, 1, 8, 0, 6, 4, 0, 1}, mac, ip, make([]byte, 6), ip)
	name := dnsmessage.MustNewName
	answer := dnsmessage.Message{Header: dnsmessage.Header{Response: true, Authoritative: true}}
	answer.Answers = append(answer.Answers, dnsmessage.Resource{
		Header: dnsmessage.ResourceHeader{Name: name(c.host + ".local."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET, TTL: 120},
		Body:   &dnsmessage.AResource{A: [4]byte(ip)},
	})
	for _, service := range c.services {
		answer.Answers = append(answer.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: name(service + ".local."), Type: dnsmessage.TypePTR, Class: dnsmessage.ClassINET, TTL: 120},
			Body:   &dnsmessage.PTRResource{PTR: name(c.host + "." + service + ".local.")},
		})
	}
	said, _ := answer.Pack()
	group := netip.MustParseAddr("224.0.0.251").AsSlice()
	udp := binary.BigEndian.AppendUint16([]byte{0x14, 0xe9, 0x14, 0xe9}, uint16(8+len(said)))
	header := slices.Concat([]byte{0x45, 0}, binary.BigEndian.AppendUint16(nil, uint16(28+len(said))), []byte{0, 0, 0, 0, 255, 17, 0, 0}, ip, group)
	sum := uint32(0)
	for i := 0; i < len(header); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(header[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	binary.BigEndian.PutUint16(header[10:], ^uint16(sum))
	mdns := slices.Concat([]byte{1, 0, 0x5e, 0, 0, 0xfb}, mac, []byte{8, 0}, header, udp, []byte{0, 0}, said)
	return [][]byte{arp, mdns}
}
