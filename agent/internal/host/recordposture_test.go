package host

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"time"
)

const closedLaptop = `A closed laptop with a camera and a fingerprint reader that Anne uses.
-- platform.yaml --
os: linux
-- files/sys/class/video4linux/video0 -> ../../devices/pci0000:00/usb1/1-6/1-6:1.0/video4linux/video0 --
-- files/sys/devices/pci0000:00/usb1/1-6/1-6:1.0/video4linux/video0/name --
Camera
-- files/sys/devices/pci0000:00/usb1/1-6/1-6:1.0/video4linux/video0/device -> ../../../1-6:1.0 --
-- files/sys/devices/pci0000:00/usb1/1-6/1-6:1.0/driver -> ../../../../../bus/usb/drivers/uvcvideo --
-- files/sys/bus/usb/drivers/uvcvideo/module -> ../../../../module/uvcvideo --
-- files/sys/module/uvcvideo/refcnt --
1
-- files/sys/power/suspend_stats/success --
4
-- files/proc/uptime --
900.00 1.00
-- files/proc/bus/input/devices --
N: Name="Annes mouse"
U: Uniq=a1:b2:c3:d4:e5:f6
B: SW=1

-- files/usr/lib/udev/hwdb.d/60-autosuspend-fingerprint-reader.hwdb --
# Supported by libfprint driver synaptics
usb:v06CBp00BD*
 ID_AUTOSUSPEND=1
-- files/var/lib/fprint/anne/synaptics/0/7 --
a fingerprint
-- held.yaml --
lid: 30h
mains: 1h30m
`

// What the sensor of posture reads is recorded, and nothing of who is enrolled.
func TestRecordPosture(t *testing.T) {
	is, text := rerecord(t, read(t, closedLaptop), pseudonym)
	for name, want := range map[string]string{
		"sys/class/video4linux/video0/name": "Camera\n", "sys/module/uvcvideo/refcnt": "1\n", "sys/power/suspend_stats/success": "4\n",
		"proc/uptime": "900.00 1.00\n", "proc/bus/input/devices": "B: SW=1\n\n",
		"usr/lib/udev/hwdb.d/60-autosuspend-fingerprint-reader.hwdb": "usb:v06CBp00BD*\n",
	} {
		if got, err := fs.ReadFile(is.Files(), name); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v, want %q", name, got, err, want)
		}
	}
	if module, err := is.Files().ReadLink("sys/class/video4linux/video0/device/driver/module"); err != nil || !strings.HasSuffix(module, "/uvcvideo") {
		t.Errorf("the camera's module is %q, %v", module, err)
	}
	if people, err := fs.ReadDir(is.Files(), "var/lib/fprint"); err != nil || len(people) != 1 || people[0].Name() != "somebody" {
		t.Errorf("enrolled are %v, %v", people, err)
	}
	for _, secret := range []string{"anne", "Anne", "finger\n", "b2:c3", "synaptics"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in the recording", secret)
		}
	}
}

func TestHeld(t *testing.T) {
	r, ok := read(t, closedLaptop).(Rememberer)
	if !ok {
		t.Fatal("a recording remembers nothing")
	}
	held, err := r.Held(context.Background())
	if err != nil || held["lid"] != 30*time.Hour || held["mains"] != 90*time.Minute {
		t.Errorf("held %v, %v", held, err)
	}
	if _, live := Host(New(Options{Now: time.Now})).(Rememberer); live {
		t.Error("a live machine cannot know what was before")
	}
}
