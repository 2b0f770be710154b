package host

import (
	"strconv"
	"strings"
)

// macFacts are what a Mac says of itself, each from another place.
type macFacts struct {
	version  string     // of sysctl kern.osproductversion
	hardware string     // of sysctl hw.model
	virtual  bool       // of sysctl kern.hv_vmm_present: a hypervisor runs it
	expert   properties // of the IOPlatformExpertDevice
	product  properties // of the device tree's product
	battery  bool
}

// platform puts them together.
func (f macFacts) platform() Platform {
	p := Platform{OS: "darwin", OSVersion: strings.TrimSpace("macOS " + macVersion(f.version)), Vendor: f.expert.text("manufacturer"), Product: f.hardware}
	if p.Product == "" {
		p.Product = f.expert.text("model")
	}
	if p.Vendor == "" && p.Product != "" {
		p.Vendor = "Apple Inc."
	}
	p.Chassis = f.chassis(p.Product)
	p.Hardware = hardware(f.expert.text("IOPlatformUUID"), meaningful(f.expert.text("IOPlatformSerialNumber")), "", "")
	return p
}

// macVersion is the version of macOS. There is none from 16 to 25: to programs that
// were built before there was a 26, as ours may be, macOS 26 calls itself 16.
func macVersion(told string) string {
	first, rest, _ := strings.Cut(told, ".")
	major, err := strconv.Atoi(first)
	if err != nil || major < 16 || major > 25 {
		return told
	}
	return strings.TrimSuffix(strconv.Itoa(major+10)+"."+rest, ".")
}

// chassis goes by the model's name, which since 2022 says nothing of the case
// ("Mac14,2"), then by the product's name and the battery.
func (f macFacts) chassis(hardware string) string {
	name := f.product.text("product-name")
	switch {
	case f.virtual, strings.HasPrefix(hardware, "VirtualMac"), virtualMachine(f.expert.text("manufacturer"), hardware):
		return "vm"
	case strings.HasPrefix(hardware, "MacBook"), strings.HasPrefix(name, "MacBook"), f.battery:
		return "laptop"
	case hardware == "":
		return ""
	}
	return "desktop"
}
