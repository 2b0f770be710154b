package host

import (
	"context"
	"fmt"
	"net/netip"
	"time"
)

// An OwnerHost is a host that can say at once whose a socket is that was just
// seen at work, before it closes and its process ends.
type OwnerHost interface {
	// Owner is the number of the process that holds a socket of a protocol (tcp,
	// udp) between two places now; remote need not be one the socket is connected
	// to. ErrAbsent where there is none, ErrNotYet where so much was asked lately
	// that the answer would cost too much.
	Owner(ctx context.Context, protocol string, local, remote netip.AddrPort) (pid int, err error)
	// ProcessOf is one running program, ErrAbsent once it has ended.
	ProcessOf(ctx context.Context, pid int) (Process, error)
}

// What searches for owners may cost: so much time a second, and what was not
// used in the seconds before.
const (
	ownerShare = 20 * time.Millisecond
	ownerSaved = 100 * time.Millisecond
)

// An allowance is time that may be spent. One search may overdraw it; the next
// ones then wait until it is made up for.
type allowance struct {
	left time.Duration
	last time.Time // when it was filled up
}

// some says whether there is any left.
func (a *allowance) some(now time.Time) bool {
	switch since := now.Sub(a.last); {
	case a.last.IsZero():
		a.left, a.last = ownerSaved, now
	case since > 0:
		a.left = min(ownerSaved, a.left+time.Duration(since.Seconds()*float64(ownerShare)))
		a.last = now
	case since < 0: // the clock was set back
		a.last = now
	}
	return a.left > 0
}

func (a *allowance) spend(d time.Duration) { a.left -= max(d, 0) }

var _ OwnerHost = (*recording)(nil)

// Owner goes by sockets.yaml, where the recorded system is one that tells.
func (r *recording) Owner(ctx context.Context, protocol string, local, remote netip.AddrPort) (int, error) {
	if r.platform.OS != "linux" {
		return 0, fmt.Errorf("whose one socket is: %w", ErrUnsupported)
	}
	sockets, err := r.Sockets(ctx)
	bound := 0
	for _, s := range sockets {
		switch {
		case s.Protocol != protocol || s.PID == 0 || s.Local.Port() != local.Port():
		case s.Local.Addr() == local.Addr() && s.Remote == remote:
			return s.PID, nil
		case (s.Local.Addr() == local.Addr() || s.Local.Addr().IsUnspecified()) && !s.Remote.IsValid():
			bound = s.PID
		}
	}
	if bound == 0 && err == nil {
		err = fmt.Errorf("no %s socket at %s is in the recording: %w", protocol, local, ErrAbsent)
	}
	return bound, err
}

// ProcessOf is one of the recorded processes.
func (r *recording) ProcessOf(ctx context.Context, pid int) (Process, error) {
	processes, err := r.Processes(ctx)
	for _, p := range processes {
		if p.PID == pid {
			return p, nil
		}
	}
	if err == nil {
		err = fmt.Errorf("process %d is not in the recording: %w", pid, ErrAbsent)
	}
	return Process{}, err
}
