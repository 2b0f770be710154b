package assess

import (
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// An Overview is one line of the list of devices.
type Overview struct {
	device.Device
	CoverageOK    int           // classes that could be looked at
	CoverageTotal int           // classes that were told of
	Level         finding.Level // the highest of its conclusions
	OpenAlerts    int
}

// A Dossier is all that is known of one device.
type Dossier struct {
	Overview
	Coverage  []device.Coverage
	Facts     []device.Facts
	Standings []Standing
	Findings  []device.Finding // open ones first
	Gaps      []device.Gap
}
