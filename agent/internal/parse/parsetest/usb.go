package parsetest

import (
	"encoding/binary"
	"strings"
)

// A USBDevice is a device on USB as its facts tell: written once, it becomes
// what Linux, Windows and macOS show of it. Strings that are empty are strings
// that the device does not have.
type USBDevice struct {
	Port                      string // where it is plugged in, as Linux writes it: "1-2.1"
	Vendor, Product, Release  uint16
	Class, SubClass, Protocol byte
	Maker, Name, Serial       string
	Speed                     string // in Mbit/s: "1.5", "12", "480", "5000"
	MaxPower                  int    // in mA
	Attributes                byte   // of the configuration, e.g. 0xa0
	BuiltIn                   bool   // the firmware says that it is part of the laptop
	Functions                 []USBFunction
}

// A USBFunction is one interface of a device, the first setting of it.
type USBFunction struct {
	Class, SubClass, Protocol byte
	Name                      string // its own name for itself
	Driver                    string // on Linux; none took it when empty
	Release                   uint16 // bcdHID of an input function, 1.01 when zero
	Report                    []byte // its HID report descriptor
	Packet, OutPacket         int    // bytes of its packets to and from the laptop; no such pipe when zero
	Disks                     []USBDisk
}

// A USBDisk is one drive of a storage function, as its SCSI inquiry answers.
type USBDisk struct {
	Vendor, Product, Revision string
	Optical                   bool
}

// Input is an input function of the Linux gadget driver, whose constants no
// setting changes (kernel, drivers/usb/gadget/function/f_hid.c): input standard
// 1.01, the interface's name, packets as long as the reports.
func Input(subclass, protocol byte, report []byte, packet int) USBFunction {
	return USBFunction{
		Class: 3, SubClass: subclass, Protocol: protocol, Name: "HID Interface", Driver: "usbhid",
		Release: 0x0101, Report: report, Packet: packet,
	}
}

// Storage is a storage function of the Linux gadget driver.
func Storage(disks ...USBDisk) USBFunction {
	return USBFunction{Class: 8, SubClass: 6, Protocol: 0x50, Name: "Mass Storage", Driver: "usb-storage", Packet: 512, OutPacket: 512, Disks: disks}
}

// Descriptors are the device's raw descriptors: its own, then its configuration
// with interfaces, input descriptors and pipes.
func (d USBDevice) Descriptors() []byte {
	index := byte(0)
	number := func(text string) byte {
		if text == "" {
			return 0
		}
		index++
		return index
	}
	word := binary.LittleEndian.AppendUint16
	b := []byte{18, 1, 0, 2, d.Class, d.SubClass, d.Protocol, 64}
	b = word(word(word(b, d.Vendor), d.Product), d.Release)
	b = append(b, number(d.Maker), number(d.Name), number(d.Serial), 1)
	var body []byte
	pipe := byte(1)
	for i, f := range d.Functions {
		body = append(body, f.descriptors(byte(i), number(f.Name), &pipe)...)
	}
	b = append(b, 9, 2)
	b = word(b, uint16(9+len(body)))
	b = append(b, byte(len(d.Functions)), 1, 0, d.Attributes, byte(d.MaxPower/2))
	return append(b, body...)
}

func (f USBFunction) descriptors(number, name byte, pipe *byte) []byte {
	kind := byte(3) // interrupt
	if f.Class != 3 {
		kind = 2 // bulk
	}
	var pipes []byte
	count := byte(0)
	add := func(direction byte, packet int) {
		if packet > 0 {
			pipes = append(pipes, 7, 5, direction|*pipe, kind, byte(packet), byte(packet>>8), 4)
			*pipe++
			count++
		}
	}
	add(0x80, f.Packet)
	add(0, f.OutPacket)
	b := []byte{9, 4, number, 0, count, f.Class, f.SubClass, f.Protocol, name}
	if f.Class == 3 {
		release := f.release()
		b = append(b, 9, 0x21, byte(release), byte(release>>8), 0, 1, 0x22, byte(len(f.Report)), byte(len(f.Report)>>8))
	}
	return append(b, pipes...)
}

func (f USBFunction) release() uint16 {
	if f.Release == 0 {
		return 0x0101
	}
	return f.Release
}

// way splits a port into its bus and the ports of the hubs on the way.
func (d USBDevice) way() (bus string, ports []string) {
	bus, rest, _ := strings.Cut(d.Port, "-")
	return bus, strings.Split(rest, ".")
}
