package site

import (
	"fmt"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

func spotOf(t *thing) string {
	if t.kind == device.TraitAccessPoint {
		return "at one access point"
	}
	return "behind one router"
}

func reasonPlace(t *thing, on days) string {
	return fmt.Sprintf("Both stayed %s, and nowhere else that day, on %d days.", spotOf(t), on.count())
}

func reasonMet(t *thing, on days, seen trust) string {
	times := fmt.Sprintf("on %d days", on.count())
	if on.count() == 1 {
		times = "on one day"
	}
	if seen == unseen {
		return fmt.Sprintf("Both say that they were %s %s; the collector saw nothing that confirms it.", spotOf(t), times)
	}
	return fmt.Sprintf("Both were %s %s.", spotOf(t), times)
}

// reasonsThing say in words what a possible link rests on.
var reasonsThing = map[string]string{
	device.TraitUSB:     "One USB device was plugged into both.",
	device.TraitDisplay: "One display was connected to both.",
	device.TraitPeer:    "Remote sessions to both came from one other side.",
	device.TraitNetwork: "Both were on networks of one name.",
	device.TraitShape:   "Both see the same unusual set of laptops and small computers around them.",
}
