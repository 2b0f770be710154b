//go:build linux

package main

import "fmt"

// What each pretends to be follows shared facts with their source; nothing of
// theirs is copied but numbers and names.

// pikvm is a PiKVM V4 as kvmd f14596e makes it (apps/_scheme.py, plugins/hid/otg).
func pikvm() gadget {
	return gadget{
		vendor: 0x1d6b, product: 0x0104, release: 0x0100, maker: "PiKVM", name: "PiKVM Composite Device", serial: "CAFEBABE",
		milliamperes: 250, attributes: "0xa0",
		hid: []function{
			{subclass: 1, protocol: 1, length: 8, report: kvmdKeyboard()},
			{length: 7, report: kvmdMouse(true)},
			{subclass: 1, protocol: 2, length: 5, report: kvmdMouse(false)},
		},
		disk: inquiry("PiKVM", "Optical Drive"), cdrom: true,
	}
}

// pikvmAsKeyboard is the same behind a Logitech keyboard's numbers and names
// and an ordinary drive's, as kvmd-otgconf --import-usb-ids makes it.
func pikvmAsKeyboard() gadget {
	g := pikvm()
	g.vendor, g.product, g.release = 0x046d, 0xc31c, 0x6402
	g.maker, g.name, g.serial = "Logitech", "USB Keyboard", ""
	g.milliamperes = 90
	g.disk = inquiry("HL-DT-ST", "DVDRAM")
	return g
}

// inquiry is what a drive answers: 8 characters of maker, 16 of product, 4 of release.
func inquiry(maker, product string) string {
	return fmt.Sprintf("%-8.8s%-16.16s%-4.4s", maker, product, "1.00")
}
