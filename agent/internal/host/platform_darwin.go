package host

import (
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// start asks what machine this is. What is not told stays empty.
func (h *LiveHost) start() {
	text := func(name string) string {
		value, err := unix.Sysctl(name)
		if err != nil {
			return ""
		}
		return value
	}
	facts := macFacts{version: text("kern.osproductversion"), hardware: text("hw.model"), product: productOf()}
	if present, err := unix.SysctlUint32("kern.hv_vmm_present"); err == nil {
		facts.virtual = present == 1
	}
	if expert, err := ioProperties("IOPlatformExpertDevice"); err == nil {
		facts.expert = expert
	}
	if battery, err := ioProperties("AppleSmartBattery"); err == nil {
		facts.battery = battery.flag("BatteryInstalled") != "false"
	}
	h.platform = facts.platform()
	h.platform.Arch, h.platform.BootID = runtime.GOARCH, text("kern.bootsessionuuid")
	if name, err := os.Hostname(); err == nil {
		h.platform.Name = name
	}
}

// productOf are the properties of the firmware's entry for the product; only
// Apple's own chips have it.
func productOf() properties {
	path := cText("IODeviceTree:/product")
	entry, err := ioKit.call("IORegistryEntryFromPath", 0, uintptr(unsafe.Pointer(&path[0])))
	if err != nil || entry == 0 {
		return nil
	}
	defer ioObject(entry).release()
	list, err := ioObject(entry).list()
	if err != nil {
		return nil
	}
	found, err := readProperties(list)
	if err != nil {
		return nil
	}
	return found
}
