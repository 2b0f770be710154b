package parse

import (
	"encoding/binary"
	"fmt"
)

// A USBDevice is a device and its configurations, as its descriptors tell.
type USBDevice struct {
	USB                       uint16 // bcdUSB
	Class, SubClass, Protocol byte
	Vendor, Product, Release  uint16
	ManufacturerString        byte // index of the string, zero when there is none
	ProductString             byte
	SerialString              byte
	Configurations            []USBConfiguration
}

// A USBConfiguration is one of the ways a device can be used.
type USBConfiguration struct {
	Value      byte
	Attributes byte // 0x40 self-powered, 0x20 remote wakeup
	MaxPower   byte // in units of 2 mA, or 8 mA at SuperSpeed
	Interfaces []USBInterface
}

// A USBInterface is one setting of one function of a device.
type USBInterface struct {
	Number, Alternate         byte
	Class, SubClass, Protocol byte
	String                    byte // index of its name, zero when it has none
	Endpoints                 []USBEndpoint
	HID                       *USBHID // nil when it is no HID interface
}

// A USBEndpoint is one pipe of an interface.
type USBEndpoint struct {
	Address    byte // 0x80 is set for a pipe to the host
	Attributes byte
	MaxPacket  int
	Interval   byte
}

// A USBHID is the HID class descriptor of an interface.
type USBHID struct {
	Release      uint16 // bcdHID
	Country      byte
	ReportLength int // of the report descriptor
}

const (
	usbMaximum      = 64 << 10
	usbDeviceLength = 18

	usbTypeDevice        = 1
	usbTypeConfiguration = 2
	usbTypeInterface     = 4
	usbTypeEndpoint      = 5
	usbTypeHID           = 0x21
	usbTypeReport        = 0x22
	usbClassHID          = 3
)

// ParseUSB reads a device descriptor and the configuration descriptors after
// it, as Linux keeps them in a device's "descriptors" file. Beside an error
// stands what was understood before it.
func ParseUSB(b []byte) (USBDevice, error) {
	if len(b) > usbMaximum {
		return USBDevice{}, fmt.Errorf("USB descriptors: %d bytes, want at most %d", len(b), usbMaximum)
	}
	if len(b) < usbDeviceLength {
		return USBDevice{}, fmt.Errorf("USB descriptors: %d bytes, want at least %d", len(b), usbDeviceLength)
	}
	if b[0] != usbDeviceLength || b[1] != usbTypeDevice {
		return USBDevice{}, fmt.Errorf("USB descriptors, offset 0: length %d and type %d, want a device descriptor", b[0], b[1])
	}
	d := USBDevice{
		USB:   binary.LittleEndian.Uint16(b[2:]),
		Class: b[4], SubClass: b[5], Protocol: b[6],
		Vendor:             binary.LittleEndian.Uint16(b[8:]),
		Product:            binary.LittleEndian.Uint16(b[10:]),
		Release:            binary.LittleEndian.Uint16(b[12:]),
		ManufacturerString: b[14], ProductString: b[15], SerialString: b[16],
	}
	for offset := usbDeviceLength; offset < len(b); {
		length := int(b[offset])
		if length < 2 || offset+length > len(b) {
			return d, fmt.Errorf("USB descriptors, offset %d: length %d with %d bytes left", offset, length, len(b)-offset)
		}
		if err := d.add(b[offset : offset+length]); err != nil {
			return d, fmt.Errorf("USB descriptors, offset %d: %w", offset, err)
		}
		offset += length
	}
	return d, nil
}

// add takes one descriptor; unknown ones are stepped over.
func (d *USBDevice) add(b []byte) error {
	if least := leastLength(b[1]); len(b) < least {
		return fmt.Errorf("descriptor of type %#02x has %d bytes, want at least %d", b[1], len(b), least)
	}
	switch b[1] {
	case usbTypeConfiguration:
		d.Configurations = append(d.Configurations, USBConfiguration{Value: b[5], Attributes: b[7], MaxPower: b[8]})
	case usbTypeInterface:
		if len(d.Configurations) == 0 {
			return fmt.Errorf("interface before any configuration")
		}
		c := &d.Configurations[len(d.Configurations)-1]
		c.Interfaces = append(c.Interfaces, USBInterface{
			Number: b[2], Alternate: b[3], Class: b[5], SubClass: b[6], Protocol: b[7], String: b[8],
		})
	case usbTypeEndpoint:
		if i := d.lastInterface(); i != nil {
			i.Endpoints = append(i.Endpoints, USBEndpoint{
				Address: b[2], Attributes: b[3], Interval: b[6],
				MaxPacket: int(binary.LittleEndian.Uint16(b[4:]) & 0x7ff),
			})
		}
	case usbTypeHID:
		// The same number means other things outside HID interfaces.
		if i := d.lastInterface(); i != nil && i.Class == usbClassHID {
			i.HID = parseUSBHID(b)
		}
	}
	return nil
}

func leastLength(kind byte) int {
	switch kind {
	case usbTypeConfiguration, usbTypeInterface:
		return 9
	case usbTypeEndpoint:
		return 7
	case usbTypeHID:
		return 6
	}
	return 2
}

func (d *USBDevice) lastInterface() *USBInterface {
	if len(d.Configurations) == 0 {
		return nil
	}
	interfaces := d.Configurations[len(d.Configurations)-1].Interfaces
	if len(interfaces) == 0 {
		return nil
	}
	return &interfaces[len(interfaces)-1]
}

func parseUSBHID(b []byte) *USBHID {
	h := &USBHID{Release: binary.LittleEndian.Uint16(b[2:]), Country: b[4]}
	for i := range int(b[5]) { // one type and length for each subordinate descriptor
		at := 6 + 3*i
		if at+3 > len(b) {
			break
		}
		if b[at] == usbTypeReport {
			h.ReportLength = int(binary.LittleEndian.Uint16(b[at+1:]))
			break
		}
	}
	return h
}

// Configuration is the configuration with the given value, or the first where
// none has it; false when the device has none at all.
func (d USBDevice) Configuration(value int) (USBConfiguration, bool) {
	for _, c := range d.Configurations {
		if int(c.Value) == value {
			return c, true
		}
	}
	if len(d.Configurations) == 0 {
		return USBConfiguration{}, false
	}
	return d.Configurations[0], true
}
