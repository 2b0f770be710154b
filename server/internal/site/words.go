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

func reasonPlace(t *thing, on days, p place) string {
	reason := fmt.Sprintf("Both stayed %s, and nowhere else that day, on %d days.", spotOf(t), on.count())
	if p.rented {
		reason += notAnOffice
	}
	return reason
}

const (
	reasonKVM    = "One device that is built as a KVM was plugged into both."
	reasonTenant = "Remote-access software on both answers to one account that no sanction names."

	doubtReplaced = " It was so one after the other; one laptop may have replaced the other."
	doubtUnits    = "Devices that are built as KVMs and bear one number were plugged into both, in different places; they may be two of one kind."
)

// notAnOffice is added where a line for companies is not taken for an office's.
const notAnOffice = " Its line is one for companies; it is not taken for an office, since hardly a laptop was seen elsewhere and several of them can be driven."

// What makes a meeting at one router say less than that two stand there.
const (
	doubtUnseen = "the collector saw nothing that confirms it"
	doubtLines  = "the collector saw them go out by different lines"
	doubtBench  = "they came in one batch of new laptops: from a bench they leave within days, and if they stay they stand there together"
	doubtVisit  = "one of them has, or had, a place of its own elsewhere"
)

// doubtOf says why two who were met at a place may not stand there together.
func doubtOf(t trust, open, stayed bool) string {
	switch {
	case open:
		return doubtBench
	case t == elsewhere:
		return doubtLines
	case t == unseen:
		return doubtUnseen
	case stayed:
		return doubtVisit
	}
	return ""
}

func reasonMet(t *thing, on days, doubt string) string {
	times := fmt.Sprintf("on %d days", on.count())
	if on.count() == 1 {
		times = "on one day"
	}
	if doubt == "" {
		return fmt.Sprintf("Both were %s %s.", spotOf(t), times)
	}
	return fmt.Sprintf("Both say that they were %s %s; %s.", spotOf(t), times, doubt)
}

// reasonsThing say in words what a possible link rests on.
var reasonsThing = map[string]string{
	device.TraitUSB:     "One USB device was plugged into both.",
	device.TraitDisplay: "One display was connected to both.",
	device.TraitPeer:    "Remote sessions to both came from one other side.",
	device.TraitNetwork: "Both were on networks of one name.",
	device.TraitShape:   "Both see the same unusual set of laptops and small computers around them.",
}
