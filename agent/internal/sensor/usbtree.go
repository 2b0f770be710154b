package sensor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// What Windows' device manager says a device is capable of (CM_DEVCAP_…).
const (
	capableOfRemoval = 0x04
	capableOfSerial  = 0x10 // the last part of its instance is its own serial number
)

// A deviceTree is Windows' devices by the instance above them, in the order of
// their own. Windows does not care for the case of an instance.
type deviceTree map[string][]host.Device

// deviceNodes are the nodes of Windows' device tree; what is looked for among
// them is named where there is none.
func deviceNodes(ctx context.Context, h host.Host, what string) ([]host.Device, error) {
	asked, err := host.Can[host.DeviceTree](h, what)
	if err != nil {
		return nil, err
	}
	devices, err := asked.Devices(ctx)
	if errors.Is(err, host.ErrAbsent) {
		return nil, fmt.Errorf("this machine shows no %s: %w", what, host.ErrAbsent)
	}
	return devices[:min(len(devices), rowLimit)], err
}

// treeUSB reads the USB devices from Windows' device tree. Windows does not
// keep what devices say of themselves as it is; what it does not tell stays empty.
func treeUSB(ctx context.Context, h host.Host) ([]usbDevice, error) {
	devices, err := deviceNodes(ctx, h, "USB devices")
	plugged, problem := pluggedUSB(devices)
	rows := make([]usbDevice, len(plugged))
	for i, one := range plugged {
		rows[i] = one.usbDevice
	}
	return rows, errors.Join(err, problem)
}

// A pluggedDevice is the row of a device and the node that it is made of.
type pluggedDevice struct {
	usbDevice
	node host.Device
}

// pluggedUSB are the USB devices among nodes.
func pluggedUSB(devices []host.Device) ([]pluggedDevice, error) {
	byInstance := func(a, b host.Device) int {
		return strings.Compare(strings.ToUpper(a.Instance), strings.ToUpper(b.Instance))
	}
	devices = slices.SortedFunc(slices.Values(devices), byInstance)
	// Of one instance there is one device; each of several would be given all that is below.
	devices = slices.CompactFunc(devices, func(a, b host.Device) bool { return byInstance(a, b) == 0 })
	tree := deviceTree{}
	for _, d := range devices {
		above := strings.ToUpper(d.Parent)
		tree[above] = append(tree[above], d)
	}
	var plugged []pluggedDevice
	var problems []error
	for i, d := range devices {
		kind, id := instanceOf(d)
		if kind != "USB" || idPart(id, "VID_") == "" || idPart(id, "MI_") != "" {
			continue
		}
		row, err := tree.usb(d, id)
		if row.Port == "" {
			row.Port = fmt.Sprintf("unplaced-%d", i)
		}
		row.ParentHub = parentHub(row.Port)
		if err != nil {
			problems = append(problems, fmt.Errorf("USB device %s: %w", row.Port, err))
		}
		plugged = append(plugged, pluggedDevice{row, d})
	}
	return plugged, errors.Join(problems...)
}

// instanceOf gives the bus that found a device and the ids by which it knows it.
func instanceOf(d host.Device) (bus, id string) {
	parts := strings.SplitN(strings.ToUpper(d.Instance), `\`, 3)
	if len(parts) < 3 {
		return "", ""
	}
	return parts[0], parts[1]
}

// idPart is the value of one part of ids, e.g. "1D6B" for "VID_" of VID_1D6B&PID_0104.
func idPart(id, name string) string {
	for part := range strings.SplitSeq(id, "&") {
		if value, ok := strings.CutPrefix(part, name); ok {
			return value
		}
	}
	return ""
}

// usb makes the row of one device.
func (t deviceTree) usb(d host.Device, id string) (usbDevice, error) {
	row := usbDevice{
		Port: host.LocationPort(d.Location), Product: d.Described, Speed: d.Speed,
		VendorID: strings.ToLower(idPart(id, "VID_")), ProductID: strings.ToLower(idPart(id, "PID_")),
	}
	for _, hardware := range d.Hardware {
		if release := idPart(hardware, "REV_"); release != "" {
			row.BCDDevice = strings.ToLower(release)
			break
		}
	}
	row.nameWindows(d)
	functions, err := t.functions(d, row.Product)
	row.Class = deviceClass(d.Compatible)
	for _, f := range functions {
		row.Manufacturer = cmp.Or(row.Manufacturer, f.maker)
	}
	row.understand(d.Descriptors)
	row.describe(functions)
	row.forgetOwner()
	return row, err
}

// nameWindows fills what hangs on the device's capabilities. An instance that
// Windows makes up has an ampersand; a device's own may have one too, and then
// only the capability tells.
func (d *usbDevice) nameWindows(node host.Device) {
	last := node.Instance[strings.LastIndexByte(node.Instance, '\\')+1:]
	known := node.Capabilities != 0
	if node.Capabilities&capableOfSerial != 0 || !known && !strings.Contains(last, "&") {
		d.Serial = last
	}
	if known || d.Serial != "" {
		d.SerialKind = serialKind(d.Serial)
	}
	if known {
		d.Removable = map[bool]string{true: "removable", false: "fixed"}[node.Capabilities&capableOfRemoval != 0]
	}
	above, _, _ := strings.Cut(strings.ToUpper(node.Parent), `\`) // a device on a wire hangs on a hub
	elsewhere := node.Location != "" && !strings.HasPrefix(node.Location, "PCI") && !strings.HasPrefix(node.Location, "ACPI")
	d.VirtualBus = elsewhere || above == "ROOT" || above == "SWD"
}

// triplet reads a class triplet as Windows writes it: USB\Class_03&SubClass_01&Prot_01.
func triplet(compatible []string) (class, subclass, protocol byte, ok bool) {
	for _, id := range compatible {
		id = strings.ToUpper(id)
		if rest, found := strings.CutPrefix(id, `USB\CLASS_`); found {
			return hexByte(rest), hexByte(idPart(rest, "SUBCLASS_")), hexByte(idPart(rest, "PROT_")), true
		}
	}
	return 0, 0, 0, false
}

func hexByte(text string) byte {
	n, _ := strconv.ParseUint(text[:min(len(text), 2)], 16, 8)
	return byte(n)
}

// deviceClass is known of composite devices, whose ids say it, and of hubs. Of
// others Windows says the class of their only function.
func deviceClass(compatible []string) string {
	for _, id := range compatible {
		if class, ok := strings.CutPrefix(strings.ToUpper(id), `USB\DEVCLASS_`); ok {
			return strings.ToLower(class[:min(len(class), 2)])
		}
	}
	if class, _, _, ok := triplet(compatible); ok && class == usbHub {
		return "09"
	}
	return ""
}

// understand fills what the raw descriptors tell, where the hub handed them out.
func (d *usbDevice) understand(raw []byte) {
	device, err := parse.ParseUSB(raw)
	if err != nil {
		return // the functions say so
	}
	d.BCDUSB, d.Class = decimalPoint(device.USB), fmt.Sprintf("%02x", device.Class)
	if c, ok := device.Configuration(0); ok {
		d.Attributes = fmt.Sprintf("%02x", c.Attributes)
		d.RemoteWakeup = yes(c.Attributes&0x20 != 0)
		if device.USB < 0x300 { // from then on the unit is another
			d.MaxPower = strconv.Itoa(2 * int(c.MaxPower))
		}
	}
}

// decimalPoint writes a version in binary coded decimals as sysfs does.
func decimalPoint(version uint16) string {
	return fmt.Sprintf("%x.%02x", version>>8, version&0xff)
}
