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

// tinypilot is one as tinypilot 79974fb8 makes it (init-usb-gadget).
func tinypilot() gadget {
	return gadget{
		vendor: 0x1d6b, product: 0x0104, release: 0x0100, maker: "tinypilot", name: "Multifunction USB Device", serial: "6b65796d696d6570690",
		milliamperes: 250,
		hid: []function{
			{subclass: 1, protocol: 1, length: 8, report: tinypilotKeyboard()},
			{length: 7, report: tinypilotMouse(), leds: true},
		},
	}
}

// handsOnly is the hardest gadget to tell: a keyboard's numbers and names, no
// disk, and a mouse that moves as mice do.
func handsOnly() gadget {
	return gadget{
		vendor: 0x413c, product: 0x2107, release: 0x0178, maker: "DELL", name: "Dell USB Entry Keyboard", milliamperes: 100, attributes: "0xa0",
		hid: []function{
			{subclass: 1, protocol: 1, length: 8, report: plainKeyboard(), leds: true},
			{subclass: 1, protocol: 2, length: 4, report: plainMouse()},
		},
	}
}

// jiggler is a small board that is a mouse and nothing else.
func jiggler() gadget {
	return gadget{
		vendor: 0x093a, product: 0x2510, release: 0x0100, maker: "PixArt", name: "USB Optical Mouse", milliamperes: 100, attributes: "0xa0",
		hid: []function{{subclass: 1, protocol: 2, length: 4, report: plainMouse()}},
	}
}

// securityKey is a FIDO authenticator (FIDO HID, 64 bytes either way) and nothing else.
func securityKey() gadget {
	return gadget{
		vendor: 0x1209, product: 0xbeee, release: 0x0100, maker: "SoloKeys", name: "Solo 2 Security Key", milliamperes: 100,
		hid: []function{{length: 64, leds: true, report: fido()}},
	}
}

// phone is an Android phone that shares files and its network and may be
// debugged, with the kernel's own answer to an inquiry.
func phone() gadget {
	return gadget{
		vendor: 0x18d1, product: 0x4ee4, release: 0x0440, maker: "Google", name: "Pixel 7", serial: "29041FDH200ABC", milliamperes: 500,
		disk: inquiry("Linux", "File-Stor Gadget"), others: []string{"rndis.usb0", android},
	}
}

// inquiry is what a drive answers: 8 characters of maker, 16 of product, 4 of release.
func inquiry(maker, product string) string {
	return fmt.Sprintf("%-8.8s%-16.16s%-4.4s", maker, product, "1.00")
}
