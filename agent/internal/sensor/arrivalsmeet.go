package sensor

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// pluggedIn is a device at a port of the USB, which is read once, when it comes.
type pluggedIn struct {
	number  string // the kernel's number of it, which is another one each time it comes
	at      float64
	hand    bool // it can type or point, and is not built in
	unready int  // looks at which its input reports were not complete yet
	row     arrival
	met     map[string]bool // connectors whose display came with it
}

const readyLooks = 3 // a device whose reports are not complete by then stays as it is

// meetScreens learns which external displays came and went. What is there at
// the first look came at a time that only a recording may tell.
func (c *companions) meetScreens(fsys host.FS, connectors []string, now float64, held map[string]time.Duration) {
	there := map[string]bool{}
	for _, connector := range connectors {
		if internalConnector(connector) || attribute(fsys, path.Join(displayFolder, connector, "status")) != "connected" {
			continue
		}
		there[connector] = true
		if _, known := c.screens[connector]; known {
			continue
		}
		c.screens[connector] = now
		if c.last > 0 {
			continue
		}
		c.screens[connector] = never
		if since, told := held[connector]; told {
			c.screens[connector] = now - since.Seconds()
		}
	}
	for connector := range c.screens {
		if !there[connector] {
			delete(c.screens, connector)
			c.left.connectors[connector] = now
			for _, input := range c.inputs {
				delete(input.met, connector)
			}
		}
	}
}

// meetInputs learns which USB devices came and went. Those known already cost
// one small file each.
func (c *companions) meetInputs(fsys host.FS, ports []string, now float64) error {
	var problems []error
	there := map[string]bool{}
	for _, port := range ports {
		there[port] = true
		number := attribute(fsys, path.Join(usbFolder, port, "devnum"))
		known := c.inputs[port]
		if known != nil && known.number != number {
			c.left.ports[port] = now
			known = nil
		}
		if known != nil && (known.unready == 0 || known.unready > readyLooks) {
			continue
		}
		if known == nil {
			known = &pluggedIn{number: number, at: c.arrived(fsys, port, now), met: map[string]bool{}}
			c.inputs[port] = known
		}
		if err := c.meet(fsys, port, known); err != nil {
			problems = append(problems, fmt.Errorf("USB device %s: %w", port, err))
		}
	}
	c.unplug(there, now)
	return errors.Join(problems...)
}

// arrived is when a device came, in seconds since the laptop started. The
// kernel counts how long it has been there; without that count it is now.
func (c *companions) arrived(fsys host.FS, port string, now float64) float64 {
	if since := attribute(fsys, path.Join(usbFolder, port, "power/connected_duration")); since != "" {
		return max(now-seconds(since)/1000, 0)
	}
	if c.last == 0 {
		return never
	}
	return now
}

// meet reads a device that is new or was not ready.
func (c *companions) meet(fsys host.FS, port string, known *pluggedIn) error {
	device, err := readUSB(fsys, port)
	c.know(known, device)
	return err
}

// know takes in what a device is.
func (c *companions) know(known *pluggedIn, device usbDevice) {
	if known.unready == 0 && dockish(device) && known.at != never {
		c.docks = append(c.docks, known.at)
		c.docks = c.docks[max(0, len(c.docks)-dockLimit):]
	}
	known.hand = (device.Keyboard || device.Absolute || device.Relative) && device.Removable != "fixed"
	known.row = arrival{
		VendorID: device.VendorID, ProductID: device.ProductID, Speed: device.Speed, Keyboard: device.Keyboard, Absolute: device.Absolute,
	}
	inputs := slices.ContainsFunc(device.Interfaces, func(i string) bool { return strings.HasPrefix(i, "03/") })
	if inputs && !device.HIDComplete {
		known.unready++
	} else {
		known.unready = 0
	}
}

// dockish devices are in docks and in monitors with sockets of their own.
func dockish(d usbDevice) bool {
	const displayLink, billboard = "17e9", "11"
	return d.Class == "09" || d.Class == billboard || d.Network || d.VendorID == displayLink ||
		slices.ContainsFunc(d.Interfaces, func(i string) bool { return strings.HasPrefix(i, billboard+"/") })
}

// sameSocket says whether the kernel knows both to be at one USB-C socket.
// Linux 6.2 and later link connectors and USB ports to it.
func sameSocket(fsys host.FS, who bond) string {
	own, _, _ := strings.Cut(who.port, ".")
	input := linkBase(fsys, path.Join(usbFolder, own, "port", "connector"))
	screen := linkBase(fsys, path.Join(displayFolder, who.connector, "typec_connector"))
	if input == "" || screen == "" {
		return ""
	}
	return yes(input == screen)
}
