package host

import (
	"fmt"
	"time"
)

// Tool is one command line farmwatch may run. The list below is complete:
// nothing else is ever executed, and no argument comes from outside.
type Tool struct {
	Name    string        // how a recording keeps its output: "tools/<name>"
	Command []string      // program and all its arguments
	Timeout time.Duration // how long it may take
}

// The commands, in the order of their names.
var (
	// RPMPackages lists installed packages where the database is not a text file.
	RPMPackages = Tool{
		Name:    "rpm-packages",
		Command: []string{"rpm", "-qa", "--queryformat", `%{NAME}\t%{VERSION}-%{RELEASE}\t%{ARCH}\n`},
		Timeout: 20 * time.Second,
	}
	// IORegUSB prints what macOS knows of each USB device, its interfaces and disks, as a property list.
	IORegUSB = ioreg("ioreg-usb", "-c", "IOUSBHostDevice")
	// IORegHID prints each input device with its report descriptor.
	IORegHID = ioreg("ioreg-hid", "-c", "IOHIDDevice", "-d", "1")
	// IORegDisplay prints each display that a picture is sent to.
	IORegDisplay = ioreg("ioreg-display", "-c", "IOMobileFramebuffer", "-d", "1")
	// IORegEDID prints the displays of Intel machines, which have another class, with their EDIDs.
	IORegEDID = ioreg("ioreg-edid", "-c", "IODisplay", "-d", "1")
)

// ioreg is a look into macOS' registry of devices.
func ioreg(name string, which ...string) Tool {
	return Tool{Name: name, Command: append([]string{"ioreg", "-a", "-l", "-r"}, which...), Timeout: 10 * time.Second}
}

// Tools is every command line there is.
func Tools() []Tool { return []Tool{RPMPackages, IORegUSB, IORegHID, IORegDisplay, IORegEDID} }

// listedTool gives the tool of this name as it is listed, whatever a caller
// made of his copy.
func listedTool(t Tool) (Tool, error) {
	for _, listed := range Tools() {
		if listed.Name == t.Name {
			return listed, nil
		}
	}
	return Tool{}, fmt.Errorf("tool %q is not on the list: %w", t.Name, ErrUnsupported)
}
