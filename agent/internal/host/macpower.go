package host

import "time"

// macPower tells how a Mac is fed from its battery's entry in the registry, nil
// where it has none, and from the root of power management, where the lid is.
func macPower(battery, root properties, slept bool, uptime time.Duration) Power {
	p := Power{Mains: "true", Battery: "false", Percent: -1, Cycles: -1, Lid: "none", Uptime: uptime}
	if slept {
		p.Suspends = 1 // macOS tells when it last slept, which is once at least
	}
	switch root.flag("AppleClamshellState") {
	case "true":
		p.Lid = "closed"
	case "false":
		p.Lid = "open"
	}
	if root == nil {
		p.Lid = ""
	}
	if battery == nil || battery.flag("BatteryInstalled") == "false" {
		return p
	}
	p.Battery, p.Mains = "true", battery.flag("ExternalConnected")
	// In percent on Apple's own chips, in milliampere-hours on Intel.
	if now, ok := battery.number("CurrentCapacity"); ok {
		if full, ok := battery.number("MaxCapacity"); ok && full > 0 && now >= 0 && now < 1<<32 {
			p.Percent = min(now*100/full, 100)
		}
	}
	if cycles, ok := battery.number("CycleCount"); ok && cycles >= 0 && cycles < 1<<20 {
		p.Cycles = cycles
	}
	switch {
	case battery.flag("FullyCharged") == "true":
		p.State = "full"
	case battery.flag("IsCharging") == "true":
		p.State = "charging"
	case p.Mains == "false":
		p.State = "discharging"
	case p.Mains == "true":
		p.State = "not charging"
	}
	return p
}
