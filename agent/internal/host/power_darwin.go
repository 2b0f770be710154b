package host

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

var _ PowerHost = (*LiveHost)(nil)

// Power is how this Mac is fed and kept.
func (h *LiveHost) Power(context.Context) (Power, error) {
	battery, err := ioProperties("AppleSmartBattery")
	if errors.Is(err, ErrAbsent) {
		battery, err = nil, nil
	}
	root, rootErr := ioProperties("IOPMrootDomain")
	p := macPower(battery, root, sleptSinceStart(), upFor())
	if err != nil { // then there may be a battery all the same
		p.Mains, p.Battery = "", ""
	}
	return p, errors.Join(err, rootErr)
}

// upFor is how long ago the machine started, sleep counted, as macOS'
// CLOCK_MONOTONIC does.
func upFor() time.Duration {
	var since unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &since); err != nil {
		return 0
	}
	return time.Duration(since.Nano())
}

// sleptSinceStart: the kernel keeps when it last went to sleep, zero after a start.
func sleptSinceStart() bool {
	at, err := unix.SysctlTimeval("kern.sleeptime")
	return err == nil && at.Sec > 0
}
