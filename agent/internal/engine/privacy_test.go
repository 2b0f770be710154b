package engine_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
	"google.golang.org/protobuf/proto"

	"github.com/farmwatch/farmwatch/agent/internal/engine"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/privacy"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// marked is a laptop on which everything that tells who somebody is, where
// somebody is or what somebody does holds a mark.
const marked = `
-- platform.yaml --
os: linux
os_version: Debian GNU/Linux 12
arch: amd64
name: mark-host.mark-company.example
chassis: laptop
hardware: mark-hardware-serial
boot_id: mark-boot
-- processes.yaml --
- pid: 700
  name: x11vnc
  path: /home/markuser/bin/x11vnc
  args: [x11vnc, -passwd, markpassword, -auth, /home/markuser/.Xauthority]
  user: markuser
- pid: 701
  name: python3
  path: /usr/bin/python3.11
  args: [python3, /home/markuser/markuser-letter.py, --token, marktoken]
  user: markuser
- pid: 702
  name: node
  path: /usr/bin/node
  args: [node, --eval, "markprogram()"]
  user: markuser
- pid: 703
  name: gnome-keyring-d
  args: ["gnome-keyring-daemon: marktitle@pts/0"]
  user: markdirectory
-- sockets.yaml --
- {protocol: tcp, state: listen, local: "192.168.77.12:5900", pid: 700}
- {protocol: tcp, state: established, local: "192.168.77.12:5900", remote: "203.0.113.77:40000", pid: 700, inbound: true}
- {protocol: tcp, state: established, local: "192.168.77.12:40001", remote: "203.0.113.78:443", pid: 702}
- {protocol: tcp, state: listen, local: "0.0.0.0:8443", pid: 701}
-- sessions.yaml --
- {user: markdirectory, terminal: pts/0, remote: mark-remote.example, kind: ssh}
- {user: markuser, terminal: ":0", remote: "203.0.113.79", kind: graphical}
-- access_points.yaml --
- {interface: wlan0, bssid: "02:aa:bb:77:88:99", ssid: marknetwork}
-- files/etc/passwd --
markuser:x:1000:1000:Marka Markson,,,:/home/markuser:/bin/bash
-- files/home/markuser/.config/systemd/user/markuser-sync.service --
[Service]
ExecStart=/home/markuser/bin/markuser-sync
-- files/usr/lib/systemd/system/chrome-remote-desktop@.service --
[Service]
ExecStart=/opt/google/chrome-remote-desktop/chrome-remote-desktop
-- files/etc/systemd/system/multi-user.target.wants/chrome-remote-desktop@markinstance.service -> /usr/lib/systemd/system/chrome-remote-desktop@.service --
-- files/var/lib/dpkg/status --
Package: x11vnc
Status: install ok installed
Version: 0.9

-- files/sys/class/net/wlan0/type --
1
-- files/sys/class/net/wlan0/wireless/link --

-- files/sys/class/net/wlan0/operstate --
up
-- files/sys/class/net/wlan0/address --
00:11:22:77:88:99
-- files/sys/class/net/wg-markname/type --
65534
-- files/sys/class/net/wg-markname/ifindex --
4
-- files/sys/class/net/enx00e04c778899/type --
1
-- files/sys/class/net/enx00e04c778899/ifindex --
5
-- files/proc/net/route --
Iface	Destination	Gateway	Flags	RefCnt	Use	Metric	Mask	MTU	Window	IRTT
wlan0	00000000	014DA8C0	0003	0	0	600	00000000	0	0	0
-- files/proc/net/arp --
IP address       HW type     Flags       HW address            Mask     Device
192.168.77.1     0x1         0x2         00:11:33:77:88:99     *        wlan0
-- files/sys/bus/usb/devices/1-1/idVendor --
18d1
-- files/sys/bus/usb/devices/1-1/idProduct --
4ee1
-- files/sys/bus/usb/devices/1-1/manufacturer --
Marka
-- files/sys/bus/usb/devices/1-1/product --
Markbrother's Phone MARKSERIAL77
-- files/sys/bus/usb/devices/1-1/serial --
MARKSERIAL77
-- files/sys/bus/usb/devices/1-1/1-1:1.0/bInterfaceNumber --
00
-- files/sys/bus/usb/devices/1-1/1-1:1.0/bInterfaceClass --
06
-- files/sys/bus/usb/devices/1-1/1-1:1.0/interface --
PTP von Marksister
-- files/sys/bus/usb/devices/1-2/idVendor --
046d
-- files/sys/bus/usb/devices/1-2/idProduct --
c52b
-- files/sys/bus/usb/devices/1-2/product --
LAN of 00:e0:4c:77:88:99
`

// TestNoMarkLeaves sends all that the sensors see of a laptop full of marks, as
// facts and as evidence, through the engine's own parts onto the wire.
func TestNoMarkLeaves(t *testing.T) {
	h, err := host.ReadRecording(txtar.Parse([]byte(marked)))
	if err != nil {
		t.Fatal(err)
	}
	all := sensor.All()
	scan := engine.Once(context.Background(), h, all, vnc(t), time.Unix(1764000000, 0), 0)
	gate, err := privacy.NewGate(all, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	gate.Hide(sensor.People(context.Background(), h)...)
	cleared, err := gate.Clear(everything(scan))
	if err != nil {
		t.Fatal(err)
	}
	demandNoMark(t, cleared.Wire())
	var wire agentv1.Report
	if err := proto.Unmarshal(cleared.Wire(), &wire); err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, f := range finding.FromWire(&wire).Findings {
		for _, row := range f.Evidence {
			shown[row.Class] = true
		}
	}
	for _, class := range []string{"usb_devices", "processes", "listening_ports", "process_open_sockets", "logged_in_users", "packages", "startup_items", "network_interfaces", "system"} {
		if !shown[class] {
			t.Errorf("no row of %s left, so this test says nothing of it", class)
		}
	}
}

// everything is a report in which every row is both fact and evidence, and every
// mark stands in a coverage detail.
func everything(scan engine.Scan) finding.Report {
	r := finding.Report{Findings: scan.Findings, Coverage: scan.Coverage}
	byClass := map[string][]finding.Observation{}
	for _, row := range scan.Rows {
		byClass[row.Class] = append(byClass[row.Class], row)
		r.Findings = append(r.Findings, finding.Finding{
			UID: row.UID, Rule: "test.everything", Title: "what markuser has on mark-host", Status: finding.Open,
			Severity: finding.SeverityHigh, Confidence: finding.ConfidenceHigh, Evidence: []finding.Observation{row},
		})
		for _, value := range row.Columns {
			if strings.Contains(strings.ToLower(value), "mark") {
				r.Coverage = append(r.Coverage, finding.Coverage{Class: row.Class, State: finding.CoverageFailed, Detail: `read "` + value + `": denied`})
			}
		}
	}
	for class, rows := range byClass {
		r.Facts = append(r.Facts, finding.Facts{Class: class, Rows: rows})
	}
	return r
}

func demandNoMark(t *testing.T, wire []byte) {
	t.Helper()
	lower := bytes.ToLower(wire)
	for _, mark := range []string{"mark", "77:88:99", "778899", "192.168.77", "203.0.113", "014da8c0"} {
		if at := bytes.Index(lower, []byte(mark)); at >= 0 {
			t.Errorf("%q left: %q", mark, wire[max(0, at-60):min(len(wire), at+60)])
		}
	}
}
