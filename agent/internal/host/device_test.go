package host

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

const windowsDesk = `
-- platform.yaml --
os: windows
-- devices.yaml --
- instance: USB\VID_0951&PID_1666\60A44C413FAEF3
  hardware: [USB\VID_0951&PID_1666&REV_0110]
  location: PCIROOT(0)#PCI(1400)#USBROOT(0)#USB(2)
  speed_mbps: "5000"
  capabilities: 20
  descriptors: 1201
  installed: 2026-03-02T08:00:00Z
  arrived: 2026-11-02T08:01:02Z
  removed: 2026-11-01T17:00:00Z
- instance: USBSTOR\Disk&Ven_Kingston&Prod_DataTraveler&Rev_PMAP\60A44C413FAEF3&0
  parent: USB\VID_0951&PID_1666\60A44C413FAEF3
- instance: HID\VID_046D&PID_C52B&MI_01&Col01\8&2F1E5A3B&0&0000
  parent: USB\VID_046D&PID_C52B&MI_01\7&1C1B2A3&0&0001
  preparsed: |
    48696450
    204b4452
`

func recorded(t *testing.T, text string) Host {
	t.Helper()
	h, err := ReadRecording(txtar.Parse([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestDevices(t *testing.T) {
	devices, err := recorded(t, windowsDesk).(DeviceTree).Devices(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := Device{
		Instance: `USB\VID_0951&PID_1666\60A44C413FAEF3`, Hardware: []string{`USB\VID_0951&PID_1666&REV_0110`},
		Location: "PCIROOT(0)#PCI(1400)#USBROOT(0)#USB(2)", Speed: "5000", Capabilities: 20, Descriptors: []byte{0x12, 1},
		Installed: time.Date(2026, time.March, 2, 8, 0, 0, 0, time.UTC), Arrived: time.Date(2026, time.November, 2, 8, 1, 2, 0, time.UTC),
		Removed: time.Date(2026, time.November, 1, 17, 0, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, devices[0]); diff != "" || string(devices[2].Preparsed) != "HidP KDR" {
		t.Errorf("(-want +got):\n%s\npreparsed %q", diff, devices[2].Preparsed)
	}
}

func TestDevicesThatAreNotTold(t *testing.T) {
	if _, err := recorded(t, "-- platform.yaml --\nos: linux\n").(DeviceTree).Devices(context.Background()); !errors.Is(err, ErrAbsent) {
		t.Errorf("without devices.yaml: %v, want absent", err)
	}
	for name, rows := range map[string]string{"no instance": "- service: HidUsb\n", "half a byte": "- {instance: x, edid: \"0\"}\n", "unknown": "- {instance: x, serial: y}\n", "no output": "- {instance: x, output: VGA}\n"} {
		if _, err := ReadRecording(txtar.Parse([]byte("-- devices.yaml --\n" + rows))); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A serial number is replaced by the same one in the device and in its disk.
func TestRecordDevices(t *testing.T) {
	again, text := rerecord(t, recorded(t, windowsDesk), pseudonym)
	devices, err := again.(DeviceTree).Devices(context.Background())
	if err != nil || strings.Contains(text, "60A44C413FAEF3") {
		t.Fatalf("%v, recorded as\n%s", err, text)
	}
	serial := devices[0].Instance[len(`USB\VID_0951&PID_1666\`):]
	if devices[1].Parent != devices[0].Instance || !strings.HasSuffix(devices[1].Instance, `\`+serial+"&0") {
		t.Errorf("%+v is not the disk of %s", devices[1], devices[0].Instance)
	}
	if devices[2].Instance != `HID\VID_046D&PID_C52B&MI_01&Col01\8&2F1E5A3B&0&0000` {
		t.Errorf("instance %s, want it as Windows made it up", devices[2].Instance)
	}
	same, _ := rerecord(t, recorded(t, windowsDesk), keep)
	kept, _ := same.(DeviceTree).Devices(context.Background())
	first, _ := recorded(t, windowsDesk).(DeviceTree).Devices(context.Background())
	if diff := cmp.Diff(first, kept); diff != "" {
		t.Errorf("recorded without a scrub (-first +again):\n%s", diff)
	}
}

// Of the registry only known properties are kept, and serial numbers of none.
func TestRecordRegistry(t *testing.T) {
	mac := `
-- platform.yaml --
os: darwin
-- tools/ioreg-usb --
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><array><dict>
<key>IOPlatformSerialNumber</key><string>C02XK1ABJG5H</string>
<key>Secrets</key><dict><key>idVendor</key><integer>7</integer></dict>
<key>UsbDeviceSignature</key><data>UQlmFgEQNjBBNDRDNDEzRkFFRjM=</data>
<key>idVendor</key><integer>2385</integer>
<key>USB Product Name</key><string>Data &amp; Traveler</string>
<key>USB Serial Number</key><string>60A44C413FAEF3</string>
<key>IORegistryEntryChildren</key><array><dict><key>bInterfaceClass</key><integer>8</integer></dict></array>
</dict></array></plist>
`
	again, text := rerecord(t, recorded(t, mac), pseudonym)
	output, err := again.Run(context.Background(), IORegUSB)
	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{"C02XK1ABJG5H", "60A44C413FAEF3", "UQlmFgEQ", "Secrets", "<integer>7<"} {
		if strings.Contains(text, gone) {
			t.Errorf("%s was recorded", gone)
		}
	}
	for _, kept := range []string{"<key>idVendor</key><integer>2385</integer>", "Data &amp; Traveler", "<key>USB Serial Number</key>", "<key>bInterfaceClass</key><integer>8</integer>"} {
		if !strings.Contains(string(output), kept) {
			t.Errorf("%s is missing in\n%s", kept, output)
		}
	}
	bad := strings.Replace(mac, "<array>", strings.Repeat("<array>", 70), 1)
	if _, text := rerecord(t, recorded(t, bad), pseudonym); strings.Contains(text, "ioreg") {
		t.Error("a registry deeper than any was recorded")
	}
}
