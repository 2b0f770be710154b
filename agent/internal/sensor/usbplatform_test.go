package sensor

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// plugged is a KVM behind a hub, a receiver of several collections in one
// function, a stick and a built-in camera.
var plugged = parsetest.Machine{Devices: []parsetest.USBDevice{
	{
		Port: "1-2", Vendor: 0x05e3, Product: 0x0610, Release: 0x0663, Class: 9, Protocol: 1, Name: "USB2.1 Hub", Speed: "480",
		Functions: []parsetest.USBFunction{{Class: 9, Driver: "hub", Packet: 1}},
	},
	{
		Port: "1-2.1", Vendor: 0x1d6b, Product: 0x0104, Release: 0x0100, Maker: "PiKVM", Name: "PiKVM Composite Device", Serial: "CAFEBABE",
		Speed: "480", MaxPower: 250, Attributes: 0xa0,
		Functions: []parsetest.USBFunction{
			parsetest.Input(1, 1, parsetest.Report("pikvm.keyboard"), 8), parsetest.Input(0, 0, parsetest.Report("pikvm.mouse_abs_hwheel"), 7),
			parsetest.Storage(parsetest.USBDisk{Vendor: "PiKVM", Product: "Optical Drive", Revision: "1.00", Optical: true}),
		},
	},
	{
		Port: "1-3", Vendor: 0x046d, Product: 0xc52b, Release: 0x2411, Maker: "Logitech", Name: "USB Receiver", Speed: "12", MaxPower: 98, Attributes: 0xa0,
		Functions: []parsetest.USBFunction{
			{Class: 3, SubClass: 1, Protocol: 1, Driver: "usbhid", Release: 0x0111, Report: parsetest.Report("nanokvm.keyboard_hidonly"), Packet: 8},
			{Class: 3, SubClass: 1, Protocol: 2, Driver: "usbhid", Release: 0x0111, Report: parsetest.Report("receiver.mouse"), Packet: 8},
		},
	},
	{
		Port: "1-4", Vendor: 0x0951, Product: 0x1666, Release: 0x0110, Maker: "Kingston", Name: "DataTraveler 3.0", Serial: "60A44C413FAEF3B0", Speed: "480",
		Functions: []parsetest.USBFunction{{Class: 8, SubClass: 6, Protocol: 0x50, Driver: "usb-storage", Packet: 512, OutPacket: 512, Disks: []parsetest.USBDisk{{Vendor: "Kingston", Product: "DataTraveler 3.0", Revision: "PMAP"}}}},
	},
	{
		Port: "1-6", Vendor: 0x0c45, Product: 0x6732, Release: 0x6906, Class: 0xef, SubClass: 2, Protocol: 1, Name: "Integrated_Webcam_HD", Speed: "480", BuiltIn: true,
		Functions: []parsetest.USBFunction{{Class: 0x0e, SubClass: 1, Name: "Integrated_Webcam_HD"}, {Class: 0x0e, SubClass: 2}},
	},
}}

// devicesOf gives the rows of a recorded machine by their numbers.
func devicesOf(t *testing.T, archive *txtar.Archive) map[string]map[string]string {
	t.Helper()
	h, err := host.ReadRecording(archive)
	if err != nil {
		t.Fatal(err)
	}
	rows, coverage := Look(context.Background(), h, USB())
	if coverage.State != finding.CoverageOK {
		t.Errorf("coverage %+v", coverage)
	}
	found := map[string]map[string]string{}
	for _, row := range rows {
		found[row.Columns["vendor_id"]+":"+row.Columns["product_id"]] = row.Columns
	}
	return found
}

