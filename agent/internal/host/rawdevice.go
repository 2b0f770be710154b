package host

import (
	"cmp"
	"encoding/binary"
	"regexp"
	"slices"
	"strings"
)

// rawDevice is an input device as Windows names it to who asks for raw input.
type rawDevice struct {
	handle      uint64
	kind        uint32 // of rawMouse, rawKeyboard, rawHID
	path        string // \\?\HID#VID_046D&PID_C31C&MI_00#8&1f2d3c4b&0&0000#{884b96c3-…}
	page, usage uint16 // of a rawHID
}

// instanceOf is the device instance in a device's path.
func instanceOf(path string) string {
	path = strings.TrimPrefix(strings.TrimPrefix(path, `\\?\`), `\??\`)
	if end := strings.LastIndex(path, "#{"); end >= 0 {
		path = path[:end]
	}
	return strings.ToUpper(strings.ReplaceAll(path, "#", `\`))
}

// digitizer is the usage page of pads, screens and pens (HID Usage Tables 1.5, 16).
const digitizer = 0x0d

// canDo says what a device can do, as far as its kind tells; a mouse that jumps
// is known when it does.
func (d rawDevice) canDo() []string {
	switch {
	case d.kind == rawKeyboard:
		return []string{CanType}
	case d.kind == rawMouse:
		return []string{CanMove}
	case d.page == digitizer && (d.usage == 0x01 || d.usage == 0x02):
		return []string{CanDraw}
	case d.page == digitizer && d.usage == 0x04:
		return []string{CanTouch}
	case d.page == digitizer && d.usage == 0x05:
		return []string{CanTouchPad}
	}
	return nil
}

var (
	claimedVendor  = regexp.MustCompile(`(?i)VID[_&](?:0[0-9A-F]{1,3})?([0-9A-F]{4})(?:[&_\\]|$)`)
	claimedProduct = regexp.MustCompile(`(?i)PID[_&]([0-9A-F]{4})(?:[&_\\]|$)`)
)

// describeRaw says what a device is by its place in the device tree. Above holds
// what is known of each instance; without it a place is not known.
func describeRaw(d rawDevice, above map[string]Device) InputDevice {
	instance := instanceOf(d.path)
	in := InputDevice{Can: d.canDo()}
	if m := claimedVendor.FindStringSubmatch(instance); m != nil {
		in.VendorID = strings.ToLower(m[1])
	}
	if m := claimedProduct.FindStringSubmatch(instance); m != nil {
		in.ProductID = strings.ToLower(m[1])
	}
	chain := lineage(instance, above)
	for _, node := range chain {
		if in.Name == "" {
			in.Name = node.Described
		}
	}
	if in.Name == "" && len(chain) > 0 {
		in.Name = chain[0].Friendly
	}
	in.Bus, in.Place, in.Maker = placeRaw(instance, chain)
	if in.Bus == "usb" && in.Place != InputVirtual {
		for _, node := range chain {
			if in.USBPort == "" && strings.HasPrefix(strings.ToUpper(node.Instance), `USB\`) {
				in.USBPort = LocationPort(node.Location)
			}
		}
	}
	in.ID = rawID(in, instance)
	return in
}

// rawID makes an ID of a device's place, and of its part of it. What Windows adds
// at the end of an instance is not in it, nor is the address of a device by
// radio: both would be the same on another laptop.
func rawID(in InputDevice, instance string) string {
	_, rest, _ := strings.Cut(instance, `\`)
	own, _, _ := strings.Cut(rest, `\`)
	id := cmp.Or(in.Maker, in.Bus)
	switch {
	case in.USBPort != "":
		id += ":" + in.USBPort
	case in.Bus == "bluetooth" || in.VendorID != "":
		id += ":" + in.VendorID + ":" + in.ProductID
	default:
		id += ":" + own
	}
	for _, part := range devicePart.FindAllString(own, -1) {
		if in.USBPort != "" || in.VendorID != "" || in.Bus == "bluetooth" {
			id += ":" + strings.Trim(part, "&")
		}
	}
	return id
}

// devicePart is the number of an interface or of a collection in an instance.
var devicePart = regexp.MustCompile(`&(?:MI_[0-9A-F]{2}|COL[0-9A-F]{2})`)

// lineage is a device and those above it, as far as they are known.
func lineage(instance string, above map[string]Device) (chain []Device) {
	for range 16 { // deeper than USB goes, should a tree be a ring
		node, known := above[strings.ToUpper(instance)]
		if !known {
			return chain
		}
		chain = append(chain, node)
		instance = node.Parent
	}
	return chain
}

// remoteDesktopDevices are those of a session that is seen from elsewhere, as
// Windows' own Remote Desktop makes them.
var remoteDesktopDevices = []string{"RDP_KBD", "RDP_MOU", "TERMINPUT_BUS", "TS_INPT"}

// capRemovable is CM_DEVCAP_REMOVABLE: it can be taken out while Windows runs.
const capRemovable = 0x04

// placeRaw knows by which bus a device is joined, and whether it ends inside the
// machine. A device whose way up is not known has no place.
func placeRaw(instance string, chain []Device) (bus, place, maker string) {
	names := []string{instance}
	for _, node := range chain {
		names = append(names, strings.ToUpper(node.Instance))
	}
	if last := len(chain) - 1; last >= 0 && chain[last].Parent != "" {
		names = append(names, strings.ToUpper(chain[last].Parent)) // known by its name only
	}
	has := func(word string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.Contains(name, word) })
	}
	begins := func(prefix string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, prefix) })
	}
	rootless := func(name string) bool {
		return strings.HasPrefix(name, `ROOT\`) && !strings.HasPrefix(name, `ROOT\ACPI_HAL`) || strings.HasPrefix(name, `SWD\`)
	}
	switch {
	case slices.ContainsFunc(remoteDesktopDevices, has):
		return "virtual", InputVirtual, makerRemoteDesktop
	case slices.ContainsFunc(names, rootless):
		return "virtual", InputVirtual, makerDriver
	case begins(`BTHENUM\`), begins(`BTHLEDEVICE\`), begins(`BTHLE\`), has(`{00001812-0000-1000-8000-00805F9B34FB}`), has(`{00001124-0000-1000-8000-00805F9B34FB}`):
		return "bluetooth", InputExternal, ""
	case begins(`USB\`):
		if inside(chain) {
			return "usb", InputBuiltIn, ""
		}
		return "usb", InputExternal, ""
	case has(`ACPI\PNP03`), has(`ACPI\PNP0F`), begins(`ACPI\`) && len(names) > 0 && strings.HasPrefix(instance, `ACPI\`):
		return "serio", InputBuiltIn, "" // PS/2: the instance itself is the firmware's
	case begins(`VMBUS\`):
		return "virtual", InputExternal, ""
	case begins(`ACPI\`), begins(`PCI\`):
		return "i2c", InputBuiltIn, ""
	}
	return "hid", "", ""
}

// LocationPort turns a location such as PCIROOT(0)#PCI(1400)#USBROOT(0)#USB(2)#USB(1)
// into a port of USB, 1400-2.1: the bus is named by its place in the laptop.
func LocationPort(location string) string {
	var bus, ports []string
	for part := range strings.SplitSeq(location, "#") {
		kind, value, _ := strings.Cut(strings.TrimSuffix(part, ")"), "(")
		switch {
		case kind == "PCI", kind == "USBROOT" && value != "0":
			bus = append(bus, value)
		case kind == "USB":
			ports = append(ports, value)
		}
	}
	if len(ports) == 0 {
		return ""
	}
	return strings.Join(bus, "/") + "-" + strings.Join(ports, ".")
}

// inside says whether everything between a device and its host controller is
// fixed to the machine, as the firmware tells Windows of each port.
func inside(chain []Device) bool {
	seen := false
	for _, node := range chain {
		name := strings.ToUpper(node.Instance)
		if !strings.HasPrefix(name, `USB\`) || strings.Contains(name, `\ROOT_HUB`) || strings.Contains(name, "&MI_") {
			continue
		}
		if node.Capabilities&capRemovable != 0 {
			return false
		}
		seen = true
	}
	return seen
}

// parseRawList reads RAWINPUTDEVICELISTs: handle and kind.
func parseRawList(raw []byte) (devices []rawDevice) {
	for ; len(raw) >= 16; raw = raw[16:] {
		devices = append(devices, rawDevice{handle: binary.LittleEndian.Uint64(raw), kind: binary.LittleEndian.Uint32(raw[8:])})
	}
	return devices
}

// rawAboutSize is the length of RID_DEVICE_INFO.
const rawAboutSize = 32

// parseRawUsage reads the usage of a device that is neither keyboard nor mouse
// out of a RID_DEVICE_INFO: size, kind, vendor, product, version, page, usage.
func parseRawUsage(about []byte) (page, usage uint16) {
	if len(about) < 24 || binary.LittleEndian.Uint32(about[4:]) != rawHID {
		return 0, 0
	}
	return binary.LittleEndian.Uint16(about[20:]), binary.LittleEndian.Uint16(about[22:])
}
