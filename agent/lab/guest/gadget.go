//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// A gadget is a USB device that the kernel's gadget drivers make, as the Linux
// inside a KVM does, and that dummy_hcd plugs into this same kernel.
type gadget struct {
	vendor, product, release uint16
	maker, name, serial      string
	milliamperes             int
	attributes               string // of the configuration; empty is the kernel's own, 0x80
	hid                      []function
	disk                     string   // what its virtual drive answers to an inquiry; empty: it has none
	cdrom                    bool     // whether that drive is an optical one
	others                   []string // further functions, as the kernel names their drivers
}

// A function is one keyboard, mouse or other HID interface of a gadget.
type function struct {
	subclass, protocol, length int
	report                     []byte
	leds                       bool // it has an OUT endpoint
}

// plug plugs a gadget in and gives the files through which its owner types and
// points, one for each HID function.
func (b *bench) plug(g gadget) ([]*os.File, error) {
	t := &tree{root: filepath.Join(configfs, "usb_gadget", "lab")}
	b.atEnd(t.fell)
	t.write("idVendor", fmt.Sprintf("%#04x", g.vendor))
	t.write("idProduct", fmt.Sprintf("%#04x", g.product))
	t.write("bcdDevice", fmt.Sprintf("%#04x", g.release))
	t.write("bcdUSB", "0x0200")
	t.write("strings/0x409/manufacturer", g.maker)
	t.write("strings/0x409/product", g.name)
	if g.serial != "" {
		t.write("strings/0x409/serialnumber", g.serial)
	}
	t.write("configs/c.1/MaxPower", strconv.Itoa(g.milliamperes))
	if g.attributes != "" {
		t.write("configs/c.1/bmAttributes", g.attributes)
	}
	for i, f := range g.hid {
		t.hid(fmt.Sprintf("hid.usb%d", i), f)
	}
	if g.disk != "" {
		t.drive(g)
	}
	for _, name := range g.others {
		if t.folder("functions/" + name); name == android && t.err == nil {
			t.err = b.animate()
		}
		t.link(name)
	}
	if t.err != nil {
		return nil, fmt.Errorf("build gadget %s: %w", g.name, t.err)
	}
	if err := b.connect(t, g); err != nil {
		return nil, fmt.Errorf("plug in gadget %s: %w", g.name, err)
	}
	time.Sleep(noticing)
	return b.outlets(t, len(g.hid))
}

// connect binds the gadget to the virtual socket and waits until the laptop's
// side has understood all of it: a look in between sees half a device.
func (b *bench) connect(t *tree, g gadget) error {
	socket := filepath.Base(names("/sys/class/udc/*")[0])
	if t.write("UDC", socket); t.err != nil {
		return t.err
	}
	if err := await("the configured gadget", func() bool { return text("/sys/class/udc/"+socket+"/state") == "configured" }); err != nil {
		return err
	}
	hids := fmt.Sprintf("/sys/bus/hid/devices/0003:%04X:%04X.*/driver", g.vendor, g.product)
	if err := await("drivers for its input functions", func() bool { return len(names(hids)) == len(g.hid) }); err != nil {
		return err
	}
	if g.disk == "" {
		return nil
	}
	return await("its disk", func() bool { return len(names("/sys/class/scsi_device/*")) > 0 })
}

// outlets opens the gadget's side of each HID function.
func (b *bench) outlets(t *tree, count int) ([]*os.File, error) {
	var files []*os.File
	for i := range count {
		number := text(filepath.Join(t.root, "functions", fmt.Sprintf("hid.usb%d", i), "dev"))
		for _, node := range names("/sys/class/hidg/*") {
			if text(node+"/dev") != number {
				continue
			}
			file, err := os.OpenFile("/dev/"+filepath.Base(node), os.O_RDWR, 0)
			if err != nil {
				return nil, err
			}
			b.atEnd(file.Close)
			files = append(files, file)
		}
	}
	if len(files) != count {
		return nil, fmt.Errorf("%d of %d HID functions can be written to", len(files), count)
	}
	return files, nil
}
