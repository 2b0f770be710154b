package host

import "encoding/binary"

// Sizes of what Windows says of power (winbase.h, winnt.h, poclass.h).
const (
	powerStatusSize  = 12 // SYSTEM_POWER_STATUS
	powerAbilitySize = 76 // SYSTEM_POWER_CAPABILITIES
	batterySize      = 36 // BATTERY_INFORMATION
	powerNoticeHead  = 20 // of POWERBROADCAST_SETTING: a GUID and a length before it
)

// powerStatus fills what SYSTEM_POWER_STATUS tells.
func powerStatus(b []byte) Power {
	const charging, noBattery, unknown = 8, 128, 255
	p := Power{Percent: -1, Cycles: -1, Suspends: -1}
	if len(b) < powerStatusSize {
		return p
	}
	mains, flags, percent := b[0], b[1], b[2]
	switch mains {
	case 0:
		p.Mains = "false"
	case 1:
		p.Mains = "true"
	}
	switch {
	case flags == unknown:
		return p
	case flags&noBattery != 0:
		p.Battery = "false"
		return p
	}
	p.Battery = "true"
	if percent <= 100 {
		p.Percent = int(percent)
	}
	switch {
	case flags&charging != 0:
		p.State = "charging"
	case mains == 0:
		p.State = "discharging"
	case mains == 1 && percent == 100:
		p.State = "full"
	case mains == 1:
		p.State = "not charging"
	}
	return p
}

// hasLid says whether SYSTEM_POWER_CAPABILITIES knows of a lid: power button,
// sleep button, lid are its first three bytes.
func hasLid(b []byte) bool { return len(b) >= 3 && b[2] != 0 }

// batteryCycles reads BATTERY_INFORMATION of a battery that feeds the machine;
// -1 is one that does not count, or feeds something else.
func batteryCycles(b []byte) int {
	const feedsSystem = 0x80000000
	if len(b) < batterySize || binary.LittleEndian.Uint32(b)&feedsSystem == 0 {
		return -1
	}
	cycles := binary.LittleEndian.Uint32(b[32:])
	if cycles == 0 || cycles > 1<<16 { // zero stands for a battery that does not count
		return -1
	}
	return int(cycles)
}

// lidSaid reads what POWERBROADCAST_SETTING of the lid says.
func lidSaid(b []byte) string {
	if len(b) < powerNoticeHead+4 || binary.LittleEndian.Uint32(b[16:]) != 4 {
		return ""
	}
	if binary.LittleEndian.Uint32(b[powerNoticeHead:]) == 0 {
		return "closed"
	}
	return "open"
}

// sleptBefore tells from two clocks of 100 ns whether the machine slept since it
// started: one goes on meanwhile, the other does not. 1 stands for once or more,
// -1 for a machine without the other clock.
func sleptBefore(all, awake uint64) int {
	const second = 10_000_000
	switch {
	case awake == 0 || all == 0:
		return -1
	case all > awake+5*second: // both are read one after the other
		return 1
	}
	return 0
}
