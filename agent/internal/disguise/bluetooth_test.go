package disguise_test

import (
	"fmt"

	"golang.org/x/tools/txtar"
)

// A bluetooth is a keyboard and mouse without a wire, which is on no USB.
type bluetooth struct{ Name, Vendor, Product string }

// dress gives it the identity of a genuine device.
func (device *bluetooth) dress(donor usbFacts, as disguise) *bluetooth {
	if device == nil {
		return nil
	}
	dressed := *device
	if as.numbers {
		dressed.Vendor, dressed.Product = donor.Vendor, donor.Product
	}
	if as.names {
		dressed.Name = donor.Name
	}
	return &dressed
}

// withBluetooth adds what a machine tells of it.
func withBluetooth(archive *txtar.Archive, device *bluetooth) *txtar.Archive {
	if device != nil {
		archive.Files = append(archive.Files, txtar.File{Name: "input.txt", Data: []byte(fmt.Sprintf(
			"device bluetooth:%s:%s name=%q bus=bluetooth vendor=%s product=%s place=external can=keyboard,pointer\n",
			device.Vendor, device.Product, device.Name, device.Vendor, device.Product))})
	}
	return archive
}
