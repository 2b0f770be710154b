package host

import (
	"bytes"
	"io/fs"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// maxAttribute is the longest file of sysfs that is recorded.
const maxAttribute = 64 << 10

// linuxFiles records the files that sensors read. A file that cannot be read is
// left out, and so absent in the recording.
func (r *recorder) linuxFiles() {
	r.devices("sys/bus/usb/devices", `.`, 12)
	r.devices("sys/class/drm", `^card\d+-`, 1)
	r.devices("sys/class/net", `.`, 1)
	r.devices("sys/class/power_supply", `.`, 1)
	for _, name := range []string{"sys_vendor", "product_name", "product_version", "board_vendor", "board_name", "bios_vendor", "bios_version", "chassis_type"} {
		r.copy("sys/class/dmi/id/"+name, r.scrubber.text)
	}
	r.each("proc/acpi/button/lid", func(lid string) { r.copy(lid+"/state", r.scrubber.text) })
	r.copy("proc/net/route", r.scrubber.routes)
	r.copy("proc/net/ipv6_route", r.scrubber.routes6)
	r.copy("proc/net/arp", r.scrubber.neighbours)
	r.copy("etc/os-release", r.scrubber.text)
	r.posture()
	r.packages()
	r.units()
	r.withholdSettings()
}

// attributes are the files of a device that sensors read.
func attributes() []string {
	return []string{
		"idVendor", "idProduct", "bcdDevice", "version", "manufacturer", "product", "serial", "speed", "bMaxPower", "bmAttributes",
		"bDeviceClass", "bDeviceSubClass", "bDeviceProtocol", "bNumInterfaces", "bNumConfigurations", "bConfigurationValue", "removable", "descriptors",
		"bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol", "bInterfaceNumber", "bAlternateSetting", "bNumEndpoints", "interface",
		"report_descriptor", "vendor", "model", "rev", "wMaxPacketSize", "bEndpointAddress", "uevent",
		"status", "enabled", "edid", "modes",
		"type", "flags", "operstate", "mtu", "carrier", "tun_flags",
		"online", "present", "scope", "capacity", "cycle_count",
	}
}

// devices records a folder of links to devices, and of each device its
// attributes down to a depth.
func (r *recorder) devices(folder, which string, depth int) {
	pattern := regexp.MustCompile(which)
	entries, err := fs.ReadDir(r.files, folder)
	if err != nil {
		return
	}
	r.add("files/"+folder+"/", nil) // an empty bus is an answer
	for _, entry := range entries {
		name := path.Join(folder, entry.Name())
		if !pattern.MatchString(entry.Name()) {
			continue
		}
		found := name
		if target, err := r.files.ReadLink(name); err == nil {
			r.link("files/"+r.scrubber.text(name), r.scrubber.text(target))
			found = path.Join(folder, target)
		}
		r.device(found, depth)
	}
}

// device records what one device says of itself and of the devices below it.
func (r *recorder) device(dir string, depth int) {
	entries, err := fs.ReadDir(r.files, dir)
	if err != nil || depth < 0 || r.seen["device "+dir] {
		return
	}
	r.seen["device "+dir] = true
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		switch {
		case entry.Type()&fs.ModeSymlink != 0:
			r.deviceLink(dir, entry.Name())
		case entry.IsDir() && slices.Contains([]string{"wireless", "bridge", "brport"}, entry.Name()):
			r.add("files/"+r.scrubber.text(name)+"/", nil) // there or not is all that is asked
		case entry.IsDir() && entry.Name() != "power" && depth > 0:
			r.device(name, depth-1)
		case slices.Contains(attributes(), entry.Name()):
			r.attribute(dir, entry.Name())
		}
	}
}

