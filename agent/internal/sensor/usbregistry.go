package sensor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// registryUSB reads the USB devices from macOS' registry of devices. macOS keeps
// report descriptors but no other descriptor as it was sent.
func registryUSB(ctx context.Context, h host.Host) ([]usbDevice, error) {
	output, err := h.Run(ctx, host.IORegUSB)
	if errors.Is(err, host.ErrAbsent) || errors.Is(err, host.ErrUnsupported) {
		return nil, fmt.Errorf("this machine shows no USB devices: %w", host.ErrAbsent)
	}
	if err != nil {
		return nil, fmt.Errorf("look at USB devices: %w", err)
	}
	var entries []parse.IOEntry
	if err := parse.ParseIORegistry(output, &entries, "IORegistryEntryChildren", "IORegistryEntryName", "locationID", "idVendor", "idProduct", "bcdDevice", "bcdUSB",
		"bDeviceClass", "bDeviceSubClass", "bDeviceProtocol", "bInterfaceNumber", "bAlternateSetting", "bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol",
		"USB Vendor Name", "USB Product Name", "USB Serial Number", "kUSBVendorString", "kUSBProductString", "kUSBSerialNumberString", "kUSBString",
		"Device Speed", "USBSpeed", "non-removable", "UsbDeviceSignature", "Vendor Identification", "Product Identification"); err != nil {
		return nil, fmt.Errorf("look at USB devices: %w", err)
	}
	inputs, problem := registryInputs(ctx, h)
	problems := []error{problem}
	var rows []usbDevice
	seen := map[uint64]bool{}
	for _, d := range devicesIn(entries, nil) {
		location, _ := d.Number("locationID")
		if seen[location] || len(rows) == rowLimit {
			continue
		}
		seen[location] = true
		row, err := registryDevice(d, location, inputs[location])
		if err != nil {
			problems = append(problems, fmt.Errorf("USB device %s: %w", row.Port, err))
		}
		rows = append(rows, row)
	}
	return rows, errors.Join(problems...)
}

// devicesIn finds the devices among entries and all below them: a hub's are below the hub.
func devicesIn(entries []parse.IOEntry, found []parse.IOEntry) []parse.IOEntry {
	for _, e := range entries {
		if isRegistryDevice(e) {
			found = append(found, e)
		}
		found = devicesIn(e.Children(), found)
	}
	return found
}

func isRegistryDevice(e parse.IOEntry) bool {
	_, vendor := e.Number("idVendor")
	_, located := e.Number("locationID")
	_, class := e.Number("bDeviceClass")
	_, function := e.Number("bInterfaceNumber")
	return vendor && located && class && !function
}

// registryInputs are the report descriptors of input devices by their place.
func registryInputs(ctx context.Context, h host.Host) (map[uint64][][]byte, error) {
	output, err := h.Run(ctx, host.IORegHID)
	if err != nil {
		return nil, fmt.Errorf("look at input devices: %w", err)
	}
	var entries []parse.IOEntry
	if err := parse.ParseIORegistry(output, &entries, "LocationID", "ReportDescriptor"); err != nil {
		return nil, fmt.Errorf("look at input devices: %w", err)
	}
	reports := map[uint64][][]byte{}
	for _, e := range entries {
		if location, ok := e.Number("LocationID"); ok && len(e.Bytes("ReportDescriptor")) > 0 {
			reports[location] = append(reports[location], e.Bytes("ReportDescriptor"))
		}
	}
	return reports, nil
}

// registrySpeeds are macOS' numbers for speeds, in Mbit/s.
var registrySpeeds = map[string][]string{
	"Device Speed": {"1.5", "12", "480", "5000", "10000", "20000"},
	"USBSpeed":     {"", "12", "1.5", "480", "5000", "10000", "20000"},
}

