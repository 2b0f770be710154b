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
		Limits: []Limit{
			{OS: "windows", Reach: Partial, Why: "Windows notes that a camera is in use, but not a camera that a program made in DirectShow's way, as OBS did for long: such a use is not seen. Which display is the laptop's own panel Windows shows only in people's sessions, where a companion tells it to the service: until somebody has logged in since the agent started, external_display may stay empty, and another program of that person could make it wrong."},
			{OS: "darwin", Reach: Partial, Why: "macOS tells only the person who is logged in whether a fingerprint is enrolled, so that biometric stays empty. Up to macOS 13, where a program brings a camera of the older kind, only such cameras are told. Of sleeps it tells whether there were any since it started, not how many."},
		},
	}, w.collect)
}

// kept is how the laptop is kept at the moment, as any system tells it.
type kept struct {
	power
	at       float64 // seconds since it started, 0 when not known
	suspends string  // how often it slept since then
}

func (w *postureWindow) collect(ctx context.Context, h host.Host) ([]posture, error) {
	now, err := postured(ctx, h)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.begin(ctx, h, now); err != nil {
		return nil, err
	}
	row := posture{
		Source: "system", BatteryPresent: now.BatteryPresent, Lid: w.lidOf(now.Lid, now.at), Mains: w.mainsOf(now.OnAC, now.at),
		Suspended: everSuspended(now.suspends), Uptime: uptimeInWords(now.at),
	}
	var problems [3]error
	row.ExternalDisplay, problems[0] = w.externalDisplay(ctx, h, now.at)
	row.Cameras, row.VirtualCameraOnly, problems[1] = w.cameras(ctx, h, now.at)
	row.Biometric, problems[2] = w.biometricOf(h, now.at)
	return []posture{row}, errors.Join(problems[:]...)
}

// postured gives power and lid as they are now. Only a laptop has a posture: a
// desktop, a server and a virtual machine are never closed, carried or unplugged.
func postured(ctx context.Context, h host.Host) (kept, error) {
	chassis := h.Platform().Chassis
	now, err := keptNow(ctx, h)
	switch {
	case err != nil && (h.Platform().OS != "linux" || !errors.Is(err, host.ErrAbsent)):
		return now, err
	case chassis == "" && now.BatteryPresent == "true", chassis == "laptop":
		return now, nil
	case chassis == "":
		chassis = "machine without a battery"
	}
	return now, fmt.Errorf("a %s is not closed, carried or unplugged, so it has no posture: %w", chassis, host.ErrAbsent)
}

// keptNow asks the system. It says more than an unknown lid where it can: a
// machine may have none at all.
func keptNow(ctx context.Context, h host.Host) (kept, error) {
	if h.Platform().OS == "linux" {
		fsys := h.Files()
		now := kept{power: power{Lid: lidNow(ctx, h)}, at: readUptime(fsys), suspends: attribute(fsys, "sys/power/suspend_stats/success")}
		rows, err := collectPower(ctx, h)
		if len(rows) > 0 {
			now.power = rows[0]
		}
		if now.Lid == "unknown" && !hasLidSwitch(attribute(fsys, "proc/bus/input/devices")) {
			now.Lid = "none"
		}
		return now, err
	}
	told, err := powerTold(ctx, h)
	if err != nil {
		return kept{}, err
	}
	now := kept{power: rowOfPower(told, h.Platform().Chassis), at: told.Uptime.Seconds(), suspends: counted(told.Suspends)}
	if told.Lid == "none" {
		now.Lid = "none"
	}
	return now, nil
}

func (w *postureWindow) lidOf(lid string, at float64) string {
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

// externalDisplay says whether a display is there that is not the laptop's own.
func (w *postureWindow) externalDisplay(ctx context.Context, h host.Host, now float64) (string, error) {
	if h.Platform().OS == "linux" {
		return externalConnector(h)
	}
	if w.external == "" || now < w.shown || now-w.shown >= sometimes.Seconds() {
		rows, err := collectDisplays(ctx, h)
		if errors.Is(err, host.ErrAbsent) || errors.Is(err, host.ErrUnsupported) {
			return "", nil // the class of displays says so
		}
		if err != nil && len(rows) == 0 {
			return "", err
		}
		w.external, w.shown = externalAmong(rows), now
	}
	return w.external, nil
}

// externalAmong leaves out what a program made: nothing is there. Where the
// system does not tell of each display which it is, only one that surely is
// another is an answer.
func externalAmong(rows []connectedDisplay) string {
	answer := "false"
	for _, row := range rows {
		switch {
		case row.Output == "virtual":
		case row.Internal == "false":
			return "true"
		case row.Internal == "":
			answer = ""
		}
	}
	return answer
}

// externalConnector asks the connectors only whether something is there.
func externalConnector(h host.Host) (string, error) {
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
