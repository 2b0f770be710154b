package host

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"os/user"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/tools/txtar"
)

func keep(value string) string { return value }

func pseudonym(value string) string {
	mac := hmac.New(sha256.New, []byte("key"))
	mac.Write([]byte(value))
	return "p:" + hex.EncodeToString(mac.Sum(nil)[:16])
}

const desk = `A desk with people's things.
-- platform.yaml --
os: linux
name: annes-laptop
hardware: smbios:4c4c4544|7XK2M93|CN01
boot_id: 8d2f
-- files/home/anne/.config/systemd/user/tunnel.service --
[Unit]
Description=home tunnel of anne
[Service]
Environment=TOKEN=s3cr3t-token
ExecStart=/home/anne/bin/frpc -c /home/anne/frpc.ini --token s3cr3t-token
[Install]
WantedBy=default.target
-- files/etc/systemd/system/multi-user.target.wants/ssh.service -> /usr/lib/systemd/system/ssh.service --
-- files/usr/lib/systemd/system/ssh.service --
[Service]
ExecStart=/usr/sbin/sshd -D
-- files/sys/bus/usb/devices/usb1 -> ../../../devices/pci0000:00/0000:00:03.0/usb1 --
-- files/sys/bus/usb/devices/1-1 -> ../../../devices/pci0000:00/0000:00:03.0/usb1/1-1 --
-- files/sys/bus/usb/devices/1-1:1.0 -> ../../../devices/pci0000:00/0000:00:03.0/usb1/1-1/1-1:1.0 --
-- files/sys/devices/pci0000:00/0000:00:03.0/usb1/idVendor --
1d6b
-- files/sys/devices/pci0000:00/0000:00:03.0/usb1/1-1/idVendor --
046d
-- files/sys/devices/pci0000:00/0000:00:03.0/usb1/1-1/serial --
5C&A1B2C3D4
-- files/sys/devices/pci0000:00/0000:00:03.0/usb1/1-1/power/control --
on
-- files/sys/devices/pci0000:00/0000:00:03.0/usb1/1-1/descriptors [hex] --
12010002
-- files/sys/devices/pci0000:00/0000:00:03.0/usb1/1-1/1-1:1.0/bInterfaceClass --
03
-- files/sys/devices/pci0000:00/0000:00:03.0/usb1/1-1/1-1:1.0/driver -> ../../../../../../../bus/usb/drivers/usbhid --
-- files/sys/devices/pci0000:00/0000:00:03.0/usb1/1-1/1-1:1.0/0003:046D:C31C.0001/uevent --
HID_NAME=Keyboard
HID_UNIQ=5C&A1B2C3D4
-- files/sys/class/net/enx3c5282aabbcc -> ../../devices/pci0000:00/0000:00:04.0/net/enx3c5282aabbcc --
-- files/sys/devices/pci0000:00/0000:00:04.0/driver -> ../../../bus/pci/drivers/r8169 --
-- files/sys/devices/pci0000:00/0000:00:04.0/net/enx3c5282aabbcc/type --
1
-- files/sys/devices/pci0000:00/0000:00:04.0/net/enx3c5282aabbcc/device -> ../../../0000:00:04.0 --
-- files/sys/class/drm/card0-HDMI-A-1/status --
connected
-- files/sys/class/drm/card0-HDMI-A-1/edid [hex] --
` + edidText + `
-- files/proc/net/route --
Iface	Destination	Gateway 	Flags
enx3c5282aabbcc	00000000	0101A8C0	0003
-- files/proc/net/arp --
IP address       HW type     Flags       HW address            Mask     Device
192.168.1.1      0x1         0x2         3c:52:82:11:22:33     *        enx3c5282aabbcc
-- files/var/lib/dpkg/status --
Package: openssh-server
Status: install ok installed
Maintainer: Anne Example <anne@example.com>
Version: 1:9.2

-- processes.yaml --
- {pid: 812, parent: 1, name: frpc, path: /home/anne/bin/frpc, args: [/home/anne/bin/frpc, -c, /home/anne/frpc.ini, --token, s3cr3t-token], uid: 1000, user: anne, started: 2026-11-20T09:12:00.25Z}
- {pid: 1, name: systemd, path: /usr/lib/systemd/systemd, args: [/sbin/init], uid: 0, user: root}
-- sockets.yaml --
- {protocol: tcp, state: listen, local: "0.0.0.0:22", uid: 0}
- {protocol: tcp, state: established, local: "192.168.1.7:22", remote: "198.51.100.77:40000", pid: 812, uid: 0}
- {protocol: tcp, state: established, local: "127.0.0.1:40001", remote: "127.0.0.1:631"}
-- sessions.yaml --
- {id: "2", user: anne, terminal: pts/0, remote: 198.51.100.77, kind: ssh, pid: 812, since: 2026-11-20T08:00:00Z}
-- access_points.yaml --
- {interface: wlan0, bssid: "3c:52:82:44:55:66", ssid: Annes Home}
-- denied.yaml --
sockets: some owners are hidden
-- tools/rpm-packages --
bash	5.2-1	x86_64
`