func registryDevice(d parse.IOEntry, location uint64, reports [][]byte) (usbDevice, error) {
	digits := func(name string, width int) string {
		if n, ok := d.Number(name); ok {
			return fmt.Sprintf("%0*x", width, n)
		}
		return ""
	}
	text := func(name, older string) string { return cmp.Or(d.Text(name), d.Text(older)) }
	row := usbDevice{
		Port: registryPort(location), VendorID: digits("idVendor", 4), ProductID: digits("idProduct", 4), BCDDevice: digits("bcdDevice", 4),
		Class: digits("bDeviceClass", 2), Manufacturer: text("USB Vendor Name", "kUSBVendorString"),
		Product: text("USB Product Name", "kUSBProductString"), Serial: text("USB Serial Number", "kUSBSerialNumberString"),
		Removable: map[string]string{"yes": "fixed", "no": "removable"}[d.Text("non-removable")],
	}
	row.ParentHub, row.SerialKind = parentHub(row.Port), serialKind(row.Serial)
	if version, ok := d.Number("bcdUSB"); ok {
		row.BCDUSB = decimalPoint(uint16(version))
	}
	for _, name := range []string{"Device Speed", "USBSpeed"} {
		if speed, ok := d.Number(name); ok && speed < uint64(len(registrySpeeds[name])) && row.Speed == "" {
			row.Speed = registrySpeeds[name][speed]
		}
	}
	functions := registryFunctions(d.Children(), nil)
	if len(functions) == 0 {
		functions = signedFunctions(d.Bytes("UsbDeviceSignature"), len(row.Serial))
	}
	err := addInputs(functions, reports)
	row.describe(functions)
	row.forgetOwner()
	return row, err
}

// registryPort reads a place: the bus in the first of four bytes, then half a
// byte for each port on the way.
func registryPort(location uint64) string {
	var ports []string
	for digits := fmt.Sprintf("%06x", location&0xffffff); digits != "" && digits[0] != '0'; digits = digits[1:] {
		ports = append(ports, fmt.Sprint(hexByte(digits[:1])))
	}
	return fmt.Sprintf("%02x-%s", location>>24&0xff, cmp.Or(strings.Join(ports, "."), "0"))
}

// registryFunctions are the interfaces below a device, with the disks below
// each, and nothing of the devices that hang on it.
func registryFunctions(entries []parse.IOEntry, functions []usbFunction) []usbFunction {
	for _, e := range entries {
		if isRegistryDevice(e) || len(functions) == functionLimit {
			continue
		}
		class, isFunction := e.Number("bInterfaceClass")
		if setting, _ := e.Number("bAlternateSetting"); isFunction && setting == 0 {
			number, _ := e.Number("bInterfaceNumber")
			subclass, _ := e.Number("bInterfaceSubClass")
			protocol, _ := e.Number("bInterfaceProtocol")
			f := usbFunction{number: int(number), class: byte(class), subclass: byte(subclass), protocol: byte(protocol)}
			f.name = e.Text("kUSBString")
			if name := e.Text("IORegistryEntryName"); f.name == "" && !strings.HasPrefix(name, "IOUSB") {
				f.name = name // an interface without a name is called by its class
			}
			functions = append(functions, f)
		}
		if product := e.Text("Product Identification"); product != "" && len(functions) > 0 && len(functions[len(functions)-1].inquiries) < functionLimit {
			f := &functions[len(functions)-1]
			f.inquiries = appendNew(f.inquiries, inquiry(e.Text("Vendor Identification"), product))
		}
		functions = registryFunctions(e.Children(), functions)
	}
	return functions
}

// signedFunctions reads class triplets from what macOS recognises a device by:
// three numbers of two bytes, the serial number, the triplets of the device and
// of its interfaces.
func signedFunctions(signature []byte, serial int) []usbFunction {
	const numbers, class = 6, 3
	var functions []usbFunction
	for at := numbers + serial + class; at+class <= len(signature) && len(functions) < functionLimit; at += class {
		functions = append(functions, usbFunction{number: len(functions), class: signature[at], subclass: signature[at+1], protocol: signature[at+2]})
	}
	return functions
}

// addInputs gives the input functions their reports. Which is whose macOS does
// not say; they are in the same order, and nothing hangs on it.
func addInputs(functions []usbFunction, reports [][]byte) error {
	var problems []error
	for i := range functions {
		if functions[i].class != usbHID || len(reports) == 0 {
			continue
		}
		report, err := parse.ParseHID(reports[0])
		functions[i].report, functions[i].reportLength = &report, report.Length
		reports = reports[1:]
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}
