package parsetest

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"sort"
	"strings"
)

// A Registry is one entry of macOS' I/O registry: texts, integers (int), bytes
// ([]byte), truths (bool) and, below "IORegistryEntryChildren", a []Registry.
type Registry map[string]any

// Plist writes entries as `ioreg -a` does: an XML property list.
func Plist(entries ...Registry) []byte {
	var b strings.Builder
	b.WriteString(xml.Header + `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">` + "\n<plist version=\"1.0\">\n")
	writePlist(&b, entries)
	b.WriteString("</plist>\n")
	return []byte(b.String())
}

func writePlist(b *strings.Builder, value any) {
	switch v := value.(type) {
	case []Registry:
		b.WriteString("<array>\n")
		for _, entry := range v {
			writePlist(b, entry)
		}
		b.WriteString("</array>\n")
	case Registry:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		b.WriteString("<dict>\n")
		for _, key := range keys {
			b.WriteString("<key>" + escape(key) + "</key>")
			writePlist(b, v[key])
		}
		b.WriteString("</dict>\n")
	case []byte:
		b.WriteString("<data>\n" + base64.StdEncoding.EncodeToString(v) + "\n</data>\n")
	case bool:
		fmt.Fprintf(b, "<%t/>\n", v)
	case int:
		fmt.Fprintf(b, "<integer>%d</integer>\n", v)
	default:
		fmt.Fprintf(b, "<string>%s</string>\n", escape(fmt.Sprint(v)))
	}
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a builder takes all
	return b.String()
}

// IORegUSB is the device with its interfaces and disks as `ioreg -c
// IOUSBHostDevice` shows them.
func (d USBDevice) IORegUSB() Registry {
	entry := Registry{
		"IOObjectClass": "IOUSBHostDevice", "IORegistryEntryName": d.Name, "locationID": d.location(),
		"idVendor": int(d.Vendor), "idProduct": int(d.Product), "bcdDevice": int(d.Release), "bcdUSB": 0x200,
		"bDeviceClass": int(d.Class), "bDeviceSubClass": int(d.SubClass), "bDeviceProtocol": int(d.Protocol),
		"UsbDeviceSignature": d.signature(), "non-removable": map[bool]string{true: "yes", false: "no"}[d.BuiltIn],
	}
	if speed, ok := map[string]int{"1.5": 0, "12": 1, "480": 2, "5000": 3, "10000": 4}[d.Speed]; ok {
		entry["Device Speed"] = speed
	}
	for key, text := range map[string]string{"USB Vendor Name": d.Maker, "USB Product Name": d.Name, "USB Serial Number": d.Serial} {
		if text != "" {
			entry[key] = text
		}
	}
	var functions []Registry
	for i, f := range d.Functions {
		function := Registry{
			"IOObjectClass": "IOUSBHostInterface", "IORegistryEntryName": f.Name, "locationID": d.location(), "bInterfaceNumber": i, "bAlternateSetting": 0,
			"bInterfaceClass": int(f.Class), "bInterfaceSubClass": int(f.SubClass), "bInterfaceProtocol": int(f.Protocol),
		}
		if f.Name != "" {
			function["kUSBString"] = f.Name
		}
		var disks []Registry
		for _, disk := range f.Disks {
			disks = append(disks, Registry{
				"IOObjectClass": "IOSCSIPeripheralDeviceNub", "Vendor Identification": disk.Vendor,
				"Product Identification": disk.Product, "Product Revision Level": disk.Revision,
			})
		}
		if disks != nil {
			function["IORegistryEntryChildren"] = disks
		}
		functions = append(functions, function)
	}
	if functions != nil {
		entry["IORegistryEntryChildren"] = functions
	}
	return entry
}

// IORegHID are the input devices that macOS makes of the device's input
// functions, as `ioreg -c IOHIDDevice` shows them.
func (d USBDevice) IORegHID() []Registry {
	var entries []Registry
	for _, f := range d.Functions {
		if len(f.Report) > 0 {
			entries = append(entries, Registry{
				"IOObjectClass": "AppleUserHIDDevice", "Transport": "USB", "LocationID": d.location(), "VendorID": int(d.Vendor), "ProductID": int(d.Product),
				"Manufacturer": d.Maker, "Product": d.Name, "MaxInputReportSize": f.Packet, "ReportDescriptor": f.Report,
			})
		}
	}
	return entries
}

// location is the bus in the first byte, then one half byte for each port.
func (d USBDevice) location() int {
	bus, ports := d.way()
	var location, shift uint32 = 0, 20
	_, _ = fmt.Sscanf(bus, "%d", &location)
	location = (location + 0x13) << 24 // the first bus of most laptops is 0x14
	for _, port := range ports {
		var n uint32
		_, _ = fmt.Sscanf(port, "%d", &n)
		location |= n << shift
		shift -= 4
	}
	return int(location)
}

// signature is what macOS recognises a device by: numbers, serial number, and
// the class triplets of the device and its interfaces.
func (d USBDevice) signature() []byte {
	word := binary.LittleEndian.AppendUint16
	b := append(word(word(word(nil, d.Vendor), d.Product), d.Release), d.Serial...)
	b = append(b, d.Class, d.SubClass, d.Protocol)
	for _, f := range d.Functions {
		b = append(b, f.Class, f.SubClass, f.Protocol)
	}
	return b
}
