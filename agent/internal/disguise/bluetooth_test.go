package disguise_test

import (
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/tools/txtar"
)

// withBluetooth adds what Linux shows of an input device that bluetoothd serves
// through uhid.
func (b *bench) withBluetooth(archive *txtar.Archive, device *bluetooth) *txtar.Archive {
	if device == nil || !strings.Contains(string(archive.Files[0].Data), "linux") {
		return archive
	}
	vendor, product := strings.ToUpper(device.Vendor), strings.ToUpper(device.Product)
	for i, name := range device.Reports {
		id := fmt.Sprintf("0005:%s:%s.%04X", vendor, product, i+1)
		folder := "files/sys/devices/virtual/misc/uhid/" + id
		archive.Files = append(archive.Files,
			txtar.File{Name: "files/sys/bus/hid/devices/" + id + " -> ../../../devices/virtual/misc/uhid/" + id},
			txtar.File{Name: folder + "/uevent", Data: []byte(fmt.Sprintf("HID_ID=0005:0000%s:0000%s\nHID_NAME=%s\n", vendor, product, device.Name))},
			txtar.File{Name: folder + "/report_descriptor [hex]", Data: []byte(hex.EncodeToString(b.reports[name].Bytes) + "\n")})
	}
	return archive
}
