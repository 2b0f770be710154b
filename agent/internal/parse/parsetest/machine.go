package parsetest

import (
	"encoding/hex"
	"fmt"

	"golang.org/x/tools/txtar"
)

// A Machine is a laptop with what is plugged in, to be recorded as any of the
// three systems shows it.
type Machine struct {
	Devices  []USBDevice
	Displays []Display
}

// A Display is what is connected at one place.
type Display struct {
	Connector string // as Linux writes it: "card0-HDMI-A-1"
	EDID      []byte
}

// Linux is the recording of the machine on Linux: sysfs.
func (m Machine) Linux() *txtar.Archive {
	s := &sysfs{files: []txtar.File{platform("linux"), {Name: sysfsBus}, {Name: "files/sys/class/drm/"}}}
	for _, d := range m.Devices {
		s.files = append(s.files, d.Sysfs()...)
	}
	for _, d := range m.Displays {
		place := "devices/pci0000:00/0000:00:02.0/drm/card0/" + d.Connector
		s.link("files/sys/class/drm/"+d.Connector, "../../"+place)
		s.attribute("files/sys/"+place, "status", "connected")
		s.bytes("files/sys/"+place+"/edid", d.EDID)
	}
	return &txtar.Archive{Files: s.files}
}

// Windows is the recording of the machine on Windows: devices.yaml.
func (m Machine) Windows() *txtar.Archive {
	nodes := []Node{{Instance: WindowsRoot, Hardware: []string{`USB\ROOT_HUB30&VID8086&PID9D2F&REV0021`, `USB\ROOT_HUB30`}, Service: "USBHUB3", Location: windowsLocation}}
	for _, d := range m.Devices {
		nodes = append(nodes, d.WindowsNodes()...)
	}
	for i, d := range m.Displays {
		nodes = append(nodes, d.windowsNode(i))
	}
	return &txtar.Archive{Files: []txtar.File{platform("windows"), {Name: "devices.yaml", Data: Devices(nodes...)}}}
}

// windowsNode names the display as Windows does, by maker and product.
func (d Display) windowsNode(number int) Node {
	id := "Default_Monitor"
	if len(d.EDID) >= 12 {
		maker := int(d.EDID[8])<<8 | int(d.EDID[9])
		id = fmt.Sprintf("%c%c%c%04X", '@'+maker>>10&31, '@'+maker>>5&31, '@'+maker&31, int(d.EDID[11])<<8|int(d.EDID[10]))
	}
	return Node{
		Instance: fmt.Sprintf(`DISPLAY\%s\4&1B2C3D4E&0&UID%d`, id, 8388688+number), Parent: `PCI\VEN_8086&DEV_9A49\3&11583659&0&10`,
		Hardware: []string{`MONITOR\` + id}, Compatible: []string{"*PNP09FF"}, Service: "monitor", EDID: hex.EncodeToString(d.EDID),
	}
}

// MacOS is the recording of the machine on macOS: what ioreg prints. It shows
// no displays.
func (m Machine) MacOS() *txtar.Archive {
	var devices, inputs []Registry
	for _, d := range m.Devices {
		devices = append(devices, d.IORegUSB())
		inputs = append(inputs, d.IORegHID()...)
	}
	return &txtar.Archive{Files: []txtar.File{
		platform("darwin"),
		{Name: "tools/ioreg-usb", Data: Plist(devices...)}, {Name: "tools/ioreg-hid", Data: Plist(inputs...)},
	}}
}

func platform(system string) txtar.File {
	return txtar.File{Name: "platform.yaml", Data: []byte("os: " + system + "\nchassis: laptop\n")}
}
