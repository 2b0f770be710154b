package parsetest

import (
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/tools/txtar"
)

const (
	controller = "devices/pci0000:00/0000:00:14.0/usb" // of bus 1 and all others, as on most laptops
	sysfsBus   = "files/sys/bus/usb/devices/"
)

// Sysfs is what Linux shows of the device, as entries of a recording: the link
// on the bus, the attributes of the device and of its interfaces, its input
// reports and disks. The hub above is not made; neither is the bus itself.
func (d USBDevice) Sysfs() []txtar.File {
	dir := "files/sys/" + d.sysfsPath()
	s := &sysfs{}
	s.link(sysfsBus+d.Port, "../../../"+d.sysfsPath())
	for _, a := range [][2]string{
		{"idVendor", fmt.Sprintf("%04x", d.Vendor)}, {"idProduct", fmt.Sprintf("%04x", d.Product)}, {"bcdDevice", fmt.Sprintf("%04x", d.Release)},
		{"version", " 2.00"}, {"manufacturer", d.Maker}, {"product", d.Name}, {"serial", d.Serial}, {"speed", d.Speed},
		{"bMaxPower", fmt.Sprintf("%dmA", d.MaxPower)}, {"bmAttributes", fmt.Sprintf("%02x", d.Attributes)}, {"bDeviceClass", fmt.Sprintf("%02x", d.Class)},
		{"bConfigurationValue", "1"}, {"removable", map[bool]string{true: "fixed", false: "removable"}[d.BuiltIn]},
	} {
		s.attribute(dir, a[0], a[1])
	}
	s.bytes(dir+"/descriptors", d.Descriptors())
	for i, f := range d.Functions {
		name := fmt.Sprintf("%s:1.%d", d.Port, i)
		s.link(sysfsBus+name, "../../../"+d.sysfsPath()+"/"+name)
		s.function(dir+"/"+name, f, fmt.Sprintf("0003:%04X:%04X.%04d", d.Vendor, d.Product, i+1))
	}
	return s.files
}

// sysfsPath is the device's place below /sys.
func (d USBDevice) sysfsPath() string {
	bus, ports := d.way()
	path := controller + bus
	for i := range ports {
		path += "/" + bus + "-" + strings.Join(ports[:i+1], ".")
	}
	return path
}

type sysfs struct{ files []txtar.File }

func (s *sysfs) link(name, target string) {
	s.files = append(s.files, txtar.File{Name: name + " -> " + target})
}

func (s *sysfs) attribute(dir, name, value string) {
	if value != "" {
		s.files = append(s.files, txtar.File{Name: dir + "/" + name, Data: []byte(value + "\n")})
	}
}

func (s *sysfs) bytes(name string, content []byte) {
	if len(content) > 0 {
		s.files = append(s.files, txtar.File{Name: name + " [hex]", Data: []byte(hex.EncodeToString(content) + "\n")})
	}
}

func (s *sysfs) function(dir string, f USBFunction, input string) {
	s.attribute(dir, "bInterfaceClass", fmt.Sprintf("%02x", f.Class))
	s.attribute(dir, "bInterfaceSubClass", fmt.Sprintf("%02x", f.SubClass))
	s.attribute(dir, "bInterfaceProtocol", fmt.Sprintf("%02x", f.Protocol))
	s.attribute(dir, "interface", f.Name)
	if f.Driver != "" {
		s.link(dir+"/driver", "/sys/bus/usb/drivers/"+f.Driver)
	}
	if f.Driver == "usbhid" {
		s.bytes(dir+"/"+input+"/report_descriptor", f.Report)
	}
	for i, disk := range f.Disks {
		unit := fmt.Sprintf("%s/host0/target0:0:0/0:0:0:%d", dir, i)
		s.attribute(unit, "vendor", fmt.Sprintf("%-8s", disk.Vendor))
		s.attribute(unit, "model", fmt.Sprintf("%-16s", disk.Product))
		s.attribute(unit, "rev", disk.Revision)
	}
}
