package ingest

import (
	"context"
	"time"

	"golang.org/x/time/rate"
)

// least is what the smallest thing that is stored costs of an allowance: the
// row and its place in the indexes.
const least = 256

// An allowance is what one device may still have stored and signed, and where it
// was last noted to stand. It belongs
// to the device and not to its stream, so that calling again begins none anew.
type allowance struct {
	bytes    *rate.Limiter
	renewals *rate.Limiter
	trace    trace
}

func (s *Server) allowance(deviceID string) *allowance {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.allowances[deviceID]
	if a == nil {
		day := rate.Limit(float64(s.Limits.Daily) / (24 * time.Hour).Seconds())
		a = &allowance{bytes: rate.NewLimiter(day, s.Limits.Daily), renewals: rate.NewLimiter(rate.Every(time.Hour), s.Limits.Renewals)}
		s.allowances[deviceID] = a
	}
	return a
}

// spend takes bytes of the allowance and waits while there are none: a device
// that says too much is slowed to what the disk can bear, and nothing is lost.
func (a *allowance) spend(ctx context.Context, bytes int) error {
	return a.bytes.WaitN(ctx, min(max(bytes, least), a.bytes.Burst()))
}
