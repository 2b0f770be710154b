package sensor

import (
	"context"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

// lookAtHostile holds a machine that somebody else wrote to rows of bounded
// size, whatever it says.
func lookAtHostile(t *testing.T, archive *txtar.Archive) {
	t.Helper()
	h, err := host.ReadRecording(archive)
	if err != nil {
		return // what no recording can hold
	}
	rows, coverage := Look(context.Background(), h, USB())
	if strings.Contains(coverage.Detail, "broke at") || len(coverage.Detail) > detailLimit+3 {
		t.Fatal(coverage.Detail)
	}
	for _, row := range rows {
		for name, value := range row.Columns {
			if len(value) > attributeLimit {
				t.Fatalf("%s holds %d bytes", name, len(value))
			}
		}
	}
}

// FuzzDevicesOfWindows writes anything into a device, its function and what is below that.
func FuzzDevicesOfWindows(f *testing.F) {
	for _, d := range plugged.Devices {
		nodes := d.WindowsNodes()
		last := nodes[len(nodes)-1]
		f.Add(nodes[0].Instance, last.Instance, last.Hardware[0], nodes[0].Compatible[0], nodes[0].Location, d.Descriptors(), parsetest.Preparsed(parsetest.Report("ch9329.composite"))[4])
	}
	f.Add(`USB\VID_&MI_`, `HID\`, `USBSTOR\Disk`, `USB\Class_&SubClass_`, "#USB(#USB)", []byte{18, 1}, []byte("HidP KDR"))
	f.Fuzz(func(t *testing.T, device, below, hardware, compatible, location string, descriptors, preparsed []byte) {
		lookAtHostile(t, onWindows(
			parsetest.Node{Instance: device, Parent: below, Hardware: []string{hardware}, Compatible: []string{compatible}, Location: location, Described: hardware, Descriptors: hexText(descriptors), Capabilities: uint32(len(location))},
			parsetest.Node{Instance: device + "&MI_00" + device, Parent: device, Compatible: []string{compatible}},
			parsetest.Node{Instance: below, Parent: device, Hardware: []string{hardware, compatible}, Preparsed: hexText(preparsed), Manufacturer: location},
			parsetest.Node{Instance: below + below, Parent: device + "&MI_00" + device, Preparsed: hexText(preparsed), Friendly: hardware},
		))
	})
}

// FuzzRegistryOfMacOS lets ioreg print anything.
func FuzzRegistryOfMacOS(f *testing.F) {
	for _, d := range plugged.Devices {
		f.Add(parsetest.Plist(d.IORegUSB()), parsetest.Plist(d.IORegHID()...))
	}
	f.Fuzz(func(t *testing.T, devices, inputs []byte) {
		lookAtHostile(t, &txtar.Archive{Files: []txtar.File{
			{Name: "platform.yaml", Data: []byte("os: darwin\n")}, {Name: "tools/ioreg-usb", Data: devices}, {Name: "tools/ioreg-hid", Data: inputs},
		}})
	})
}
