package sensor

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// usbDevice is a device on the USB bus, hubs included. What it says of itself
// can be chosen by whoever built it; what it is made of much less so.
type usbDevice struct {
	Port          string   `column:"port,key,public" about:"where it is plugged in, e.g. 1-1.2: bus 1, port 1, port 2 of the hub there; on Windows and macOS the bus is named by its place in the laptop; uhid- and a number for one that a program made"`
	VendorID      string   `column:"vendor_id,public" about:"vendor number it claims, four hexadecimal digits"`
	ProductID     string   `column:"product_id,public" about:"product number it claims, four hexadecimal digits"`
	BCDDevice     string   `column:"bcd_device,public" about:"release number it claims, four hexadecimal digits"`
	BCDUSB        string   `column:"bcd_usb,public" about:"version of USB it follows"`
	Manufacturer  string   `column:"manufacturer,public" people:"out" about:"its maker, in its own words, without names of its owner"`
	Product       string   `column:"product,public" people:"out" about:"its name, in its own words, without names of its owner"`
	Serial        string   `column:"serial,pseudonym" about:"its serial number, to recognise one device at several laptops"`
	SerialKind    string   `column:"serial_kind,public" about:"none, kvm_default (the same on every unit of a KVM product), windows_instance (written as Windows names devices without a serial number), placeholder (digits in a row) or plain"`
	Speed         string   `column:"speed_mbps,public" about:"speed of its connection in Mbit/s"`
	MaxPower      string   `column:"max_power_ma,public" about:"most current it asks for, in mA"`
	Attributes    string   `column:"configuration_attributes,public" about:"attributes of its configuration, two hexadecimal digits"`
	RemoteWakeup  string   `column:"remote_wakeup,public" about:"whether it can wake the laptop"`
	Class         string   `column:"device_class,public" about:"class of the whole device, two hexadecimal digits; 09 is a hub"`
	Interfaces    []string `column:"interfaces,public" about:"class, subclass and protocol of its interfaces in order, e.g. 03/01/01 for a keyboard"`
	Names         string   `column:"interface_strings,public" people:"out" about:"names of its interfaces, in its own words, joined by semicolons"`
	Drivers       []string `column:"drivers,public" about:"drivers of its interfaces in order; a dash where there is none"`
	Keyboard      bool     `column:"has_boot_keyboard,public" about:"whether it can type"`
	Absolute      bool     `column:"has_absolute_pointer,public" about:"whether it has a mouse that jumps to positions, as remote control needs, instead of moving"`
	Relative      bool     `column:"has_relative_pointer,public" about:"whether it has a mouse that moves, as ordinary mice do"`
	Storage       bool     `column:"has_storage,public" about:"whether it has a disk"`
	Network       bool     `column:"has_network,public" about:"whether it has a network adapter"`
	Audio         bool     `column:"has_audio,public" about:"whether it has a sound function"`
	Video         bool     `column:"has_video,public" about:"whether it has a camera or capture function"`
	SerialPort    bool     `column:"has_serial,public" about:"whether it has a serial port"`
	Vendor        bool     `column:"has_vendor_interface,public" about:"whether it has a function that only its maker knows"`
	SmartCard     bool     `column:"has_smartcard,public" about:"whether it has a smart card reader"`
	Phone         bool     `column:"has_phone_class,public" about:"whether it has a function that phones and cameras have (file transfer, debugging)"`
	Descriptors   []string `column:"hid_descriptors,public" about:"first 16 digits of the SHA-256 of its input report descriptors, in interface order"`
	Lengths       []string `column:"hid_descriptor_lengths,public" about:"lengths of these descriptors in bytes"`
	Capabilities  []string `column:"hid_capabilities,public" about:"what each of its input collections can do, hashed, 16 digits: the same on Linux, Windows and macOS, whose own descriptions differ"`
	Usages        []string `column:"hid_usages,public" about:"what its input functions are for, as page and usage, e.g. 01:06 for a keyboard"`
	HIDRelease    string   `column:"hid_bcd,public" about:"version of the input standard its functions follow, e.g. 1.11"`
	HIDComplete   bool     `column:"hid_complete,public" about:"whether the reports of all its input functions could be read; while it is being plugged in they come one by one"`
	PointerMax    string   `column:"pointer_logical_max,public" about:"largest position its absolute pointer knows"`
	PacketMatches string   `column:"hid_packet_matches_report,public" about:"whether its input packets are exactly as long as its reports, as the Linux gadget driver makes them"`
	Inquiry       string   `column:"scsi_inquiry,public" about:"vendor and product that its disks give, joined by semicolons"`
	Removable     string   `column:"removable,public" about:"removable, fixed (built into the laptop) or unknown, as the firmware says"`
	VirtualBus    bool     `column:"virtual_bus,public" about:"whether software on the laptop makes it, without a device on a wire"`
	ParentHub     string   `column:"parent_hub,public" about:"port of the hub it hangs on"`
}

// USB looks at the devices on the USB bus.
func USB() Sensor {
	return Define(Options{
		Class: "usb_devices", Every: 30 * time.Second, Facts: true,
		About: "Looks at what is plugged into USB and which functions it offers, never at what is typed or stored, to notice hardware that lets someone else drive the laptop.",
		Limits: []Limit{
			{OS: "windows", Reach: Partial, Why: "Windows keeps no input report descriptor as the device sent it: what its input can do is told, in hid_capabilities, and the descriptor's own hash is not. Other descriptors are told by hubs that the service may ask, and makers' names only of input devices."},
			{OS: "darwin", Reach: Partial, Why: "macOS keeps input report descriptors, and of the others only what it understood: the current that a device asks for and whether it can wake the laptop are not told."},
		},
	}, collectUSB)
}

