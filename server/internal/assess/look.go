package assess

import (
	"context"
	"time"
)

// LookEvery is how often it is looked whether what is judged of the whole fleet has
// changed. A look that takes long is followed by a rest of so many times as long, so
// that it never takes more than a small part of one processor.
const (
	LookEvery = time.Minute
	restTimes = 20
)

// lookOn looks, and rests, until the context ends. failed is told of each look that could
// not be had.
func lookOn(ctx context.Context, look func(context.Context) error, now func() time.Time, failed func(error)) error {
	for {
		began := now()
		if err := look(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		rest := time.NewTimer(max(LookEvery, restTimes*now().Sub(began)))
		select {
		case <-ctx.Done():
			rest.Stop()
			return nil
		case <-rest.C:
		}
	}
}