// deviceLink keeps the links by which sensors go: to the driver, and from a
// network interface to its card.
func (r *recorder) deviceLink(dir, name string) {
	full := path.Join(dir, name)
	target, err := r.files.ReadLink(full)
	if err != nil || !slices.Contains([]string{"driver", "device", "master", "phy80211", "subsystem"}, name) {
		return
	}
	r.link("files/"+r.scrubber.text(full), r.scrubber.text(target))
	if driver, err := r.files.ReadLink(full + "/driver"); err == nil && name == "device" && !path.IsAbs(target) {
		r.link("files/"+r.scrubber.text(path.Join(dir, target, "driver")), r.scrubber.text(driver))
	}
}

func (r *recorder) attribute(dir, name string) {
	file, err := r.files.Open(path.Join(dir, name))
	if err != nil {
		return
	}
	defer done(file)
	content, err := readBounded(file, name, maxAttribute)
	if err != nil {
		return
	}
	switch name {
	case "edid":
		content = r.scrubber.edid(content)
	case "serial":
		content = []byte(r.scrubber.serial(strings.TrimRight(string(content), "\n")) + "\n")
	case "uevent":
		content = []byte(r.scrubber.uevent(string(content)))
	case "descriptors", "report_descriptor":
	default:
		content = []byte(r.scrubber.text(string(content)))
	}
	r.add("files/"+r.scrubber.text(path.Join(dir, name)), content)
}

// uevent scrubs the values that hold serial numbers.
func (s scrubber) uevent(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimRight(line, "\n"), "=")
		if ok && (key == "HID_UNIQ" || strings.Contains(key, "SERIAL")) && !s.mac.MatchString(value) {
			line = key + "=" + s.serial(value) + "\n"
		}
		out.WriteString(s.text(line))
	}
	return out.String()
}

// copy records one file, whole, through an edit.
func (r *recorder) copy(name string, edit func(string) string) {
	if content, err := fs.ReadFile(r.files, name); err == nil {
		r.add("files/"+r.scrubber.text(name), []byte(edit(string(content))))
	}
}

func (r *recorder) each(folder string, do func(name string)) {
	entries, err := fs.ReadDir(r.files, folder)
	if err != nil {
		return // not on this machine
	}
	for _, entry := range entries {
		do(path.Join(folder, entry.Name()))
	}
}

// routes scrubs /proc/net/route: destination and gateway are the second and
// third field, in hexadecimal and little endian.
func (s scrubber) routes(text string) string {
	return s.fields(text, func(i int, field string) string {
		if i != 1 && i != 2 || field == "00000000" {
			return field
		}
		a, err := parseHexAddress(field + ":0000")
		if err != nil {
			return field
		}
		fake := s.address(a.Addr()).As4()
		const digits = "0123456789ABCDEF"
		var out strings.Builder
		for _, octet := range slices.Backward(fake[:]) {
			out.WriteByte(digits[octet>>4])
			out.WriteByte(digits[octet&15])
		}
		return out.String()
	})
}

// routes6 scrubs /proc/net/ipv6_route: addresses are 32 digits.
func (s scrubber) routes6(text string) string {
	return s.fields(text, func(_ int, field string) string {
		if len(field) != 32 {
			return field
		}
		var raw [16]byte
		for i := range raw {
			octet, err := strconv.ParseUint(field[2*i:2*i+2], 16, 8)
			if err != nil {
				return field
			}
			raw[i] = byte(octet)
		}
		fake := s.address(netip.AddrFrom16(raw)).As16()
		return string(bytes.TrimSpace(hexLines(fake[:])))
	})
}

// neighbours scrubs /proc/net/arp.
func (s scrubber) neighbours(text string) string {
	return s.fields(text, func(i int, field string) string {
		a, err := netip.ParseAddr(field)
		if i != 0 || err != nil {
			return field
		}
		return s.address(a).String()
	})
}

// fields edits the fields of each line after the heading, keeping the space between.
func (s scrubber) fields(text string, edit func(i int, field string) string) string {
	word := regexp.MustCompile(`\S+`)
	var out strings.Builder
	for line := range strings.Lines(text) {
		i := -1
		out.WriteString(word.ReplaceAllStringFunc(line, func(field string) string {
			i++
			return edit(i, field)
		}))
	}
	return s.text(out.String())
}
