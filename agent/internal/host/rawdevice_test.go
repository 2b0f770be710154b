package host

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRawDevices(t *testing.T) {
	above := map[string]Device{}
	for _, d := range []Device{
		{Instance: `HID\VID_046D&PID_C31C&MI_00\8&1F2D3C4B&0&0000`, Parent: `USB\VID_046D&PID_C31C&MI_00\7&1&0&0000`},
		{Instance: `USB\VID_046D&PID_C31C&MI_00\7&1&0&0000`, Parent: `USB\VID_046D&PID_C31C\6&2&0&2`, Capabilities: 0xc0, Location: "PCIROOT(0)#PCI(1400)#USBROOT(0)#USB(2)#USBMI(0)"},
		{Instance: `USB\VID_046D&PID_C31C\6&2&0&2`, Parent: `USB\ROOT_HUB30\4&1&0&0`, Described: "USB Keyboard", Capabilities: 0x84, Location: "PCIROOT(0)#PCI(1400)#USBROOT(0)#USB(2)"},
		{Instance: `USB\ROOT_HUB30\4&1&0&0`, Parent: `PCI\VEN_8086&DEV_A36D\3&1`},
		{Instance: `HID\VID_045E&PID_0922\8&2&0&0000`, Parent: `USB\VID_045E&PID_0922\6&2&0&5`, Friendly: "Surface Keyboard"},
		{Instance: `USB\VID_045E&PID_0922\6&2&0&5`, Parent: `USB\ROOT_HUB30\4&1&0&0`, Capabilities: 0x80, Location: "PCIROOT(0)#PCI(1400)#USBROOT(0)#USB(5)"},
		{Instance: `HID\ELAN0001&COL02\5&1&0&0001`, Parent: `ACPI\ELAN0001\4&1&0`},
		{Instance: `HID\{00001812-0000-1000-8000-00805F9B34FB}_DEV_VID&02046D_PID&B34A_REV&0011_AA\9&1&0&0000`, Parent: `BTHLEDEVICE\{00001812}\8&1`},
		{Instance: `HID\VHF&PID_0001\1&1`, Parent: `ROOT\VHIDMINI\0000`},
		{Instance: `HID\VID_1D6B&PID_0104\8&3&0&0000`, Parent: `USB\VID_1D6B&PID_0104\X`},
		{Instance: `USB\VID_1D6B&PID_0104\X`, Parent: `USB\ROOT_HUB30\9&1`},
		{Instance: `USB\ROOT_HUB30\9&1`, Parent: `ROOT\USBIP_WIN2\0000`},
		{Instance: `HID\RING\1`, Parent: `HID\RING\1`},
	} {
		above[d.Instance] = d
	}
	for _, test := range []struct {
		raw  rawDevice
		want InputDevice
	}{
		{
			rawDevice{kind: rawKeyboard, path: `\\?\HID#VID_046D&PID_C31C&MI_00#8&1f2d3c4b&0&0000#{884b96c3-56ef-11d1-bc8c-00a0c91405dd}`},
			InputDevice{ID: "usb:1400-2:MI_00", Name: "USB Keyboard", Bus: "usb", VendorID: "046d", ProductID: "c31c", Place: InputExternal, USBPort: "1400-2", Can: []string{CanType}},
		},
		{
			rawDevice{kind: rawMouse, path: `\\?\HID#VID_045E&PID_0922#8&2&0&0000#{378de44c-56ef-11d1-bc8c-00a0c91405dd}`},
			InputDevice{ID: "usb:1400-5", Name: "Surface Keyboard", Bus: "usb", VendorID: "045e", ProductID: "0922", Place: InputBuiltIn, USBPort: "1400-5", Can: []string{CanMove}},
		},
		{
			rawDevice{kind: rawHID, page: digitizer, usage: 5, path: `\\?\HID#ELAN0001&Col02#5&1&0&0001#{4d1e55b2-f16f-11cf-88cb-001111000030}`},
			InputDevice{ID: "i2c:ELAN0001&COL02", Bus: "i2c", Place: InputBuiltIn, Can: []string{CanTouchPad}},
		},
		{
			rawDevice{kind: rawKeyboard, path: `\\?\ACPI#PNP0303#4&1d401fb5&0#{884b96c3-56ef-11d1-bc8c-00a0c91405dd}`},
			InputDevice{ID: "serio:PNP0303", Bus: "serio", Place: InputBuiltIn, Can: []string{CanType}},
		},
		{
			rawDevice{kind: rawMouse, path: `\\?\HID#{00001812-0000-1000-8000-00805f9b34fb}_Dev_VID&02046d_PID&b34a_REV&0011_aa#9&1&0&0000#{378de44c-56ef-11d1-bc8c-00a0c91405dd}`},
			InputDevice{ID: "bluetooth:046d:b34a", Bus: "bluetooth", VendorID: "046d", ProductID: "b34a", Place: InputExternal, Can: []string{CanMove}},
		},
		{
			rawDevice{kind: rawKeyboard, path: `\\?\ROOT#RDP_KBD#0000#{884b96c3-56ef-11d1-bc8c-00a0c91405dd}`},
			InputDevice{ID: "remote_desktop:RDP_KBD", Bus: "virtual", Place: InputVirtual, Maker: makerRemoteDesktop, Can: []string{CanType}},
		},
		{
			rawDevice{kind: rawMouse, path: `\\?\HID#VHF&PID_0001#1&1#{378de44c-56ef-11d1-bc8c-00a0c91405dd}`},
			InputDevice{ID: "driver:VHF&PID_0001", ProductID: "0001", Bus: "virtual", Place: InputVirtual, Maker: makerDriver, Can: []string{CanMove}},
		},
		{
			rawDevice{kind: rawMouse, path: `\\?\HID#VID_1D6B&PID_0104#8&3&0&0000#{378de44c-56ef-11d1-bc8c-00a0c91405dd}`},
			InputDevice{ID: "driver:1d6b:0104", VendorID: "1d6b", ProductID: "0104", Bus: "virtual", Place: InputVirtual, Maker: makerDriver, Can: []string{CanMove}},
		},
		{
			rawDevice{kind: rawHID, page: digitizer, usage: 4, path: `\\?\HID#RING#1#{x}`},
			InputDevice{ID: "hid:RING", Bus: "hid", Can: []string{CanTouch}},
		},
		{rawDevice{kind: rawHID, page: 12, usage: 1, path: `\\?\HID#UNKNOWN`}, InputDevice{ID: "hid:UNKNOWN", Bus: "hid"}},
	} {
		if diff := cmp.Diff(test.want, describeRaw(test.raw, above)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.raw.path, diff)
		}
	}
	list := parseRawList(little(uint32(0x10003), uint32(0), uint32(1), uint32(0), uint32(7)))
	if len(list) != 1 || list[0].handle != 0x10003 || list[0].kind != rawKeyboard {
		t.Errorf("%+v", list)
	}
	if page, usage := parseRawUsage(little(uint32(rawAboutSize), uint32(2), uint32(0x46d), uint32(1), uint32(1), uint16(13), uint16(5))); page != 13 || usage != 5 {
		t.Errorf("page %d, usage %d", page, usage)
	}
}
