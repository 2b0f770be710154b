package sensor

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// gadget is a keyboard, absolute pointer and disk at port 1-2.1, with a hub above.
const gadget = `
-- files/sys/bus/usb/devices/usb1 -> ../../../devices/pci0000:00/0000:00:14.0/usb1 --
-- files/sys/bus/usb/devices/1-2 -> ../../../devices/pci0000:00/0000:00:14.0/usb1/1-2 --
-- files/sys/bus/usb/devices/1-2.1 -> ../../../devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1 --
-- files/sys/bus/usb/devices/1-2.1:1.0 -> ../../../devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/1-2.1:1.0 --
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/idVendor --
1d6b
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/serial --
0000:00:14.0
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/bDeviceClass --
09
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/idVendor --
05e3
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/idVendor --
1D6B
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/idProduct --
0104
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/version --
 2.00
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/product --
A gadget
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/serial --
CAFEBABE
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/speed --
480
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/bMaxPower --
250mA
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/bmAttributes --
a0
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/bDeviceClass --
00
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/bConfigurationValue --
1
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/descriptors [hex] --
12010002000000406b1d04010001010203 01
09026b00040100a07d
090400000103010104 092101010001224100 07058103080004
090401000103000006 092101010001224900 07058503070004
090402000103010208 092101010001223d00 07058603050004
09040300020806500a 07058b02000200 07050202000201
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/1-2.1:1.0/bInterfaceNumber --
00
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/1-2.1:1.0/interface --
HID Interface
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/1-2.1:1.0/driver -> ../../../../../../../bus/usb/drivers/usbhid --
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/1-2.1:1.0/0003:1D6B:0104.0001/report_descriptor [hex] --
05010906a101050719e029e71500250175019508810295017508810195057501050819012905910295017503910195067508150026ff00050719002aff008100c0
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/1-2.1:1.1/interface --
HID Interface
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/1-2.1:1.1/0003:1D6B:0104.0002/report_descriptor [hex] --
05010902a1010901a1000509190129081500250195087501810205010930093116000026ff7f75109502810209381581257f750895018106050c0a38021581257f750895018106c0c0
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/1-2.1:1.3/interface --
Mass Storage
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/1-2.1:1.3/host0/target0:0:0/0:0:0:0/vendor --
PiKVM   
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/1-2.1:1.3/host0/target0:0:0/0:0:0:0/model --
Flash Drive     
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/1-2.1:1.3/host0/target0:0:0/0:0:0:1/vendor --
PiKVM   
-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/1-2.1:1.3/host0/target0:0:0/0:0:0:1/model --
Optical Drive   
`

func TestUSB(t *testing.T) {
	rows, coverage := Look(context.Background(), machine(t, gadget), USB())
	if coverage.State != finding.CoverageOK || len(rows) != 3 {
		t.Fatalf("%d rows, coverage %+v", len(rows), coverage)
	}
	got := map[string]map[string]string{}
	for _, row := range rows {
		got[row.Columns["port"]] = row.Columns
	}
	if hub := got["usb1"]; hub["serial"] != "" || hub["serial_kind"] != "none" || hub["parent_hub"] != "" {
		t.Errorf("root hub: %v; its serial number is its address and tells nothing", hub)
	}
	if hub := got["1-2"]; hub["parent_hub"] != "usb1" || hub["interfaces"] != "" {
		t.Errorf("hub: %v", hub)
	}
	want := map[string]string{
		"port": "1-2.1", "parent_hub": "1-2", "vendor_id": "1d6b", "product_id": "0104", "bcd_usb": "2.00",
		"product": "A gadget", "serial": "CAFEBABE", "serial_kind": "kvm_default", "speed_mbps": "480", "max_power_ma": "250",
		"configuration_attributes": "a0", "remote_wakeup": "true", "device_class": "00",
		"interfaces":        "03/01/01 03/00/00 03/01/02 08/06/50",
		"interface_strings": "HID Interface; Mass Storage", "drivers": "usbhid - - -",
		"has_boot_keyboard": "true", "has_absolute_pointer": "true", "has_relative_pointer": "false",
		"has_storage": "true", "has_network": "false", "has_audio": "false", "has_video": "false", "has_serial": "false",
		"has_vendor_interface": "false", "has_smartcard": "false", "has_phone_class": "false",
		"hid_descriptors": "5333cc3a23db1dd7 3a71a5a23705ee80", "hid_descriptor_lengths": "65 73 61", "hid_usages": "01:06 01:02",
		"hid_capabilities": "c38d030197a76e1f c0c19ade7bfb43ab",
		"hid_bcd":          "1.01", "hid_complete": "false", "pointer_logical_max": "32767", "hid_packet_matches_report": "true",
		"scsi_inquiry": "PiKVM   Flash Drive; PiKVM   Optical Drive", "virtual_bus": "false",
	}
	if diff := cmp.Diff(want, got["1-2.1"]); diff != "" {
		t.Errorf("gadget (-want +got):\n%s", diff)
	}
}

