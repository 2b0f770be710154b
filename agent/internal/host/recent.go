package host

import (
	"context"
	"errors"
	"sync"
	"time"
)

// recentFor is how long the agent gives an answer again. Sensors of the same pace
// ask at the same moment, and reading the machine once is enough for all of them.
const recentFor = 250 * time.Millisecond

// recent keeps the last answer to one question for a moment. Callers share its
// rows and must not change them.
type recent[Row any] struct {
	mu   sync.Mutex
	at   time.Time
	rows []Row
	err  error
}

// get gives the last answer if it is young enough, and asks anew if not. A clock
// that was set back makes an answer old.
func (r *recent[Row]) get(o Options, ask func() ([]Row, error)) ([]Row, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if age := o.Now().Sub(r.at); !r.at.IsZero() && age >= 0 && age < o.Keep {
		return r.rows, r.err
	}
	r.rows, r.err = ask()
	r.at = o.Now()
	if errors.Is(r.err, context.DeadlineExceeded) || errors.Is(r.err, context.Canceled) {
		r.at = time.Time{} // who asked had no time left, which is no answer for the others
	}
	return r.rows, r.err
}
