package sensor

import (
	"cmp"
	"errors"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// functions are a device's functions: those its raw descriptors tell, or one for
// each child of a composite device, or the device itself.
func (t deviceTree) functions(d host.Device, product string) ([]usbFunction, error) {
	nodes := map[int]host.Device{}
	var functions []usbFunction
	for _, child := range t[strings.ToUpper(d.Instance)] {
		bus, id := instanceOf(child)
		digits := idPart(id, "MI_")
		number := int(hexByte(digits))
		if _, known := nodes[number]; known || bus != "USB" || digits == "" {
			continue
		}
		nodes[number] = child
		functions = append(functions, treeFunction(child, number))
	}
	if _, _, _, told := triplet(d.Compatible); told && len(functions) == 0 {
		nodes[0] = d
		functions = append(functions, treeFunction(d, 0))
	}
	var problems []error
	if len(d.Descriptors) > 0 {
		device, err := parse.ParseUSB(d.Descriptors)
		problems = append(problems, err)
		if c, ok := device.Configuration(0); ok && len(c.Interfaces) > 0 {
			functions = configured(c)
		}
	}
	for i := range functions {
		node, ok := nodes[functions[i].number]
		if !ok {
			continue
		}
		functions[i].driver = node.Service
		if node.Described != product { // what has no name of its own is called as the device
			functions[i].name = node.Described
		}
		problems = append(problems, t.complete(&functions[i], node))
	}
	return functions, errors.Join(problems...)
}

// treeFunction is what a node's ids say. A maker's own driver may hide the class;
// Windows' driver for input functions tells it then.
func treeFunction(node host.Device, number int) usbFunction {
	f := usbFunction{number: number}
	var told bool
	if f.class, f.subclass, f.protocol, told = triplet(node.Compatible); !told && strings.EqualFold(node.Service, "HidUsb") {
		f.class = usbHID
	}
	return f
}

// complete adds the collections and disks below a function. Windows makes a
// device of each collection; one that it did not hand out leaves the function
// incomplete.
func (t deviceTree) complete(f *usbFunction, node host.Device) error {
	var report parse.HIDDescriptor
	var problems []error
	read := 0
	children := t[strings.ToUpper(node.Instance)]
	for _, child := range children {
		switch bus, _ := instanceOf(child); bus {
		case "HID":
			if !strings.HasPrefix(child.Manufacturer, "(") { // that is a driver's word
				f.maker = cmp.Or(f.maker, child.Manufacturer)
			}
			if len(child.Preparsed) == 0 {
				f.partial = true
				continue
			}
			collection, err := parse.ParsePreparsed(child.Preparsed)
			report.Join(collection)
			problems = append(problems, err)
			read++
		case "USBSTOR", "SCSI":
			f.inquiries = appendNew(f.inquiries, treeInquiry(child))
		}
	}
	if read > 0 {
		f.report = &report
	}
	return errors.Join(problems...)
}

// treeInquiry is what a disk calls itself: Windows writes vendor, product and
// revision in their columns into the first hardware id, with underscores for
// what may not stand there, behind the kind of disk: USBSTOR\DiskPiKVM___Flash_Drive_____1.00.
func treeInquiry(d host.Device) string {
	const vendor, product, revision = 8, 16, 4
	for _, hardware := range d.Hardware {
		_, id, ok := strings.Cut(hardware, `\`)
		if columns := len(id) - vendor - product - revision; ok && columns > 0 {
			id = strings.ReplaceAll(id[columns:], "_", " ")
			return inquiry(id[:vendor], id[vendor:vendor+product])
		}
	}
	return strings.TrimSuffix(d.Friendly, " USB Device")
}
