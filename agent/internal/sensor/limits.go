package sensor

import (
	"fmt"
	"slices"
	"strings"
)

// A Limit says how far a class can be seen on one operating system. A class
// without one is seen whole there.
type Limit struct {
	OS    string // linux, windows or darwin
	Reach Reach
	Why   string // a plain sentence: what is not seen, why, and what would mend it
}

// Reach is how much of a class there is to see.
type Reach string

// The reaches. Whole is what a system has that no Limit names.
const (
	Whole      Reach = "ok"
	Partial    Reach = "partial"
	Impossible Reach = "impossible"
)

// Systems are the operating systems the agent is built for, as Platform.OS has them.
var Systems = []string{"linux", "windows", "darwin"}

// Reach says how far the class is seen on a system, and why no further.
func (s Sensor) Reach(system string) (reach Reach, why string) {
	for _, l := range s.Limits {
		if l.OS == system {
			return l.Reach, l.Why
		}
	}
	return Whole, ""
}

// refuse is what Define says to limits that make no sense; nil when they do.
func refuse(limits []Limit) error {
	var seen []string
	for _, l := range limits {
		switch {
		case !slices.Contains(Systems, l.OS):
			return fmt.Errorf("a limit of the system %q, want one of %v", l.OS, Systems)
		case slices.Contains(seen, l.OS):
			return fmt.Errorf("two limits of %s", l.OS)
		case l.Reach != Partial && l.Reach != Impossible:
			return fmt.Errorf("limit of %s: reach %q, want partial or impossible", l.OS, l.Reach)
		case !strings.HasSuffix(l.Why, ".") || strings.ContainsAny(l.Why, "\n|"):
			return fmt.Errorf("limit of %s: %q is not a sentence on one line", l.OS, l.Why)
		}
		seen = append(seen, l.OS)
	}
	return nil
}
