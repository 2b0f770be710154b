package assess

import (
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A Case is an alert with all that a person needs to decide on it.
type Case struct {
	alert.Alert
	Evidence []device.Finding // the findings it rests on: those that are there now first
	Timeline []alert.Entry    // oldest first
}

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