// What a system tells is what Linux tells; what it does not is left out and never "false".
func TestUSBOnThreePlatforms(t *testing.T) {
	linux := devicesOf(t, plugged.Linux())
	if len(linux) != len(plugged.Devices) {
		t.Fatalf("%d devices on Linux", len(linux))
	}
	for system, c := range map[string]struct {
		archive *txtar.Archive
		unknown []string
		port    func(port string) string
	}{
		"Windows": {plugged.Windows(), []string{"bcd_usb", "max_power_ma", "configuration_attributes", "remote_wakeup", "hid_bcd", "hid_descriptors", "hid_descriptor_lengths"}, func(port string) string {
			return strings.Replace(strings.Replace(port, "1-", "1400-", 1), "usb1", "usb1400", 1)
		}},
		"macOS": {plugged.MacOS(), []string{"max_power_ma", "configuration_attributes", "remote_wakeup", "hid_bcd"}, func(port string) string {
			return strings.Replace(strings.Replace(port, "1-", "14-", 1), "usb1", "usb14", 1)
		}},
	} {
		there := devicesOf(t, c.archive)
		for id, row := range linux {
			want, got := maps.Clone(row), there[id]
			for _, column := range append(c.unknown, "drivers") {
				delete(want, column)
			}
			if want["hid_usages"] != "" {
				delete(want, "hid_packet_matches_report")
			}
			want["port"], want["parent_hub"] = c.port(row["port"]), c.port(row["parent_hub"])
			if system == "Windows" {
				delete(got, "drivers")
				if want["hid_usages"] == "" { // Windows has the maker's name from input devices alone
					delete(want, "manufacturer")
				}
				if !strings.Contains(want["interfaces"], " ") && want["device_class"] == "00" {
					delete(want, "device_class") // Windows says the class of the only function
				}
				if want["interface_strings"] == want["product"] {
					delete(want, "interface_strings")
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, %s (-Linux +%s):\n%s", system, id, system, diff)
			}
		}
	}
}

// Where the hub handed out the raw descriptors, Windows tells nearly all.
func TestUSBOnWindowsWithDescriptors(t *testing.T) {
	nodes := plugged.Devices[1].WindowsNodes()
	nodes[0].Descriptors = hexText(plugged.Devices[1].Descriptors())
	row := devicesOf(t, onWindows(nodes...))["1d6b:0104"]
	want := map[string]string{
		"hid_bcd": "1.01", "hid_packet_matches_report": "true", "max_power_ma": "250", "configuration_attributes": "a0", "remote_wakeup": "true",
		"bcd_usb": "2.00", "hid_descriptor_lengths": "65 73", "interfaces": "03/01/01 03/00/00 08/06/50", "interface_strings": "HID Interface; Mass Storage",
		"device_class": "00", "hid_complete": "true", "drivers": "HidUsb HidUsb USBSTOR",
	}
	for column, value := range want {
		if row[column] != value {
			t.Errorf("%s is %q, want %q", column, row[column], value)
		}
	}
}

func hexText(b []byte) string {
	var text strings.Builder
	for _, c := range b {
		text.WriteString(string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]))
	}
	return text.String()
}

func onWindows(nodes ...parsetest.Node) *txtar.Archive {
	return &txtar.Archive{Files: []txtar.File{
		{Name: "platform.yaml", Data: []byte("os: windows\n")}, {Name: "devices.yaml", Data: parsetest.Devices(nodes...)},
	}}
}

