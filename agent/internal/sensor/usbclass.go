package sensor

import "strings"

// USB classes, as the USB Implementers Forum numbers them.
const (
	usbAudio      = 0x01
	usbComm       = 0x02
	usbHID        = 0x03
	usbImage      = 0x06
	usbStorage    = 0x08
	usbHub        = 0x09
	usbSmartCard  = 0x0b
	usbVideo      = 0x0e
	usbWireless   = 0xe0
	usbMisc       = 0xef
	usbVendorOnly = 0xff
)

// addFunction notes what one interface lets the device do. Keyboards are known
// by their protocol too, since a report may not have been fetched. Outside of
// the boot subclass the number has no meaning by the standard; KVMs that are no
// boot keyboards (NanoKVM) give it all the same, and without a report it is all there is.
func (d *usbDevice) addFunction(f usbFunction) {
	switch f.class {
	case usbAudio:
		d.Audio = true
	case usbComm:
		d.addCommunication(f)
	case usbHID:
		d.Keyboard = d.Keyboard || f.protocol == 1 && (f.subclass == 1 || f.report == nil)
	case usbImage:
		d.Phone = true
	case usbStorage:
		d.Storage = true
	case usbSmartCard:
		d.SmartCard = true
	case usbVideo:
		d.Video = true
	case usbWireless:
		d.Network = d.Network || f.subclass == 1 && f.protocol == 3 // RNDIS
	case usbMisc:
		d.Network = d.Network || f.subclass == 4 // RNDIS over other transports
	case usbVendorOnly:
		d.addVendorOnly(f)
	}
}

// addCommunication tells network adapters from serial ports.
func (d *usbDevice) addCommunication(f usbFunction) {
	switch f.subclass {
	case 0x06, 0x0c, 0x0d, 0x0e: // ECM, EEM, NCM, MBIM
		d.Network = true
	case 0x02: // a modem, unless its protocol says that it is Microsoft's network adapter
		d.Network = d.Network || f.protocol == 0xff
		d.SerialPort = d.SerialPort || f.protocol != 0xff
	}
}

// addVendorOnly recognises two functions of phones that have no class of their
// own: debugging by its numbers, file transfer by its name.
func (d *usbDevice) addVendorOnly(f usbFunction) {
	name := strings.ToUpper(f.name)
	if f.subclass == 0x42 || strings.Contains(name, "MTP") || strings.Contains(name, "ADB") {
		d.Phone = true
		return
	}
	d.Vendor = true
}
