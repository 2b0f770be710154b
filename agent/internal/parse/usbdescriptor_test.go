package parse

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The descriptors of a composite gadget: keyboard, absolute and relative mouse, disk.
const gadgetDescriptors = `
120100020000004 06b1d04010001010203 01
09026b0004010 0a07d
0904000001030101 04 092101010001224100 0705810308 0004
0904010001030000 06 092101010001224900 0705850307 0004
0904020001030102 08 092101010001223d00 0705860305 0004
0904030002080650 0a 07058b02000200 07050202000201`

func TestParseUSB(t *testing.T) {
	got, err := ParseUSB(unhex(t, gadgetDescriptors))
	if err != nil {
		t.Fatal(err)
	}
	hid := func(number, sub, protocol, name, endpoint byte, length, packet int) USBInterface {
		return USBInterface{
			Number: number, Class: 3, SubClass: sub, Protocol: protocol, String: name,
			Endpoints: []USBEndpoint{{Address: endpoint, Attributes: 3, MaxPacket: packet, Interval: 4}},
			HID:       &USBHID{Release: 0x101, ReportLength: length},
		}
	}
	want := USBDevice{
		USB: 0x200, Vendor: 0x1d6b, Product: 0x104, Release: 0x100,
		ManufacturerString: 1, ProductString: 2, SerialString: 3,
		Configurations: []USBConfiguration{{
			Value: 1, Attributes: 0xa0, MaxPower: 125,
			Interfaces: []USBInterface{
				hid(0, 1, 1, 4, 0x81, 65, 8), hid(1, 0, 0, 6, 0x85, 73, 7), hid(2, 1, 2, 8, 0x86, 61, 5),
				{Number: 3, Class: 8, SubClass: 6, Protocol: 0x50, String: 10, Endpoints: []USBEndpoint{
					{Address: 0x8b, Attributes: 2, MaxPacket: 512}, {Address: 2, Attributes: 2, MaxPacket: 512, Interval: 1},
				}},
			},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c, ok := got.Configuration(9); !ok || c.Value != 1 {
		t.Errorf("an unknown value gives configuration %d, %v; want the first", c.Value, ok)
	}
	if _, ok := (USBDevice{}).Configuration(1); ok {
		t.Error("a device without configurations has one")
	}
}

func TestParseUSBRefuses(t *testing.T) {
	device := "12010002000000406b1d040100010102 0301"
	for name, c := range map[string]struct{ hex, want string }{
		"nothing":              {"", "0 bytes, want at least 18"},
		"no device":            {"09026b0004010 0a07d 000000000000000000", "offset 0: length 9 and type 2"},
		"length zero":          {device + "0004", "offset 18: length 0 with 2 bytes left"},
		"cut short":            {device + "0902", "offset 18: length 9 with 2 bytes left"},
		"small configuration":  {device + "0402 6b00", "offset 18: descriptor of type 0x02 has 4 bytes, want at least 9"},
		"interface on its own": {device + "0904000001030101 04", "offset 18: interface before any configuration"},
		"too long":             {strings.Repeat("00", 70000), "70000 bytes, want at most 65536"},
	} {
		if _, err := ParseUSB(unhex(t, c.hex)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

func TestParseUSBStepsOverStrays(t *testing.T) {
	// An endpoint and a HID descriptor before any interface, and a HID number outside HID.
	got, err := ParseUSB(unhex(t, "12010002000000406b1d040100010102 0301 07058103080004 092101010001224100"+
		"0902 6b00 04 01 00 a0 7d 0904 00 00 01 0b 00 00 00 092101010001224100"))
	if err != nil || len(got.Configurations) != 1 || got.Configurations[0].Interfaces[0].HID != nil {
		t.Errorf("error %v, device %+v", err, got)
	}
}

func FuzzParseUSB(f *testing.F) {
	f.Add(unhex(f, gadgetDescriptors))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := ParseUSB(b)
		if c, ok := d.Configuration(1); ok && err == nil && len(c.Interfaces) > len(b)/9 {
			t.Fatalf("%d interfaces of %d bytes", len(c.Interfaces), len(b))
		}
	})
}
