package sensor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// posture is how the laptop is kept, one row: what a laptop on a shelf shows and
// a docked one shows as well, so that it is context and nothing more. No column
// follows the moment: what is told changes with whole days, so that nobody's
// coming and going can be read from it.
type posture struct {
	Source            string `column:"source,key,public" about:"always system: there is one row"`
	Lid               string `column:"lid,public" about:"closed_all_day or open_all_day once it stayed so through a day of looking without a break, other before that, none without a lid, unknown when the machine does not say"`
	Mains             string `column:"mains,public" about:"all_day once it stayed on mains power through a day of looking without a break, other before that, unknown when the machine does not say"`
	BatteryPresent    string `column:"battery_present,public" about:"whether it has a battery"`
	ExternalDisplay   string `column:"external_display,public" about:"whether a display other than its own panel is connected"`
	Suspended         string `column:"suspended,public" about:"whether it was suspended since it started"`
	Uptime            string `column:"uptime,public" about:"since when it runs: hours, days or weeks"`
	Cameras           string `column:"cameras,public" about:"kinds of camera it has: physical, virtual (a program in a camera's place), both or none"`
	VirtualCameraOnly string `column:"virtual_camera_only,public" about:"whether within a day a virtual camera was in use and no physical one; never by whom, nor for how long"`
	Biometric         string `column:"biometric,public" about:"fingerprint reader: none, not_offered where the system has no service for it, enrolled when anybody has enrolled, not_enrolled or unknown; never who"`
}

// Posture looks at how the laptop is kept.
func Posture() Sensor {
	w := &postureWindow{}
	return Define(Options{
		Class: "posture", Every: time.Minute,
		About: "Looks at how the laptop is kept: lid, mains power, suspends, kinds of camera and whether a fingerprint is enrolled. It tells whole days and yes or no, as context beside other evidence and never as a claim by itself.",
	}, w.collect)
}

func (w *postureWindow) collect(ctx context.Context, h host.Host) ([]posture, error) {
	now, err := postured(ctx, h)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	fsys := h.Files()
	at := readUptime(fsys)
	if err := w.begin(ctx, h, at); err != nil {
		return nil, err
	}
	row := posture{
		Source: "system", BatteryPresent: now.BatteryPresent, Lid: w.lidOf(fsys, now.Lid, at), Mains: w.mainsOf(now.OnAC, at),
		Suspended: everSuspended(attribute(fsys, "sys/power/suspend_stats/success")), Uptime: uptimeInWords(at),
	}
	var problems [3]error
	row.ExternalDisplay, problems[0] = externalDisplay(h)
	row.Cameras, row.VirtualCameraOnly, problems[1] = w.cameras(h, at)
	row.Biometric, problems[2] = w.biometricOf(h, at)
	return []posture{row}, errors.Join(problems[:]...)
}

// postured gives power and lid as they are now. Only a laptop has a posture: a
// desktop, a server and a virtual machine are never closed, carried or unplugged.
func postured(ctx context.Context, h host.Host) (power, error) {
	if h.Platform().OS != "linux" {
		return power{}, missing(h, "how the laptop is kept")
	}
	chassis := h.Platform().Chassis
	now := power{Lid: readLid(h.Files())}
	rows, err := collectPower(ctx, h)
	if len(rows) > 0 {
		now = rows[0]
	}
	switch {
	case err != nil && !errors.Is(err, host.ErrAbsent):
		return now, err
	case chassis == "" && now.BatteryPresent == "true", chassis == "laptop":
		return now, nil
	case chassis == "":
		chassis = "machine without a battery"
	}
	return now, fmt.Errorf("a %s is not closed, carried or unplugged, so it has no posture: %w", chassis, host.ErrAbsent)
}

// lidOf says more than "unknown" where it can: a machine may have no lid at all.
func (w *postureWindow) lidOf(fsys host.FS, lid string, at float64) string {
	if lid == "unknown" && !hasLidSwitch(attribute(fsys, "proc/bus/input/devices")) {
		lid = "none"
	}
	held := w.lid.see(lid, at)
	switch {
	case lid == "none", lid == "unknown":
		return lid
	case held >= allDay:
		return lid + "_all_day"
	}
	return "other"
}

func (w *postureWindow) mainsOf(onAC string, at float64) string {
	held := w.mains.see(onAC, at)
	switch {
	case onAC == "":
		return "unknown"
	case onAC == "true" && held >= allDay:
		return "all_day"
	}
	return "other"
}

// everSuspended reads the kernel's count of suspends since the start.
func everSuspended(count string) string {
	if number(count) == "" {
		return ""
	}
	return yes(count != "0")
}

func uptimeInWords(uptime float64) string {
	switch days := uptime / (24 * 3600); {
	case uptime == 0:
		return ""
	case days < 1:
		return "hours"
	case days < 7:
		return "days"
	}
	return "weeks"
}

// hasLidSwitch looks for a switch that the kernel calls a lid (SW_LID, bit 0 of
// input-event-codes.h) among the input devices it lists. It reads no input.
func hasLidSwitch(devices string) bool {
	for line := range strings.Lines(devices) {
		switches, ok := strings.CutPrefix(strings.TrimSpace(line), "B: SW=")
		if ok && switches != "" && strings.ContainsAny(switches[len(switches)-1:], "13579bdf") {
			return true
		}
	}
	return false
}

// externalDisplay asks the connectors only whether something is there.
func externalDisplay(h host.Host) (string, error) {
	connectors, err := listed(h, displayFolder, "displays", connectorName)
	if errors.Is(err, host.ErrAbsent) {
		return "", nil // a kernel without its graphics driver says nothing of displays
	}
	if err != nil {
		return "", err
	}
	for _, connector := range connectors {
		if !internalConnector(connector) && attribute(h.Files(), displayFolder+"/"+connector+"/status") == "connected" {
			return "true", nil
		}
	}
	return "false", nil
}
