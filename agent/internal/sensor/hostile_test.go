package sensor

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
)

// attackable are files whose content somebody else decides: a device that is
// plugged in, a package, a neighbour on the network.
var attackable = [...]string{
	"sys/bus/usb/devices/1-1/idVendor", "sys/bus/usb/devices/1-1/product", "sys/bus/usb/devices/1-1/descriptors",
	"sys/bus/usb/devices/1-1/bNumInterfaces", "sys/bus/usb/devices/1-1:1.0/bInterfaceClass",
	"sys/bus/usb/devices/1-1:1.0/0003:1D6B:0104.0001/report_descriptor",
	"sys/class/drm/card0-HDMI-A-1/status", "sys/class/drm/card0-HDMI-A-1/edid",
	"sys/class/net/eth0/type", "sys/class/net/eth0/uevent", "sys/class/net/eth0/flags", "sys/class/net/eth0/mtu", "sys/class/net/eth0/wireless/x",
	"proc/net/route", "proc/net/ipv6_route", "proc/net/arp", "proc/uptime", "proc/self/stat",
	"sys/class/power_supply/BAT0/type", "sys/class/power_supply/BAT0/capacity", "proc/acpi/button/lid/LID0/state",
	"var/lib/dpkg/status", "var/lib/pacman/local/a-1-1/desc", "snap/a/current/meta/snap.yaml",
	"etc/systemd/system/a.service", "home/alice/.config/systemd/user/b.service",
	"etc/environment", "home/alice/.config/kioslaverc", "etc/NetworkManager/system-connections/a.nmconnection", "etc/dconf/db/local",
	"var/log/xrdp-sesman.log", "var/log/anydesk.trace", "home/alice/.bash_history", "var/log/journal/a/b@c.journal", "proc/asound/card0/pcm0c/sub0/status", "home/alice/.vnc/a:1.log", "var/log/syslog",
}

// FuzzHostileFiles puts any bytes into any of these files. No sensor may break,
// and no row or reason may grow without bound.
func FuzzHostileFiles(f *testing.F) {
	for at, content := range []string{
		"Battery\n", "1\n", strings.Repeat("\xff", 300), "Package: a\nStatus: install ok installed\n", "[Service]\nExecStart=\"",
		"\x00\xff\xff\xff\xff\xff\xff\x00", "\x12\x01\x00\x02\xff\xff\xff\x40", "eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000", "-1", "05 01 09 06",
	} {
		f.Add(uint(at), []byte(content))
	}
	often := strings.Repeat("\x09\x04\x00\x00\x00\x03\x01\x01\x00", 7000) // one function, again and again
	f.Add(uint(2), []byte("\x12\x01\x00\x02\x00\x00\x00\x40\x6d\x04\x1c\xc3\x00\x01\x00\x00\x00\x01\x09\x02\xff\xff\x01\x01\x00\x80\xfa"+often))
	f.Add(uint(5), []byte(strings.Repeat("\xa1\x01\xc0", 1365))) // collections
	f.Fuzz(func(t *testing.T, at uint, content []byte) {
		files := fstest.MapFS{}
		for _, name := range attackable {
			files[name] = &fstest.MapFile{Data: []byte("1\n")}
		}
		files[attackable[at%uint(len(attackable))]] = &fstest.MapFile{Data: content}
		h := &disk{files: files}
		for _, s := range All() {
			if s.Watch != nil {
				continue // it lives on packets and has a fuzz target of its own
			}
			rows, coverage := Look(context.Background(), h, s)
			if strings.Contains(coverage.Detail, "broke at") || len(coverage.Detail) > detailLimit+3 {
				t.Fatalf("%s: %s", s.Class, coverage.Detail)
			}
			for _, row := range rows {
				for name, value := range row.Columns {
					if len(value) > attributeLimit {
						t.Fatalf("%s.%s holds %d bytes", s.Class, name, len(value))
					}
				}
			}
		}
	})
}
