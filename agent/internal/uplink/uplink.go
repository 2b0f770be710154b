// Package uplink brings the spool to the collector: enrolment, the stream, and
// the renewal of the certificate. It is the only package that talks to it.
package uplink

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/farmwatch/farmwatch/agent/internal/spool"
)

const (
	heartbeat   = time.Minute
	ackPatience = 2 * time.Minute
	skewNoticed = time.Minute // beyond it the clock's offset is worth a warning
)

// errNewEpoch ends a stream whose spool had to begin a new epoch.
var errNewEpoch = errors.New("the spool began a new epoch")

// Options are what an Uplink is told about where it runs.
type Options struct {
	AgentVersion string
	BootID       string
	Now          func() time.Time
	Random       io.Reader            // for keys; nil is the system's
	Save         func(Identity) error // keeps a renewed identity; nil keeps none
	Bundles      *Bundles             // takes the collector's bundles; nil takes none
	Log          *slog.Logger         // nil is silent
	Dial         DialFunc
}

func (o Options) random() io.Reader {
	if o.Random == nil {
		return rand.Reader
	}
	return o.Random
}

// An Uplink sends a spool to the collector for as long as it runs.
type Uplink struct {
	spool   *spool.Spool
	options Options
	beats   chan struct{} // has one element when a beat was asked for

	mu         sync.Mutex
	identity   Identity
	status     Status
	renewAfter time.Time // no renewal before
	progress   bool      // the collector acknowledged something on this stream
}

// Status says how the way to the collector is, for people.
type Status struct {
	Server           string        `json:"server"`
	DeviceID         string        `json:"device_id"`
	ConnectedSince   time.Time     `json:"connected_since,omitzero"` // zero while it is not connected
	LastAck          time.Time     `json:"last_ack,omitzero"`
	LastError        string        `json:"last_error,omitempty"` // in words; empty again once connected
	LastErrorAt      time.Time     `json:"last_error_at,omitzero"`
	NeedsEnrolment   bool          `json:"needs_enrolment"` // the certificate no longer counts; reports wait in the spool
	ClockOffset      time.Duration `json:"clock_offset"`    // this clock minus the collector's, as last measured
	CertificateUntil time.Time     `json:"certificate_until"`
	Waiting          int           `json:"waiting"` // reports in the spool
	Dropped          uint64        `json:"dropped"` // reports that gave way since the agent started
}

// New makes an uplink. Run starts it.
func New(i Identity, s *spool.Spool, o Options) *Uplink {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Uplink{spool: s, options: o, identity: i, beats: make(chan struct{}, 1)}
}

// Beat says on the stream that the agent lives, though no beat is due yet; where
// there is no stream, as soon as there is one. It does not wait for it.
func (u *Uplink) Beat() {
	select {
	case u.beats <- struct{}{}:
	default: // one is asked for already
	}
}

// Status says how the way to the collector is now.
func (u *Uplink) Status() Status {
	stats := u.spool.Stats()
	u.mu.Lock()
	defer u.mu.Unlock()
	status := u.status
	status.Server, status.DeviceID, status.CertificateUntil = u.identity.Server, u.identity.DeviceID, u.identity.Certificate.NotAfter
	status.Waiting, status.Dropped = stats.Depth, stats.Dropped
	return status
}

// Run sends what the spool holds until ctx ends. Nothing that happens on the way
// ends it: it waits a little longer after each failure and connects again, also
// when the certificate no longer counts, since a clock or a collector may be
// mended. Reports wait in the spool meanwhile.
func (u *Uplink) Run(ctx context.Context) error {
	wait := &backoff.ExponentialBackOff{InitialInterval: time.Second, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: 40 * time.Second}
	wait.Reset()
	for {
		began := u.options.Now()
		err := u.session(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, spool.ErrClosed) {
			return err
		}
		lasted := u.options.Now().Sub(began)
		if u.ended(err) || lasted >= heartbeat {
			wait.Reset()
		}
		if errors.Is(err, errNewEpoch) || errors.Is(err, errRenewed) {
			continue
		}
		pause := wait.NextBackOff()
		u.options.Log.Warn("the way to the collector is cut", "error", err, "retry.in", pause.Round(time.Millisecond).String())
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// ended notes why a stream ended, and says whether it had made progress.
func (u *Uplink) ended(err error) bool {
	now := u.options.Now()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.status.ConnectedSince = time.Time{}
	progress := u.progress
	u.progress = false
	if errors.Is(err, errNewEpoch) || errors.Is(err, errRenewed) {
		return true
	}
	u.status.LastError, u.status.LastErrorAt = fmt.Sprint(err), now
	u.status.NeedsEnrolment = outcast(err)
	if end := u.identity.Certificate.NotAfter; u.collectorTime(now).After(end) {
		u.status.NeedsEnrolment = true
		u.status.LastError = fmt.Sprintf("the certificate of this device ended at %s, and this machine's clock says %s: enrol it again with a new token; its reports wait until then (%v)", clock(end), clock(now), err)
	}
	return progress
}

// welcomed notes that the collector took us.
func (u *Uplink) welcomed(offset time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.status.ConnectedSince, u.status.ClockOffset = u.options.Now(), offset
	u.status.LastError, u.status.LastErrorAt, u.status.NeedsEnrolment = "", time.Time{}, false
}

func (u *Uplink) acked() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.status.LastAck, u.progress = u.options.Now(), true
}
