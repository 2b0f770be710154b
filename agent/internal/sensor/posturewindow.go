package sensor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

const (
	allDay = 24 * time.Hour
	// lookGap is the longest pause between two looks through which something may
	// be taken to have stayed as it was. A laptop that slept may have been carried.
	lookGap = 20 * time.Minute
	// rarely is how often what hardly ever changes is looked at.
	rarely = time.Hour
	// sometimes is how often displays are looked at where another class looks at
	// them anyway and looking is dear.
	sometimes = 10 * time.Minute
)

// postureWindow remembers since when things have been as they are: two
// stretches and four moments, whatever happens. Days are the server's to count.
// Its clock is the machine's own count of seconds, which goes on while it sleeps.
type postureWindow struct {
	mu    sync.Mutex
	begun bool
	last  float64 // look
	lid   stretch
	mains stretch

	physical, virtual cameraUse

	external string  // whether another display was there
	shown    float64 // when that was looked at

	biometric string
	trouble   error   // of the last look at the fingerprint reader
	asked     float64 // when that was
}

// A stretch is how long a value has been the same, in seconds of the machine's clock.
type stretch struct {
	value string
	since float64
}

// see takes in the value of now and says how long it has been so.
func (s *stretch) see(value string, now float64) time.Duration {
	if value != s.value {
		s.value, s.since = value, now
	}
	return time.Duration((now - s.since) * float64(time.Second))
}

// A cameraUse is when a kind of camera was last seen in use.
type cameraUse struct {
	ever bool
	last float64
}

func (u *cameraUse) see(inUse bool, now float64) {
	if inUse {
		u.ever, u.last = true, now
	}
}

func (u *cameraUse) lately(now float64) bool { return u.ever && now-u.last <= allDay.Seconds() }

// begin moves the window to the time of this look. After a pause, what was
// looked at before proves nothing about the time between.
func (w *postureWindow) begin(ctx context.Context, h host.Host, told kept) error {
	now := told.at
	switch {
	case !w.begun:
		held, err := heldBefore(ctx, h)
		if err != nil {
			return err
		}
		w.begun = true
		w.lid = stretch{value: told.Lid, since: now - held["lid"].Seconds()}
		w.mains = stretch{value: "true", since: now - held["mains"].Seconds()}
	case now < w.last || now-w.last > lookGap.Seconds():
		w.lid, w.mains = stretch{}, stretch{}
	}
	w.last = now
	return nil
}

// heldBefore asks how long things had been so before the first look, which only
// a recording can know.
func heldBefore(ctx context.Context, h host.Host) (map[string]time.Duration, error) {
	r, ok := h.(host.Rememberer)
	if !ok {
		return nil, nil
	}
	held, err := r.Held(ctx)
	if errors.Is(err, host.ErrAbsent) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read how long things had been so: %w", err)
	}
	return held, nil
}
