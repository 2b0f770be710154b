package host

import "strings"

// A blindSpot is what a source of inputs does not see, of a closed list, so that
// a companion can tell it without words of its own.
type blindSpot uint16

const (
	blindInjected blindSpot = 1 << iota // whether a program made an input
	blindDevices                        // on which devices
	blindAll                            // what goes to windows of higher rights
	blindOther
	allBlind = blindInjected | blindDevices | blindAll | blindOther
)

var blindWords = []struct {
	spot  blindSpot
	words string
}{
	{blindInjected, "the system refuses to say which inputs programs make; a security program may forbid it, and can allow it to farmwatch-agent"},
	{blindDevices, "the system refuses to say on which device input arrives"},
	{blindAll, "input arrives in the session and none of it is shown to the agent; a security program may forbid it, and can allow it to farmwatch-agent"},
	{blindOther, "some input cannot be listened to"},
}

// Error says all of it.
func (b blindSpot) Error() string {
	var said []string
	for _, w := range blindWords {
		if b&w.spot != 0 {
			said = append(said, w.words)
		}
	}
	return strings.Join(said, "; ")
}

// Unwrap makes it a refusal: the system could tell, and does not.
func (b blindSpot) Unwrap() error { return ErrDenied }

// orNil is nil where nothing is hidden.
func (b blindSpot) orNil() error {
	if b == 0 {
		return nil
	}
	return b
}
