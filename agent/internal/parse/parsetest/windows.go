package parsetest

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// A Node is one device as Windows' configuration manager shows it: one row of a
// recording's devices.yaml.
type Node struct {
	Instance     string   `yaml:"instance"`
	Parent       string   `yaml:"parent,omitempty"`
	Hardware     []string `yaml:"hardware,omitempty"`
	Compatible   []string `yaml:"compatible,omitempty"`
	Described    string   `yaml:"described,omitempty"`
	Manufacturer string   `yaml:"manufacturer,omitempty"`
	Friendly     string   `yaml:"friendly,omitempty"`
	Service      string   `yaml:"service,omitempty"`
	Location     string   `yaml:"location,omitempty"`
	Speed        string   `yaml:"speed_mbps,omitempty"`
	Capabilities uint32   `yaml:"capabilities,omitempty"` // CM_DEVCAP_*: 4 removable, 0x10 the instance's last part is the device's own, 0x80 on every device of USB
	Descriptors  string   `yaml:"descriptors,omitempty"`  // hexadecimal, as are those below
	Preparsed    string   `yaml:"preparsed,omitempty"`
	EDID         string   `yaml:"edid,omitempty"`

	Output  string    `yaml:"output,omitempty"`      // of a display: internal, external, indirect, virtual
	Told    bool      `yaml:"output_told,omitempty"` // by a companion
	Arrived time.Time `yaml:"arrived,omitempty"`     // when it came
}

// WindowsRoot is the root hub that all devices of WindowsNodes hang on.
const (
	WindowsRoot     = `USB\ROOT_HUB30\4&1A2B3C4D&0&0`
	windowsLocation = "PCIROOT(0)#PCI(1400)#USBROOT(0)"
)

// WindowsNodes are the nodes that Windows makes of the device: itself, one for
// each function of a composite device, one for each top-level collection of an
// input function, one for each disk. What Windows does not tell (the maker, the
// descriptors) is not in them.
func (d USBDevice) WindowsNodes() []Node {
	id := fmt.Sprintf("VID_%04X&PID_%04X", d.Vendor, d.Product)
	_, ports := d.way()
	tail := d.Serial
	own := uint32(0x90)
	if tail == "" {
		tail, own = "5&2C4B8A9&0&"+ports[len(ports)-1], 0x80
	}
	device := Node{
		Instance: `USB\` + id + `\` + tail, Parent: WindowsRoot, Described: d.Name, Service: "usbccgp",
		Hardware: []string{fmt.Sprintf(`USB\%s&REV_%04X`, id, d.Release), `USB\` + id},
		Location: windowsLocation, Speed: d.Speed, Capabilities: own,
	}
	for _, port := range ports {
		device.Location += "#USB(" + port + ")"
	}
	if !d.BuiltIn {
		device.Capabilities |= 4
	}
	if len(d.Functions) == 1 {
		f := d.Functions[0]
		device.Compatible, device.Service = compatible("Class", f.Class, f.SubClass, f.Protocol), windowsService(f)
		return append([]Node{device}, d.childNodes(device, f, id, "")...)
	}
	device.Compatible = append(compatible("DevClass", d.Class, d.SubClass, d.Protocol), `USB\COMPOSITE`)
	nodes := []Node{device}
	for i, f := range d.Functions {
		mi := fmt.Sprintf("&MI_%02X", i)
		function := Node{
			Instance: fmt.Sprintf(`USB\%s%s\6&1F2E3D4C&0&%04X`, id, mi, i), Parent: device.Instance, Described: f.Name, Service: windowsService(f),
			Hardware:   []string{fmt.Sprintf(`USB\%s&REV_%04X%s`, id, d.Release, mi), `USB\` + id + mi},
			Compatible: compatible("Class", f.Class, f.SubClass, f.Protocol),
			Location:   fmt.Sprintf("%s#USBMI(%d)", device.Location, i),
		}
		nodes = append(append(nodes, function), d.childNodes(function, f, id, mi)...)
	}
	return nodes
}

// compatible is how Windows writes a class triplet.
func compatible(word string, class, subclass, protocol byte) []string {
	return []string{
		fmt.Sprintf(`USB\%s_%02X&SubClass_%02X&Prot_%02X`, word, class, subclass, protocol),
		fmt.Sprintf(`USB\%s_%02X&SubClass_%02X`, word, class, subclass),
		fmt.Sprintf(`USB\%s_%02X`, word, class),
	}
}

func windowsService(f USBFunction) string {
	return map[byte]string{1: "usbaudio2", 2: "UsbNcm", 3: "HidUsb", 8: "USBSTOR", 9: "USBHUB3", 0x0e: "usbvideo", 0xe0: "usbrndis6"}[f.Class]
}

// childNodes are the collections and disks of one function.
func (d USBDevice) childNodes(parent Node, f USBFunction, id, mi string) []Node {
	var nodes []Node
	blocks := Preparsed(f.Report)
	for i, block := range blocks {
		col := ""
		if len(blocks) > 1 {
			col = fmt.Sprintf("&Col%02d", i+1)
		}
		usage, page := int(block[8])|int(block[9])<<8, int(block[10])|int(block[11])<<8
		nodes = append(nodes, Node{
			Instance: fmt.Sprintf(`HID\%s%s%s\7&3A4B5C6D&0&%04X`, id, mi, col, i), Parent: parent.Instance,
			Hardware: []string{
				fmt.Sprintf(`HID\%s&REV_%04X%s%s`, id, d.Release, mi, col), `HID\` + id + mi + col,
				fmt.Sprintf("HID_DEVICE_UP:%04X_U:%04X", page, usage), "HID_DEVICE",
			},
			Manufacturer: d.Maker, Preparsed: hex.EncodeToString(block),
		})
	}
	for i, disk := range f.Disks {
		kind := map[bool]string{true: "CdRom", false: "Disk"}[disk.Optical]
		underscored := func(text string) string { return strings.ReplaceAll(text, " ", "_") }
		nodes = append(nodes, Node{
			Instance: fmt.Sprintf(`USBSTOR\%s&Ven_%s&Prod_%s&Rev_%s\%s&%d`, kind, underscored(disk.Vendor), underscored(disk.Product), underscored(disk.Revision), cmp.Or(d.Serial, "7&12345678"), i),
			Parent:   parent.Instance,
			Hardware: []string{fmt.Sprintf(`USBSTOR\%s%s`, kind, underscored(fmt.Sprintf("%-8s%-16s%-4s", disk.Vendor, disk.Product, disk.Revision)))},
			Friendly: disk.Vendor + " " + disk.Product + " USB Device", Service: "disk",
		})
	}
	return nodes
}

// Devices writes nodes as devices.yaml.
func Devices(nodes ...Node) []byte {
	text, err := yaml.Marshal(slices.Clone(nodes))
	if err != nil { // a struct of texts and numbers
		return []byte(err.Error())
	}
	return text
}
