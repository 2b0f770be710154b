package config

import "fmt"

// Egress are the numbers by which a way out to the internet is taken for the
// company's own though nobody imported it. Each is explained where it is used, in
// egress.Numbers. They are a start: no fleet was measured for them.
type Egress struct {
	LearnDays       int `yaml:"learn_days"`       // on how many days
	LearnDevices    int `yaml:"learn_devices"`    // so many laptops
	LearnGateways   int `yaml:"learn_gateways"`   // behind so many routers used it,
	LearnPercent    int `yaml:"learn_percent"`    // at least this share of all that were heard
	OfficeDevices   int `yaml:"office_devices"`   // laptops behind one address that make a line for homes an office's, if most are met elsewhere, too
	CarrierGateways int `yaml:"carrier_gateways"` // routers behind one address that make it a carrier's
	SilentDays      int `yaml:"silent_days"`      // days without a word that are a long silence
}

func usualEgress() Egress {
	return Egress{LearnDays: 3, LearnDevices: 10, LearnGateways: 5, LearnPercent: 5, OfficeDevices: 20, CarrierGateways: 3, SilentDays: 5}
}

func (e Egress) validate() []error {
	var errs []error
	for _, n := range []struct {
		name           string
		is, least, top int
	}{
		{"learn_days", e.LearnDays, 1, 30},
		// A farm of a handful of laptops must never pass for a way out of the company's own.
		{"learn_devices", e.LearnDevices, 5, 100_000},
		{"learn_gateways", e.LearnGateways, 3, 100_000},
		{"learn_percent", e.LearnPercent, 0, 100},
		{"office_devices", e.OfficeDevices, 10, 100_000},
		{"carrier_gateways", e.CarrierGateways, 2, 100_000},
		{"silent_days", e.SilentDays, 2, 29},
	} {
		if n.is < n.least || n.is > n.top {
			errs = append(errs, fmt.Errorf("egress.%s is %d, want %d to %d", n.name, n.is, n.least, n.top))
		}
	}
	return errs
}