func rerecord(t *testing.T, h Host, scrub Scrub) (Host, string) {
	t.Helper()
	archive, err := Record(context.Background(), h, scrub, nil)
	if err != nil {
		t.Fatal(err)
	}
	text := txtar.Format(archive)
	again, err := ReadRecording(txtar.Parse(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return again, string(text)
}

// TestRecordGivesTheSameRows records without scrubbing: nothing a sensor reads is lost.
func TestRecordGivesTheSameRows(t *testing.T) {
	was, ctx := read(t, desk), context.Background()
	is, _ := rerecord(t, was, keep)
	same := func(what string, a, b any) {
		if diff := cmp.Diff(a, b, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" {
			t.Errorf("%s (-was +is):\n%s", what, diff)
		}
	}
	same("platform", was.Platform(), is.Platform())
	for _, h := range []struct{ was, is Host }{{was, is}} {
		a, _ := h.was.Processes(ctx)
		b, _ := h.is.Processes(ctx)
		same("processes", a, b)
		c, _ := h.was.Sockets(ctx)
		d, err := h.is.Sockets(ctx)
		same("sockets", c, d)
		if !errors.Is(err, ErrDenied) {
			t.Errorf("that owners were hidden is forgotten: %v", err)
		}
		e, _ := h.was.Sessions(ctx)
		f, _ := h.is.Sessions(ctx)
		same("sessions", e, f)
		g, _ := h.was.AccessPoints(ctx)
		i, _ := h.is.AccessPoints(ctx)
		same("access points", g, i)
		j, _ := h.was.Run(ctx, RPMPackages)
		k, _ := h.is.Run(ctx, RPMPackages)
		same("packages", j, k)
	}
	for _, name := range []string{
		"sys/bus/usb/devices/1-1/serial", "sys/bus/usb/devices/1-1/descriptors", "sys/bus/usb/devices/1-1:1.0/bInterfaceClass",
		"sys/bus/usb/devices/1-1:1.0/0003:046D:C31C.0001/uevent", "sys/class/drm/card0-HDMI-A-1/edid", "sys/class/net/enx3c5282aabbcc/type",
		"proc/net/route", "proc/net/arp",
	} {
		a, errA := fs.ReadFile(was.Files(), name)
		b, errB := fs.ReadFile(is.Files(), name)
		if errA != nil || errB != nil || string(a) != string(b) {
			t.Errorf("%s was %q, %v; is %q, %v", name, a, errA, b, errB)
		}
	}
	for name, want := range map[string]string{"sys/bus/usb/devices/1-1:1.0/driver": "usbhid", "sys/class/net/enx3c5282aabbcc/device/driver": "r8169", "etc/systemd/system/multi-user.target.wants/ssh.service": "ssh.service"} {
		if target, err := is.Files().ReadLink(name); err != nil || !strings.HasSuffix(target, want) {
			t.Errorf("%s -> %q, %v", name, target, err)
		}
	}
	if _, err := fs.Stat(is.Files(), "sys/bus/usb/devices/1-1/power"); err == nil {
		t.Error("what no sensor reads was recorded")
	}
}

// TestRecordHidesPeople looks for everything of the desk that tells whose it is.
func TestRecordHidesPeople(t *testing.T) {
	was := read(t, desk)
	is, text := rerecord(t, was, pseudonym)
	lower := strings.ToLower(text)
	for _, secret := range []string{"anne", "s3cr3t", "a1b2c3d4", "7xk2m93", "4c4c4544", "198.51.100.77", "192.168.1.", "0101a8c0", "aabbcc", "aa:bb:cc", "11:22:33", "44:55:66", "41424331", "78563412", "8d2f", "maintainer", "frpc.ini"} {
		if strings.Contains(lower, secret) {
			at := strings.Index(lower, secret)
			t.Errorf("%q is in the recording: …%s…", secret, text[max(0, at-60):min(len(text), at+60)])
		}
	}
	for _, kept := range []string{"3c:52:82:", "enx3c5282", "/usr/lib/systemd/systemd", "--token", "127.0.0.1:631", "Package: openssh-server", "ExecStart=/usr/sbin/sshd\n"} {
		if !strings.Contains(text, kept) {
			t.Errorf("%q is missing", kept)
		}
	}
	serial, err := fs.ReadFile(is.Files(), "sys/bus/usb/devices/1-1/serial")
	if err != nil || len(serial) != len("5C&A1B2C3D4\n") || serial[2] != '&' {
		t.Errorf("serial %q, %v: the pattern is lost", serial, err)
	}
	uevent, err := fs.ReadFile(is.Files(), "sys/bus/usb/devices/1-1:1.0/0003:046D:C31C.0001/uevent")
	if err != nil || !strings.Contains(string(uevent), strings.TrimSpace(string(serial))) {
		t.Errorf("the same serial number got two pseudonyms: %q", uevent)
	}
	sockets, _ := is.Sockets(context.Background())
	sessions, _ := is.Sessions(context.Background())
	if len(sockets) != 3 || !sockets[1].Inbound || sockets[1].Remote.Addr().String() != sessions[0].Remote || !sockets[1].Local.Addr().IsPrivate() || sockets[1].Remote.Addr().IsPrivate() {
		t.Errorf("sockets %+v, sessions %+v", sockets, sessions)
	}
}

// TestRecordLive records the machine the test runs on.
func TestRecordLive(t *testing.T) {
	h := New(Options{Now: time.Now})
	is, text := rerecord(t, h, pseudonym)
	processes, err := is.Processes(context.Background())
	if err != nil && !errors.Is(err, ErrDenied) || len(processes) == 0 {
		t.Errorf("%d processes, %v", len(processes), err)
	}
	if is.Platform().OS != h.Platform().OS || is.Platform().OSVersion != h.Platform().OSVersion {
		t.Errorf("platform %+v", is.Platform())
	}
	secrets := []string{h.Platform().BootID}
	if name, err := os.Hostname(); err == nil && len(name) > 5 {
		secrets = append(secrets, name)
	}
	if me, err := user.Current(); err == nil && me.Uid >= "1000" && len(me.Username) > 5 {
		secrets = append(secrets, me.Username)
	}
	for _, secret := range secrets {
		if secret != "" && strings.Contains(text, secret) {
			t.Errorf("%q is in the recording", secret)
		}
	}
}
