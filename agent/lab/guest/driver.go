//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// drivers are loaded in this order. All are the distribution's: a laptop has
// most of them, and the gadget side is what runs inside a KVM.
var drivers = []string{
	"button", "ac", "battery", "psmouse", "evdev", "usbhid", "hid-generic", "xhci-pci", "uhid", "uinput", "usb-storage", "sd_mod", "sr_mod", "bochs",
	"dummy_hcd", "usb_f_hid", "usb_f_mass_storage", "usb_f_rndis", "usb_f_fs", "usb_f_acm",
}

// loadDrivers inserts each driver and what it needs. The runner wrote the order
// that modprobe gave: a line per driver, its name and its files.
func loadDrivers() error {
	list, err := os.ReadFile("/drivers/order")
	if err != nil {
		return err
	}
	files := map[string][]string{}
	for line := range strings.Lines(string(list)) {
		words := strings.Fields(line)
		files[words[0]] = words[1:]
	}
	loaded := map[string]bool{}
	for _, driver := range drivers {
		if files[driver] == nil {
			return fmt.Errorf("the kernel package has no driver %s", driver)
		}
		for _, file := range files[driver] {
			if loaded[file] {
				continue
			}
			if err := insert("/drivers/" + file); err != nil {
				return fmt.Errorf("load driver %s: %s: %w", driver, file, err)
			}
			loaded[file] = true
		}
	}
	return nil
}

func insert(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if err := unix.FinitModule(int(file.Fd()), "", 0); err != nil && !errors.Is(err, unix.EEXIST) {
		return err
	}
	return nil
}
