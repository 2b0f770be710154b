package host

import "strings"

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
	p := Platform{OS: "darwin", OSVersion: strings.TrimSpace("macOS " + f.version), Vendor: f.expert.text("manufacturer"), Product: f.hardware}
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
