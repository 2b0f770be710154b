package sensor

import (
	"context"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// system is the machine itself, one row.
type system struct {
	OS        string `column:"os,key,public" about:"operating system: linux, windows or darwin"`
	OSVersion string `column:"os_version,public" about:"name and version of the operating system"`
	Arch      string `column:"arch,public" about:"processor architecture"`
	Chassis   string `column:"chassis,public" about:"kind of case that the firmware names: laptop, desktop, server or vm"`
	Vendor    string `column:"vendor,public" about:"maker that the firmware names"`
	Product   string `column:"product,public" about:"model that the firmware names"`
	BootID    string `column:"boot_id,local" about:"identifier of the current boot, changes with every restart"`
}

// System looks at what machine this is.
func System() Sensor {
	return Define(Options{
		Class: "system", Every: time.Hour, Facts: true,
		About: "Looks at the operating system and the model of the laptop, so that equal machines can be compared.",
	}, func(_ context.Context, h host.Host) ([]system, error) {
		p := h.Platform()
		return []system{{
			OS: p.OS, OSVersion: p.OSVersion, Arch: p.Arch,
			Chassis: p.Chassis, Vendor: p.Vendor, Product: p.Product, BootID: p.BootID,
		}}, nil
	})
}