// Where the raw descriptors are not kept, the kernel's folders tell.
func TestUSBWithoutDescriptors(t *testing.T) {
	text := strings.NewReplacer(
		"1-2.1/descriptors [hex] --\n12010002000000406b1d04010001010203 01\n", "1-2.1/other [hex] --\n",
		"1-2.1:1.0/bInterfaceNumber --\n00\n", "1-2.1:1.0/bInterfaceClass --\n03\n-- files/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/1-2.1:1.0/bInterfaceSubClass --\n01\n",
	).Replace(gadget)
	rows, coverage := Look(context.Background(), machine(t, text), USB())
	if coverage.State != finding.CoverageOK {
		t.Fatalf("coverage %+v", coverage)
	}
	for _, row := range rows {
		if row.Columns["port"] == "1-2.1" && row.Columns["interfaces"] != "03/01/00 00/00/00 00/00/00" {
			t.Errorf("interfaces %q", row.Columns["interfaces"])
		}
	}
}

func TestUSBKeepsWhatItUnderstood(t *testing.T) {
	text := strings.Replace(gadget, "750895018106c0c0", "750895018106c0c0c0", 1)
	text = strings.Replace(text, "07050202000201", "00", 1)
	rows, coverage := Look(context.Background(), machine(t, text), USB())
	if coverage.State != finding.CoverageFailed || !strings.Contains(coverage.Detail, "USB device 1-2.1: USB descriptors, offset 118") {
		t.Errorf("coverage %+v", coverage)
	}
	for _, row := range rows {
		if row.Columns["port"] == "1-2.1" && (row.Columns["has_absolute_pointer"] != "true" || row.Columns["has_storage"] != "true") {
			t.Errorf("row beside the error: %v", row.Columns)
		}
	}
}

// TestUSBNamedOften: a device that names one function as often as its
// descriptors have room for has it once, with its report read once.
func TestUSBNamedOften(t *testing.T) {
	descriptors := "1201000200000040 6d041cc3000100000001 0902ffff01010080fa" + strings.Repeat("090400000003010100", 7000)
	report := strings.Repeat("a101c0", 1365) // as many collections as fit
	rows, _ := Look(context.Background(), machine(t, `
-- files/sys/bus/usb/devices/1-1/idVendor --
046d
-- files/sys/bus/usb/devices/1-1/descriptors [hex] --
`+descriptors+`
-- files/sys/bus/usb/devices/1-1/1-1:1.0/0003:046D:C31C.0001/report_descriptor [hex] --
`+report+`
`), USB())
	if len(rows) != 1 || rows[0].Columns["interfaces"] != "03/01/01" || rows[0].Columns["hid_descriptor_lengths"] != "4095" {
		t.Fatalf("rows %v", rows)
	}
}

func TestUSBCoverage(t *testing.T) {
	for name, c := range map[string]struct {
		machine string
		want    finding.CoverageState
	}{
		"no sysfs": {"", finding.CoverageAbsent},
		"Windows":  {"-- platform.yaml --\nos: windows\n", finding.CoverageAbsent},
		"no bus":   {"-- files/sys/bus/usb/devices/ --\n", finding.CoverageOK},
		"a gadget": {gadget, finding.CoverageOK},
	} {
		if _, coverage := Look(context.Background(), machine(t, c.machine), USB()); coverage.State != c.want {
			t.Errorf("%s: coverage %+v, want %s", name, coverage, c.want)
		}
	}
	if _, coverage := Look(context.Background(), forbidden{machine(t, gadget)}, USB()); coverage.State != finding.CoverageDenied {
		t.Errorf("reports that may not be read: coverage %+v, want denied", coverage)
	}
}

// forbidden is a host that lets nobody read report descriptors.
type forbidden struct{ host.Host }

func (f forbidden) Files() host.FS { return forbiddenFS{f.Host.Files()} }

type forbiddenFS struct{ host.FS }

func (f forbiddenFS) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, "/report_descriptor") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return f.FS.Open(name)
}

func TestUSBMadeByAProgram(t *testing.T) {
	const link = "-- files/sys/bus/hid/devices/%s -> ../../../devices/%s --\n"
	const report = "-- files/sys/devices/virtual/misc/uhid/%s/report_descriptor [hex] --\n05010902a1010930093115 81257f750895028106c0\n"
	text := fmt.Sprintf(link, "0003:413C:2107.0002", "virtual/misc/uhid/0003:413C:2107.0002") + fmt.Sprintf(report, "0003:413C:2107.0002") +
		"-- files/sys/devices/virtual/misc/uhid/0003:413C:2107.0002/uevent --\nHID_NAME=Dell Mouse\nHID_UNIQ=\n" +
		fmt.Sprintf(link, "0005:046D:B342.0003", "virtual/misc/uhid/0005:046D:B342.0003") + fmt.Sprintf(report, "0005:046D:B342.0003") +
		fmt.Sprintf(link, "0003:046D:C31C.0004", "pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/0003:046D:C31C.0004")
	rows, coverage := Look(context.Background(), machine(t, "-- files/sys/bus/usb/devices/ --\n"+text), USB())
	if coverage.State != finding.CoverageOK || len(rows) != 1 {
		t.Fatalf("rows %v, coverage %+v; a Bluetooth and a plugged keyboard are not made by a program", rows, coverage)
	}
	row := rows[0].Columns
	if row["port"] != "uhid-0003:413C:2107.0002" || row["product"] != "Dell Mouse" || row["virtual_bus"] != "true" || row["has_relative_pointer"] != "true" || row["vendor_id"] != "413c" {
		t.Errorf("row %v", row)
	}
}

