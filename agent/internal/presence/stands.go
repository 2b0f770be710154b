package presence

import (
	"io/fs"
	"path"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// How lid and plugs stand, read from the same files as the sensor "power" reads.

const (
	supplies    = "sys/class/power_supply"
	lids        = "proc/acpi/button/lid"
	mostEntries = 64
)

var laptopLid = Device{Name: "the laptop's lid", BuiltIn: true}

// lidStands is "open" or "closed", or nothing where no lid says so.
func lidStands(files host.FS) string {
	entries, err := fs.ReadDir(files, lids)
	if err != nil {
		return ""
	}
	for _, entry := range entries[:min(len(entries), mostEntries)] {
		if words := strings.Fields(line(files, path.Join(lids, entry.Name(), "state"))); len(words) == 2 && (words[1] == "open" || words[1] == "closed") {
			return words[1]
		}
	}
	return ""
}

// plug is one way by which the laptop gets power.
type plug struct {
	device Device
	stands string // in, out
}

// plugs are the mains adapter and the USB ports that charge. The kernel's own
// pretended supplies, which a program can switch, are virtual.
func plugs(files host.FS) []plug {
	entries, err := fs.ReadDir(files, supplies)
	if err != nil {
		return nil
	}
	var all []plug
	for _, entry := range entries[:min(len(entries), mostEntries)] {
		dir := path.Join(supplies, entry.Name())
		switch line(files, path.Join(dir, "type")) {
		case "Mains", "USB", "Wireless":
		default:
			continue
		}
		online := line(files, path.Join(dir, "online"))
		if online == "" || line(files, path.Join(dir, "scope")) == "Device" {
			continue
		}
		p := plug{Device{Name: "power plug " + entry.Name(), BuiltIn: true}, "in"}
		if online == "0" {
			p.stands = "out"
		}
		if place, err := files.ReadLink(dir); err == nil { // a recording may have none
			p.device.Virtual = strings.Contains(place, "/virtual/")
			p.device.BuiltIn = !strings.Contains(place, "/usb") // what is plugged into USB is not the laptop's own
		}
		all = append(all, p)
	}
	return all
}

// line is a file of one line, or nothing.
func line(files host.FS, name string) string {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return "" // gone, or not told
	}
	return strings.TrimSpace(string(text[:min(len(text), 256)]))
}
