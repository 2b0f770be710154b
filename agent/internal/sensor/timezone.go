package sensor

import (
	"context"
	_ "embed"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// windowsZones are Windows' names of time zones with their IANA ones.
//
//go:embed windowszones.txt
var windowsZones string

// zoneName is a name as the IANA gives it. A file that somebody made has others.
var zoneName = regexp.MustCompile(`^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc|US|Canada|Brazil|Chile|Mexico)/[A-Za-z]{1,32}([_+-][A-Za-z0-9]{1,32}){0,4}(/[A-Za-z]{1,32}([_-][A-Za-z]{1,32}){0,3})?$|^(UTC|GMT|EST|MST|HST|CET|EET|WET|MET|[A-Z]{3}[0-9][A-Z]{3}|GB|NZ|PRC|ROC|ROK|UCT|Zulu|Japan|Singapore|Hongkong|Israel|Turkey|Iran|Egypt|Cuba|Eire|Iceland|Jamaica|Libya|Navajo|Poland|Portugal)$`)

const windowsZoneKey = "registry/HKLM/SYSTEM/CurrentControlSet/Control/TimeZoneInformation/TimeZoneKeyName"

// timeZone is the zone that the system is set to, by its IANA name; "" where it
// has none or cannot be told.
func timeZone(h host.Host) string {
	name := ""
	switch {
	case h.Platform().OS == "windows":
		asked, _, _ := strings.Cut(attribute(h.Files(), windowsZoneKey), "\x00")
		for line := range strings.Lines(windowsZones) {
			if windows, iana, ok := strings.Cut(strings.TrimSpace(line), "="); ok && windows == asked {
				name = iana
			}
		}
	default:
		if target, err := h.Files().ReadLink("etc/localtime"); err == nil {
			_, name, _ = strings.Cut(target, "zoneinfo/")
			name = strings.TrimPrefix(strings.TrimPrefix(name, "posix/"), "right/")
		}
		if name == "" {
			name = attribute(h.Files(), "etc/timezone")
		}
	}
	if !zoneName.MatchString(name) {
		return ""
	}
	return name
}

// utcOffset is how many minutes this machine's clock is ahead of UTC now; "" where
// nobody tells the time or the zone.
func utcOffset(ctx context.Context, h host.Host) string {
	clock, ok := h.(host.Clock)
	if !ok {
		return ""
	}
	now, zone, err := clock.Now(ctx)
	if err != nil && !errors.Is(err, host.ErrAbsent) || now.IsZero() {
		return ""
	}
	if f, err := h.Files().Open("etc/localtime"); err == nil && h.Platform().OS != "windows" {
		defer done(f)
		if of, err := readZone(f); err == nil {
			zone = of // a laptop that travels has another than when this program began
		}
	}
	if zone == nil {
		return ""
	}
	_, seconds := now.In(zone).Zone()
	return strconv.Itoa(int(time.Duration(seconds) * time.Second / time.Minute))
}
