package host

import "time"

// macOS counts the inputs that each source made (CGEventSource.h): those of
// hardware, and those of all that this session was given. Who asks for more, by
// an event tap, needs the right "Input Monitoring" and is handed every key; so
// nothing more is asked. Where both count differently, programs made the rest.

// macCounts are two of these counters: presses of keys, and uses of pointers,
// buttons and wheels. They wrap.
type macCounts struct{ keys, uses uint32 }

// countSkew is how many inputs may be counted in one of two counters only because
// they are read one after the other; more is the work of another session.
const countSkew = 8

// mostPresses bounds what one look can tell: a second has no more.
const mostPresses = 500

// The devices of a Mac: two, since its counters tell no more apart.
var (
	macHardware = InputDevice{ID: "hardware", Name: "keyboards and pointers", Bus: "session", Several: true, Can: []string{CanType, CanMove}}
	macPosted   = InputDevice{ID: makerPosted, Name: "made by programs", Bus: "virtual", Place: InputVirtual, Maker: makerPosted, Can: []string{CanType, CanMove}}
)

// macCounter makes inputs of what counters say from one look to the next.
type macCounter struct {
	begun            bool
	hardware, all    macCounts
	keysDue, usesDue int // inputs of programs, or below zero of hardware, that the other counter has yet to show
}

// look appends what happened since the last one. All is read before hardware, but
// the first time after it, so that an input in between is never taken for a program's.
func (c *macCounter) look(all, hardware macCounts, at time.Duration, to []Input) []Input {
	if c.begun {
		keys, posted := split(all.keys-c.all.keys, hardware.keys-c.hardware.keys, &c.keysDue)
		uses, moved := split(all.uses-c.all.uses, hardware.uses-c.hardware.uses, &c.usesDue)
		to = pressed(to, macHardware.ID, keys, uses, at, false)
		to = pressed(to, macPosted.ID, posted, moved, at, true)
	}
	c.begun, c.all, c.hardware = true, all, hardware
	return to
}

// split says how many of a session's inputs hardware made, and how many programs.
func split(all, hardware uint32, due *int) (own, made int) {
	given, there := min(int(all), mostPresses), min(int(hardware), mostPresses)
	*due = max(*due+given-there, -countSkew)
	made = max(*due, 0)
	*due -= made
	return min(max(given-made, 0), there), made
}

// pressed tells of as many presses as there were. That pointers were used is told
// once: how often they report is their own affair.
func pressed(to []Input, device string, keys, uses int, at time.Duration, made bool) []Input {
	for range keys {
		to = append(to, Input{Device: device, Kind: InputPressed, At: at, Injected: made})
	}
	if uses > 0 {
		to = append(to, Input{Device: device, Kind: InputUsed, At: at, Injected: made})
	}
	return to
}