// What stands in place of a serial number is told by the device's capabilities alone.
func TestSerialOnWindows(t *testing.T) {
	for name, c := range map[string]struct {
		instance     string
		capabilities uint32
		serial, kind string
	}{
		"its own":                       {`60A44C413FAEF3`, 0x14, "60A44C413FAEF3", "plain"},
		"made up by Windows":            {`5&2C4B8A9&0&2`, 0x04, "", "none"},
		"written as Windows makes them": {`3&1A2B3C4&0&1`, 0x14, "3&1A2B3C4&0&1", "windows_instance"},
		"nobody knows":                  {`3&1A2B3C4&0&1`, 0, "", ""},
		"plain, capabilities unknown":   {`6b65796d696d6570690`, 0, "6b65796d696d6570690", "kvm_default"},
	} {
		row := devicesOf(t, onWindows(parsetest.Node{Instance: `USB\VID_1D6B&PID_0104\` + c.instance, Capabilities: c.capabilities}))["1d6b:0104"]
		if row["serial"] != c.serial || row["serial_kind"] != c.kind {
			t.Errorf("%s: %q of kind %q, want %q of kind %q", name, row["serial"], row["serial_kind"], c.serial, c.kind)
		}
		if row["port"] != "unplaced-0" || row["virtual_bus"] != "false" {
			t.Errorf("%s: port %q, virtual %q", name, row["port"], row["virtual_bus"])
		}
	}
}

// A device that hangs on no hub is made by software, wherever that says it is.
func TestVirtualBusOnWindows(t *testing.T) {
	for parent, want := range map[string]string{`ROOT\SYSTEM\0001`: "true", `SWD\USBIP\1`: "true", parsetest.WindowsRoot: "false", "": "false"} {
		if row := devicesOf(t, onWindows(parsetest.Node{Instance: `USB\VID_045E&PID_028E\1`, Parent: parent}))["045e:028e"]; row["virtual_bus"] != want {
			t.Errorf("below %q: %q, want %s", parent, row["virtual_bus"], want)
		}
	}
}

// A collection that Windows did not hand out, or in which it is not understood, makes a function incomplete or the look failed, and never clean.
func TestUSBOnWindowsIncomplete(t *testing.T) {
	nodes := plugged.Devices[2].WindowsNodes()
	for i := range nodes {
		if strings.Contains(nodes[i].Instance, "&Col02") {
			nodes[i].Preparsed = ""
		}
	}
	if row := devicesOf(t, onWindows(nodes...))["046d:c52b"]; row["hid_complete"] != "false" || row["has_relative_pointer"] != "true" || row["has_boot_keyboard"] != "true" {
		t.Errorf("without one collection: %v", row)
	}
	bare := plugged.Devices[1]
	bare.Functions = []parsetest.USBFunction{{Class: 3, SubClass: 1, Protocol: 1, Driver: ""}, {Class: 8, SubClass: 6, Protocol: 0x50}}
	if row := devicesOf(t, onWindows(bare.WindowsNodes()...))["1d6b:0104"]; row["hid_complete"] != "false" || row["has_boot_keyboard"] != "true" || row["has_storage"] != "true" {
		t.Errorf("without any collection: %v", row)
	}
	alone := parsetest.Node{Instance: `USB\VID_1D6B&PID_0104\1`, Compatible: []string{`USB\DevClass_00`, `USB\COMPOSITE`}}
	if row := devicesOf(t, onWindows(alone))["1d6b:0104"]; row["interfaces"] != "" || row["hid_complete"] != "false" {
		t.Errorf("without any function: %v", row)
	}
	nodes[2].Preparsed = nodes[2].Preparsed[:200]
	h, err := host.ReadRecording(onWindows(nodes...))
	if err != nil {
		t.Fatal(err)
	}
	rows, coverage := Look(context.Background(), h, USB())
	if coverage.State != finding.CoverageFailed || len(rows) != 1 || !strings.HasPrefix(coverage.Detail, "USB device 1400-3: HID preparsed data: offset") {
		t.Errorf("%d rows, coverage %+v", len(rows), coverage)
	}
}

func TestUSBOnMacOSIncomplete(t *testing.T) {
	mac := plugged.MacOS()
	text := func(edit *strings.Replacer) string { return edit.Replace(string(txtar.Format(mac))) }
	for name, c := range map[string]struct {
		edit *strings.Replacer
		want finding.CoverageState
	}{
		"no input devices":   {strings.NewReplacer("tools/ioreg-hid", "files/ioreg-hid"), finding.CoverageAbsent},
		"nothing":            {strings.NewReplacer("tools/ioreg-usb", "files/ioreg-usb"), finding.CoverageAbsent},
		"not a list":         {strings.NewReplacer("<plist version=\"1.0\">", "<plist"), finding.CoverageFailed},
		"a broken report":    {strings.NewReplacer("BQEJBqEB", "wMAJBqEB"), finding.CoverageFailed},
		"no children at all": {strings.NewReplacer("IORegistryEntryChildren", "Other"), finding.CoverageOK},
	} {
		h, err := host.ReadRecording(txtar.Parse([]byte(text(c.edit))))
		if err != nil {
			t.Fatal(err)
		}
		rows, coverage := Look(context.Background(), h, USB())
		if coverage.State != c.want {
			t.Errorf("%s: coverage %+v, want %s", name, coverage, c.want)
		}
		for _, row := range rows { // the class triplets stand in the signature too
			if row.Columns["vendor_id"] == "1d6b" && (row.Columns["has_boot_keyboard"] != "true" || row.Columns["has_storage"] != "true" || row.Columns["interfaces"] != "03/01/01 03/00/00 08/06/50") {
				t.Errorf("%s: %v", name, row.Columns)
			}
		}
	}
}

func TestPortsElsewhere(t *testing.T) {
	for location, want := range map[string]string{
		"PCIROOT(0)#PCI(1400)#USBROOT(0)#USB(2)":                  "1400-2",
		"PCIROOT(0)#PCI(1C00)#PCI(0000)#USBROOT(0)#USB(2)#USB(1)": "1C00/0000-2.1",
		"PCIROOT(0)#PCI(1400)#USBROOT(1)#USB(3)":                  "1400/1-3",
		"PCIROOT(0)#PCI(1400)":                                    "",
		"":                                                        "",
	} {
		if got := host.LocationPort(location); got != want {
			t.Errorf("%s is %q, want %q", location, got, want)
		}
	}
	for location, want := range map[uint64]string{0x14200000: "14-2", 0x14210000: "14-2.1", 0x011a3000: "01-1.10.3", 0x14000000: "14-0"} {
		if got := registryPort(location); got != want {
			t.Errorf("%#x is %q, want %q", location, got, want)
		}
	}
}

func TestInquiryOnWindows(t *testing.T) {
	for hardware, want := range map[string]string{
		`USBSTOR\DiskPiKVM___Flash_Drive_____1.00`:  "PiKVM   Flash Drive",
		`USBSTOR\DiskNanoKVM_USB_Mass_Storage0520`:  "NanoKVM USB Mass Storage",
		`SCSI\DiskLinux___File-Stor_Gadget0601`:     "Linux   File-Stor Gadget",
		`USBSTOR\CdRomPiKVM___Optical_Drive___1.00`: "PiKVM   Optical Drive",
		`USBSTOR\CdRomCorsair_GENERIC_________1.00`: "Corsair GENERIC",
		`USBSTOR\GenDisk`:                           "A Disk",
	} {
		if got := treeInquiry(host.Device{Hardware: []string{hardware}, Friendly: "A Disk USB Device"}); got != want {
			t.Errorf("%s is %q, want %q", hardware, got, want)
		}
	}
}
