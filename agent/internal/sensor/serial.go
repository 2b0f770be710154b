package sensor

import (
	"slices"
	"strings"
)

// Serial numbers that every unit of a product shares: they tell the product and
// no unit of it. Sources: the products' own published configurations.
var (
	kvmSerials     = []string{"CAFEBABE", "6B65796D696D6570690"}  // PiKVM and GLKVM; TinyPilot and BliKVM
	displaySerials = []string{"01010101", "88888800", "C0FFEE01"} // PiKVM; TinyPilot and BliKVM; JetKVM
	digitsInARow   = []string{"0123456789ABCDEF", "123456789ABCDEF"}
)

// SharedSerial says whether a serial number is one that all units of some
// product share, so that it identifies nobody.
func SharedSerial(serial string) bool {
	return slices.Contains(displaySerials, strings.ToUpper(serial)) || serialKind(serial) != "plain"
}

func serialKind(serial string) string {
	upper := strings.ToUpper(serial)
	switch {
	case serial == "":
		return "none"
	case slices.Contains(kvmSerials, upper):
		return "kvm_default"
	case strings.Contains(serial, "&"):
		return "windows_instance"
	case placeholder(upper):
		return "placeholder"
	}
	return "plain"
}

// placeholder is what makers leave who number no unit: zeros, or digits in a row.
func placeholder(upper string) bool {
	inARow := func(digits string) bool { return len(upper) >= 6 && strings.HasPrefix(digits, upper) }
	return strings.Trim(upper, "0") == "" || slices.ContainsFunc(digitsInARow, inARow)
}
