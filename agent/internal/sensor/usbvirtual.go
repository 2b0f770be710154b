package sensor

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

const hidFolder = "sys/bus/hid/devices"

// virtualUSB are input devices that a program on the laptop made through uhid
// and that claim to be on USB. They are on no bus; only their place among the
// kernel's devices shows it. Bluetooth keyboards made the same way say so, and
// are none of these.
func virtualUSB(fsys host.FS) ([]usbDevice, error) {
	entries, err := fs.ReadDir(fsys, hidFolder)
	if err != nil { // without input devices there is no such folder
		return nil, unlessGone(err)
	}
	var rows []usbDevice
	var problems []error
	for _, entry := range entries[:min(len(entries), rowLimit)] {
		name := entry.Name()
		target, err := fsys.ReadLink(path.Join(hidFolder, name))
		if err != nil || !isHID(name) || !strings.HasPrefix(name, "0003:") || !host.MadeBySoftware(target) || !strings.Contains(target, "/uhid/") {
			continue
		}
		row, err := readVirtual(fsys, name)
		if err != nil {
			problems = append(problems, fmt.Errorf("virtual USB device %s: %w", name, err))
		}
		rows = append(rows, row)
	}
	return rows, errors.Join(problems...)
}

// readVirtual makes the row of one: it has no speed, power or interfaces.
func readVirtual(fsys host.FS, name string) (usbDevice, error) {
	dir := path.Join(hidFolder, name)
	row := usbDevice{
		Port: "uhid-" + name, VirtualBus: true,
		VendorID: strings.ToLower(name[5:9]), ProductID: strings.ToLower(name[10:14]),
		Product: uevent(fsys, dir, "HID_NAME"), Serial: uevent(fsys, dir, "HID_UNIQ"),
	}
	row.SerialKind = serialKind(row.Serial)
	f := usbFunction{class: usbHID, driver: linkBase(fsys, path.Join(dir, "driver"))}
	err := f.readReport(fsys, dir)
	row.describe([]usbFunction{f})
	row.Interfaces, row.PacketMatches, row.RemoteWakeup = nil, yes(false), yes(false)
	row.forgetOwner()
	return row, err
}
