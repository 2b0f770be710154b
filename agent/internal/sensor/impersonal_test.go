package sensor

import (
	"strings"
	"testing"
)

func TestImpersonal(t *testing.T) {
	tests := []struct {
		text, serial string
		named        bool
		want         string
	}{
		{"iPhone", "", true, "iPhone"},
		{"Anna's iPhone", "", true, "…'s iPhone"},
		{"Anna’s iPhone", "", false, "…’s iPhone"},
		{"Anna Maria's MX Keys", "", false, "…'s MX Keys"},
		{"James' Pixel 8", "", true, "…' Pixel 8"},
		{"iPhone von Anna Maria", "", true, "iPhone von …"},
		{"iPad de Jean-Luc", "", true, "iPad de …"},
		{"Keyboard de Luxe", "", false, "Keyboard de Luxe"},
		{"27' Monitor", "", false, "27' Monitor"},
		{"USB Receiver", "", false, "USB Receiver"},
		{"Composite KVM Device", "CAFEBABE", false, "Composite KVM Device"},
		{"CAFEBABE", "CAFEBABE", false, "CAFEBABE"},
		{"LAN 00:E0:4C:68:00:01", "", false, "LAN …"},
		{"at 192.168.1.7", "", false, "at …"},
		{"anna@example.org", "", false, "…"},
		{"FTDI A9B12345", "A9B12345", false, "FTDI …"},
		{"Pico", "Pico", false, "Pico"},
		{"Logitech", "Logitech", false, "Logitech"},
		{"", "", true, ""},
	}
	for _, test := range tests {
		if got := impersonal(test.text, test.serial, test.named); got != test.want {
			t.Errorf("%q with serial %q leaves as %q, want %q", test.text, test.serial, got, test.want)
		}
	}
}

func TestAPhoneDoesNotSayWhoseItIs(t *testing.T) {
	h := machine(t, `
-- files/sys/bus/usb/devices/1-1/idVendor --
05ac
-- files/sys/bus/usb/devices/1-1/idProduct --
12a8
-- files/sys/bus/usb/devices/1-1/product --
Telefon von Anna
-- files/sys/bus/usb/devices/1-1/manufacturer --
Anna's
-- files/sys/bus/usb/devices/1-1/1-1:1.0/bInterfaceNumber --
00
-- files/sys/bus/usb/devices/1-1/1-1:1.0/bInterfaceClass --
06
-- files/sys/bus/usb/devices/1-1/1-1:1.0/interface --
PTP de Anna
`)
	rows, _ := look(t, h, USB())
	if len(rows) != 1 || strings.Contains(rows[0], "Anna") || !strings.Contains(rows[0], "product=Telefon von …") || !strings.Contains(rows[0], "has_phone_class=true") {
		t.Errorf("rows %q, want a phone without its owner", rows)
	}
}

func FuzzImpersonal(f *testing.F) {
	f.Add("Anna's iPhone", "A1B2C3D4", true)
	f.Add("von von von", "", true)
	f.Fuzz(func(t *testing.T, text, serial string, named bool) {
		got := impersonal(text, serial, named)
		if strings.Contains(got, "@") && strings.Trim(text, " @") != "" && ownership.mail.MatchString(got) {
			t.Fatalf("%q keeps an address in %q", text, got)
		}
	})
}
