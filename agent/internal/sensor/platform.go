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
	TimeZone  string `column:"time_zone,public" about:"time zone that the system is set to, by its IANA name, to see whether it fits where the laptop stands"`
	UTCOffset string `column:"utc_offset,public" about:"how many minutes its clock is ahead of UTC"`
	BootID    string `column:"boot_id,local" about:"identifier of the current boot, changes with every restart"`
}

// System looks at what machine this is.
func System() Sensor {
	return Define(Options{
		Class: "system", Every: time.Hour, Facts: true,
		About: "Looks at the operating system, the model and the time zone of the laptop, so that equal machines can be compared.",
	}, func(ctx context.Context, h host.Host) ([]system, error) {
		p := h.Platform()
		return []system{{
			OS: p.OS, OSVersion: p.OSVersion, Arch: p.Arch,
			Chassis: p.Chassis, Vendor: p.Vendor, Product: p.Product, BootID: p.BootID,
			TimeZone: timeZone(h), UTCOffset: utcOffset(ctx, h),
		}}, nil
	})
}
