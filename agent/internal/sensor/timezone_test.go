package sensor

import (
	"strings"
	"testing"
	"time"
)

// TestTimeZone: each system tells its zone in its own way, and a file that is none
// tells nothing.
func TestTimeZone(t *testing.T) {
	for name, c := range map[string]struct{ machine, zone, offset string }{
		"Linux":              {"os: linux\n-- files/etc/localtime -> /usr/share/zoneinfo/America/New_York --\n", "America/New_York", ""},
		"three parts":        {"os: linux\n-- files/etc/localtime -> ../usr/share/zoneinfo/America/Argentina/Buenos_Aires --\n", "America/Argentina/Buenos_Aires", ""},
		"Debian's file":      {"os: linux\n-- files/etc/timezone --\nEtc/GMT+5\n", "Etc/GMT+5", ""},
		"UTC":                {"os: linux\n-- files/etc/localtime -> /usr/share/zoneinfo/UTC --\n", "UTC", ""},
		"macOS":              {"os: darwin\n-- clock.yaml --\nnow: 2026-11-02T09:00:00Z\noffset: \"-08:00\"\n-- files/etc/localtime -> /var/db/timezone/zoneinfo/America/Los_Angeles --\n", "America/Los_Angeles", "-480"},
		"Windows":            {"os: windows\n-- clock.yaml --\nnow: 2026-11-02T09:00:00Z\noffset: \"+05:30\"\n-- files/registry/HKLM/SYSTEM/CurrentControlSet/Control/TimeZoneInformation/TimeZoneKeyName --\nIndia Standard Time\n", "Asia/Calcutta", "330"},
		"Windows of another": {"os: windows\n-- files/registry/HKLM/SYSTEM/CurrentControlSet/Control/TimeZoneInformation/TimeZoneKeyName --\nMarka's Time\n", "", ""},
		"a link elsewhere":   {"os: linux\n-- files/etc/localtime -> /home/marka/zoneinfo/Marka --\n", "", ""},
		"nothing":            {"os: linux\n", "", ""},
	} {
		h := machine(t, "-- platform.yaml --\n"+c.machine)
		if zone, offset := timeZone(h), utcOffset(t.Context(), h); zone != c.zone || offset != c.offset {
			t.Errorf("%s: %q and %q, want %q and %q", name, zone, offset, c.zone, c.offset)
		}
	}
}

// TestWindowsZones: every name that the table gives is one that exists.
func TestWindowsZones(t *testing.T) {
	count := 0
	for line := range strings.Lines(windowsZones) {
		_, iana, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok {
			continue
		}
		count++
		if _, err := time.LoadLocation(iana); err != nil || !zoneName.MatchString(iana) {
			t.Errorf("%s: %v", line, err)
		}
	}
	if count < 130 {
		t.Errorf("%d zones", count)
	}
}
