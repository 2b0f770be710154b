package sensor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// power is how the laptop is fed and whether its lid is open, one row. What the
// machine does not say is left out: "not plugged in" and "not known" differ.
type power struct {
	Source         string `column:"source,key,public" about:"always system: there is one row"`
	OnAC           string `column:"on_ac,public" about:"whether it runs on mains power"`
	BatteryPresent string `column:"battery_present,public" about:"whether it has a battery"`
	BatteryPercent string `column:"battery_percent,public" about:"how full the battery is, in percent"`
	BatteryState   string `column:"battery_state,public" about:"charging, discharging, full or not charging"`
	CycleCount     string `column:"cycle_count,public" about:"how often the battery was emptied and filled"`
	Lid            string `column:"lid,public" about:"open, closed or unknown"`
	Chassis        string `column:"chassis,public" about:"kind of case: laptop, desktop, server or vm"`
}

// Power looks at mains power, battery and lid.
func Power() Sensor {
	return Define(Options{
		Class: "power", Every: time.Minute,
		About: "Looks at mains power, battery and lid, to recognise a laptop that nobody carries or opens.",
		Limits: []Limit{
			{OS: "windows", Reach: Partial, Why: "The lid is known once Windows told of it, within seconds after the agent started. How often the battery was emptied is known where its driver counts."},
		},
	}, collectPower)
}

const (
	supplyFolder = "sys/class/power_supply"
	lidFolder    = "proc/acpi/button/lid"
)

func collectPower(ctx context.Context, h host.Host) ([]power, error) {
	if h.Platform().OS != "linux" {
		now, err := powerTold(ctx, h)
		if err != nil {
			return nil, err
		}
		return []power{rowOfPower(now, h.Platform().Chassis)}, nil
	}
	fsys := h.Files()
	row := power{Source: "system", Lid: lidNow(ctx, h), Chassis: h.Platform().Chassis}
	supplies, err := fs.ReadDir(fsys, supplyFolder)
	if errors.Is(err, fs.ErrNotExist) {
		err = missing(h, "power supplies")
		if row.Lid == "unknown" {
			return nil, err
		}
		return []power{row}, err
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", supplyFolder, err)
	}
	row.BatteryPresent = "false"
	for _, supply := range supplies[:min(len(supplies), 64)] {
		row.add(fsys, path.Join(supplyFolder, supply.Name()))
	}
	if row.OnAC == "" {
		row.OnAC = row.guessAC()
	}
	return []power{row}, nil
}

// lidNow reads the lid from the kernel's own file. A laptop without ACPI has none:
// there UPower or logind are asked, which read it from the switch.
func lidNow(ctx context.Context, h host.Host) string {
	lid, chassis := readLid(h.Files()), h.Platform().Chassis
	if lid != "unknown" || chassis != "laptop" && chassis != "" {
		return lid
	}
	if told, err := powerTold(ctx, h); err == nil && (told.Lid == "open" || told.Lid == "closed") {
		return told.Lid
	}
	return lid
}

// powerTold asks a system that says itself how it is fed and kept.
func powerTold(ctx context.Context, h host.Host) (host.Power, error) {
	asked, err := host.Can[host.PowerHost](h, "mains power, battery and lid")
	if err != nil {
		return host.Power{}, err
	}
	now, err := asked.Power(ctx)
	if err != nil {
		return now, fmt.Errorf("ask for mains power, battery and lid: %w", err)
	}
	return now, nil
}

// rowOfPower writes that as Linux' row is written.
func rowOfPower(now host.Power, chassis string) power {
	row := power{
		Source: "system", OnAC: now.Mains, BatteryPresent: now.Battery, BatteryPercent: counted(now.Percent), BatteryState: now.State,
		CycleCount: counted(now.Cycles), Lid: "unknown", Chassis: chassis,
	}
	if now.Lid == "open" || now.Lid == "closed" {
		row.Lid = now.Lid
	}
	if row.OnAC == "" {
		row.OnAC = row.guessAC()
	}
	return row
}

// counted writes a number of which a negative one is not known.
func counted(n int) string {
	if n < 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (p *power) add(fsys fs.FS, dir string) {
	switch attribute(fsys, path.Join(dir, "type")) {
	case "Mains", "USB", "Wireless":
		online := attribute(fsys, path.Join(dir, "online"))
		if p.OnAC != "true" && online != "" {
			p.OnAC = yes(online != "0")
		}
	case "Battery":
		// Batteries of mice and headsets are listed too; their scope is Device.
		if attribute(fsys, path.Join(dir, "scope")) == "Device" || attribute(fsys, path.Join(dir, "present")) == "0" {
			return
		}
		p.addBattery(fsys, dir)
	}
}

// addBattery takes the first battery; the second of the few laptops with two
// tells nothing more.
func (p *power) addBattery(fsys fs.FS, dir string) {
	if p.BatteryPresent == "true" {
		return
	}
	p.BatteryPresent = "true"
	p.BatteryPercent = number(attribute(fsys, path.Join(dir, "capacity")))
	p.CycleCount = number(attribute(fsys, path.Join(dir, "cycle_count")))
	switch state := strings.ToLower(attribute(fsys, path.Join(dir, "status"))); state {
	case "charging", "discharging", "full", "not charging":
		p.BatteryState = state
	}
}

// guessAC concludes from the battery where no adapter is listed. A machine
// without either runs on mains.
func (p *power) guessAC() string {
	switch {
	case p.BatteryPresent != "true":
		return "true"
	case p.BatteryState == "discharging":
		return "false"
	case p.BatteryState != "":
		return "true"
	}
	return ""
}

func readLid(fsys fs.FS) string {
	lids, err := fs.ReadDir(fsys, lidFolder)
	if err != nil {
		return "unknown" // a machine without lid, or one that does not say
	}
	for _, lid := range lids {
		state := attribute(fsys, path.Join(lidFolder, lid.Name(), "state"))
		if words := strings.Fields(state); len(words) == 2 && (words[1] == "open" || words[1] == "closed") {
			return words[1]
		}
	}
	return "unknown"
}

// number passes a whole number on and drops everything else.
func number(text string) string {
	if _, err := strconv.ParseUint(text, 10, 32); err != nil {
		return ""
	}
	return text
}
