package assess

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// LookEvery is how often it is looked whether what is judged of the whole fleet has
// changed. A look that takes long is followed by a rest of so many times as long, so
// that it never takes more than a small part of one processor; but one that the disk or
// a clock set forward held up for a morning is no reason to see nothing for days.
const (
	LookEvery = time.Minute
	restTimes = 20
	mostRest  = time.Hour
)

// lookOn looks, and rests, until the context ends. failed is told of each look that could
// not be had.
func lookOn(ctx context.Context, look func(context.Context) error, now func() time.Time, failed func(error)) error {
	for {
		began := now()
		if err := look(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		rest := time.NewTimer(min(max(LookEvery, restTimes*now().Sub(began)), mostRest))
		select {
		case <-ctx.Done():
			rest.Stop()
			return nil
		case <-rest.C:
		}
	}
}

// mostSaid is how many failures are told one by one.
const mostSaid = 5

// failures is what went wrong with some of many. A full disk fails every laptop of a
// fleet, and what is said of it must not fill the disk as well.
type failures struct {
	said []error
	more int // beside those
}

func (f *failures) add(err error) {
	switch {
	case err == nil:
	case len(f.said) < mostSaid:
		f.said = append(f.said, err)
	default:
		f.more++
	}
}

// err is nil where nothing failed.
func (f *failures) err() error {
	if f.more == 0 {
		return errors.Join(f.said...)
	}
	return fmt.Errorf("%w\nand %d more failed", errors.Join(f.said...), f.more)
}
