package host

import (
	"io/fs"
	"strconv"
	"strings"
)

// linuxPlatform reads what a Linux machine says of itself from its files.
func linuxPlatform(files fs.FS) Platform {
	line := func(name string) string {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return "" // hidden or not there: unknown
		}
		return strings.ToValidUTF8(strings.TrimSpace(string(text[:min(len(text), 256)])), "\uFFFD")
	}
	dmi := func(name string) string { return meaningful(line("sys/class/dmi/id/" + name)) }
	p := Platform{
		OS:        "linux",
		OSVersion: linuxVersion(files, line("proc/sys/kernel/osrelease")),
		Name:      line("proc/sys/kernel/hostname"),
		Vendor:    dmi("sys_vendor"),
		Product:   dmi("product_name"),
		Chassis:   chassis(line("sys/class/dmi/id/chassis_type")),
		BootID:    line("proc/sys/kernel/random/boot_id"),
	}
	if p.Name == "" {
		p.Name = line("etc/hostname")
	}
	if virtualMachine(p.Vendor, p.Product) {
		p.Chassis = "vm"
	}
	p.Hardware = hardware(dmi("product_uuid"), dmi("product_serial"), dmi("board_serial"), line("etc/machine-id"))
	return p
}

// hardware joins what identifies the mainboard. Without a readable SMBIOS UUID
// or serial, the installed system's machine id stands in.
func hardware(uuid, serial, board, machineID string) string {
	uuid = strings.ToLower(uuid)
	if strings.Trim(uuid, "0-") == "" || strings.Trim(uuid, "f-") == "" {
		uuid = ""
	}
	if uuid == "" && serial == "" && board == "" {
		if machineID == "" {
			return ""
		}
		return "machine-id:" + machineID
	}
	return "smbios:" + strings.Join([]string{uuid, serial, board}, "|")
}

// meaningful drops what firmware vendors leave in SMBIOS when they fill in nothing.
func meaningful(text string) string {
	switch strings.ToLower(strings.Trim(text, " .0")) {
	case "", "to be filled by o.e.m", "default string", "system serial number", "system product name", "system manufacturer",
		"not specified", "not applicable", "none", "n/a", "invalid", "o.e.m", "unknown", "chassis serial number", "base board serial number":
		return ""
	}
	return text
}

// chassis puts the SMBIOS chassis type (DSP0134, 7.4.1) into words.
func chassis(number string) string {
	n, err := strconv.Atoi(number)
	if err != nil {
		return ""
	}
	switch n & 0x7f {
	case 8, 9, 10, 14, 30, 31, 32:
		return "laptop"
	case 3, 4, 5, 6, 7, 13, 15, 16, 24, 33, 34, 35, 36:
		return "desktop"
	case 17, 23, 25, 28, 29:
		return "server"
	}
	return ""
}

func virtualMachine(vendor, product string) bool {
	text := strings.ToLower(vendor + " " + product)
	for _, word := range []string{"qemu", "kvm", "vmware", "virtualbox", "innotek", "xen", "virtual machine", "parallels", "bochs", "bhyve", "amazon ec2", "google compute engine", "openstack"} {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// linuxVersion is os-release's pretty name, or the kernel's release.
func linuxVersion(files fs.FS, kernel string) string {
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			continue // the next place
		}
		values := keyValues(text)
		if pretty := values["PRETTY_NAME"]; pretty != "" {
			return pretty
		}
		if values["NAME"] != "" {
			return strings.TrimSpace(values["NAME"] + " " + values["VERSION"])
		}
	}
	if kernel == "" {
		return ""
	}
	return "Linux " + kernel
}

// keyValues reads KEY=value lines, with or without quotes.
func keyValues(text []byte) map[string]string {
	values := map[string]string{}
	for line := range strings.SplitSeq(string(text), "\n") {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || strings.HasPrefix(key, "#") {
			continue
		}
		if len(value) >= 2 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0] {
			value = value[1 : len(value)-1]
		}
		values[key] = value
	}
	return values
}

// under fills p into the gaps of what was written down explicitly.
func (p Platform) under(written Platform) Platform {
	fill := func(to *string, from string) {
		if *to == "" {
			*to = from
		}
	}
	fill(&written.OS, p.OS)
	fill(&written.OSVersion, p.OSVersion)
	fill(&written.Arch, p.Arch)
	fill(&written.Name, p.Name)
	fill(&written.Chassis, p.Chassis)
	fill(&written.Vendor, p.Vendor)
	fill(&written.Product, p.Product)
	fill(&written.Hardware, p.Hardware)
	fill(&written.BootID, p.BootID)
	return written
}