const usbFolder = "sys/bus/usb/devices"

func collectUSB(ctx context.Context, h host.Host) ([]usbDevice, error) {
	switch h.Platform().OS {
	case "windows":
		return treeUSB(ctx, h)
	case "darwin":
		return registryUSB(ctx, h)
	}
	ports, err := listed(h, usbFolder, "USB devices", `^(usb\d+|\d+-\d+(\.\d+)*)$`)
	if err != nil {
		return nil, err
	}
	fsys := h.Files()
	var rows []usbDevice
	var problems []error
	for _, port := range ports {
		if err := ctx.Err(); err != nil {
			return rows, fmt.Errorf("look at USB devices: %w", err)
		}
		row, err := readUSB(fsys, port)
		if err != nil {
			problems = append(problems, fmt.Errorf("USB device %s: %w", port, err))
		}
		if row.VendorID != "" { // it is gone when even that cannot be read
			rows = append(rows, row)
		}
	}
	virtual, err := virtualUSB(fsys)
	return append(rows, virtual...), errors.Join(append(problems, err)...)
}

// readUSB makes the row of the device at a port. Beside an error stands all
// that could be understood.
func readUSB(fsys host.FS, port string) (usbDevice, error) {
	dir := path.Join(usbFolder, port)
	text := func(name string) string { return attribute(fsys, path.Join(dir, name)) }
	row := usbDevice{
		Port: port, ParentHub: parentHub(port),
		VendorID: strings.ToLower(text("idVendor")), ProductID: strings.ToLower(text("idProduct")),
		BCDDevice: text("bcdDevice"), BCDUSB: text("version"),
		Manufacturer: text("manufacturer"), Product: text("product"),
		Serial: text("serial"), Speed: text("speed"), MaxPower: strings.TrimSuffix(text("bMaxPower"), "mA"),
		Attributes: text("bmAttributes"), Class: text("bDeviceClass"), Removable: text("removable"),
	}
	if row.ParentHub == "" { // a root hub's is its place in the laptop, equal in all laptops of a model
		row.Serial = ""
	}
	row.SerialKind = serialKind(row.Serial)
	attributes, _ := strconv.ParseUint(row.Attributes, 16, 8)
	row.RemoteWakeup = yes(attributes&0x20 != 0)
	target, err := fsys.ReadLink(dir)
	row.VirtualBus = err == nil && host.MadeBySoftware(target)
	functions, err := readFunctions(fsys, dir, port)
	row.describe(functions)
	row.forgetOwner()
	return row, err
}

// parentHub is the port of the hub: a port's name is the way to it.
func parentHub(port string) string {
	if at := strings.LastIndexByte(port, '.'); at > 0 {
		return port[:at]
	}
	if bus, _, ok := strings.Cut(port, "-"); ok {
		return "usb" + bus
	}
	return ""
}

// describe fills the columns that follow from what the device is made of.
func (d *usbDevice) describe(functions []usbFunction) {
	var names, releases, inquiries []string
	for _, f := range functions {
		d.Interfaces = append(d.Interfaces, f.triplet())
		if f.driver != "" {
			d.Drivers = append(d.Drivers, f.driver)
		}
		names = appendNew(names, f.name)
		for _, inquiry := range f.inquiries {
			inquiries = appendNew(inquiries, inquiry)
		}
		d.addFunction(f)
		if f.release != 0 {
			releases = appendNew(releases, decimalPoint(f.release))
		}
		if f.reportLength > 0 {
			d.Lengths = append(d.Lengths, strconv.Itoa(f.reportLength))
		}
		if f.report != nil {
			d.addReport(*f.report)
		}
	}
	d.Names, d.Inquiry = strings.Join(names, "; "), strings.Join(inquiries, "; ")
	d.HIDRelease = strings.Join(releases, " ")
	d.compare(functions)
}

// compare says whether all input functions have told their reports, and whether
// their packets are as long: unknown where nobody told how long they are.
func (d *usbDevice) compare(functions []usbFunction) {
	var inputs, complete, reports, packets, matching int
	for _, f := range functions {
		if f.class == usbHID {
			inputs++
		}
		if f.report == nil {
			continue
		}
		reports++
		if !f.partial {
			complete++
		}
		if f.packet > 0 {
			packets++
		}
		if f.packet > 0 && f.packet == f.report.InputLength {
			matching++
		}
	}
	d.HIDComplete = inputs > 0 && complete == inputs
	if reports == 0 || packets > 0 {
		d.PacketMatches = yes(reports > 0 && reports == matching)
	}
}

func (d *usbDevice) addReport(r parse.HIDDescriptor) {
	if r.Hash != "" {
		d.Descriptors = append(d.Descriptors, r.Hash)
	}
	d.Capabilities = append(d.Capabilities, r.Capabilities...)
	for _, usage := range r.Usages {
		d.Usages = append(d.Usages, usage.String())
	}
	d.Keyboard = d.Keyboard || r.Keyboard
	d.Relative = d.Relative || r.RelativePointer
	if r.AbsolutePointer {
		d.Absolute, d.PointerMax = true, strconv.Itoa(int(r.PointerMaximum))
	}
}

// forgetOwner takes out of the device's words whose it is. Phones, and what
// shares its network as they do, bear names that their owners gave them.
func (d *usbDevice) forgetOwner() {
	for _, words := range []*string{&d.Manufacturer, &d.Product, &d.Names, &d.Inquiry} {
		*words = impersonal(*words, d.Serial, d.Phone || d.Network)
	}
}

func appendNew(list []string, text string) []string {
	if text == "" {
		return list
	}
	for _, known := range list {
		if known == text {
			return list
		}
	}
	return append(list, text)
}
