package host

import "os"

// A LossyCapture is a capture that can say what the kernel had to drop, because
// more came than its reader took.
type LossyCapture interface {
	// Lost counts the frames since the capture began that passed the filter and
	// were dropped, and those that came by; where the system does not count the
	// latter before its filter, those that passed it.
	Lost() (lost, seen uint64)
}

// A SelfPlacer is a host that knows where the program lies that asks it.
type SelfPlacer interface {
	// Itself is the program's own file, by its full path; empty where the system does not say.
	Itself() string
}

// Itself is this program's file.
func (h *LiveHost) Itself() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	return path
}