func TestSerialKind(t *testing.T) {
	for serial, want := range map[string]string{
		"": "none", "CAFEBABE": "kvm_default", "6b65796d696d6570690": "kvm_default",
		"3&1a2b3c4&0&1": "windows_instance", "0123456789ABCDEF": "placeholder", "0123456789": "placeholder",
		"123456789": "placeholder", "000000000000": "placeholder", "0376521120008912": "plain", "1": "plain",
	} {
		if got := serialKind(serial); got != want {
			t.Errorf("%q is %s, want %s", serial, got, want)
		}
	}
}

func TestUSBClasses(t *testing.T) {
	for name, c := range map[string]struct {
		function usbFunction
		want     func(usbDevice) bool
	}{
		"NCM":               {usbFunction{class: 2, subclass: 0x0d}, func(d usbDevice) bool { return d.Network && !d.SerialPort }},
		"serial port":       {usbFunction{class: 2, subclass: 2, protocol: 1}, func(d usbDevice) bool { return d.SerialPort && !d.Network }},
		"RNDIS as a modem":  {usbFunction{class: 2, subclass: 2, protocol: 0xff}, func(d usbDevice) bool { return d.Network && !d.SerialPort }},
		"RNDIS":             {usbFunction{class: 0xe0, subclass: 1, protocol: 3}, func(d usbDevice) bool { return d.Network }},
		"Bluetooth":         {usbFunction{class: 0xe0, subclass: 1, protocol: 1}, func(d usbDevice) bool { return !d.Network }},
		"RNDIS elsewhere":   {usbFunction{class: 0xef, subclass: 4, protocol: 1}, func(d usbDevice) bool { return d.Network }},
		"file transfer":     {usbFunction{class: 6, subclass: 1, protocol: 1}, func(d usbDevice) bool { return d.Phone }},
		"file transfer too": {usbFunction{class: 0xff, subclass: 0xff, name: "MTP"}, func(d usbDevice) bool { return d.Phone && !d.Vendor }},
		"debugging":         {usbFunction{class: 0xff, subclass: 0x42, protocol: 1}, func(d usbDevice) bool { return d.Phone && !d.Vendor }},
		"maker's own":       {usbFunction{class: 0xff}, func(d usbDevice) bool { return d.Vendor && !d.Phone }},
		"camera":            {usbFunction{class: 0x0e, subclass: 1}, func(d usbDevice) bool { return d.Video }},
		"sound":             {usbFunction{class: 1, subclass: 2}, func(d usbDevice) bool { return d.Audio }},
		"smart card":        {usbFunction{class: 0x0b}, func(d usbDevice) bool { return d.SmartCard }},
		"disk":              {usbFunction{class: 8, subclass: 6, protocol: 0x50}, func(d usbDevice) bool { return d.Storage }},
		"boot keyboard":     {usbFunction{class: 3, subclass: 1, protocol: 1}, func(d usbDevice) bool { return d.Keyboard }},
		"keyboard unread":   {usbFunction{class: 3, protocol: 1}, func(d usbDevice) bool { return d.Keyboard }},
		"media keys":        {usbFunction{class: 3, protocol: 1, report: &parse.HIDDescriptor{}}, func(d usbDevice) bool { return !d.Keyboard }},
		"boot mouse":        {usbFunction{class: 3, subclass: 1, protocol: 2}, func(d usbDevice) bool { return !d.Keyboard && !d.Relative }},
	} {
		var d usbDevice
		d.addFunction(c.function)
		if !c.want(d) {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestVirtualBus(t *testing.T) {
	for target, want := range map[string]bool{
		"../../../devices/pci0000:00/0000:00:14.0/usb1/1-1":  false,
		"../../../devices/platform/vhci_hcd.0/usb5/5-1":      true,
		"../../../devices/platform/dummy_hcd.0/usb3/3-1":     true,
		"../../../devices/platform/soc/xhci-hcd.0/usb1/1-1":  false,
		"../../../devices/virtual/misc/uhid/0003:1:2.0":      true,
		"../../../devices/pci0000:00/0000:00:1d.0/usb2/2-1.": false,
	} {
		if got := host.MadeBySoftware(target); got != want {
			t.Errorf("%s: %v", target, got)
		}
	}
}

func BenchmarkUSB(b *testing.B) {
	h, s := machine(b, gadget), USB()
	for b.Loop() {
		if _, err := s.Collect(context.Background(), h); err != nil {
			b.Fatal(err)
		}
	}
}
