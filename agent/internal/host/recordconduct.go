package host

import (
	"context"
	"errors"
)

// conduct records one sample of what programs do to screen and input.
func (r *recorder) conduct(ctx context.Context) error {
	watched, ok := r.host.(ConductHost)
	if !ok {
		return nil
	}
	source, err := watched.Conduct(ctx)
	if err != nil {
		return writeRows(r, "conduct", nil, err, conductRowOf)
	}
	defer done(source)
	s, err := source.Next()
	if err == nil && errors.Is(s.Partial, ErrDenied) {
		err = s.Partial // what else went wrong with one X server stops no recording
	}
	return writeRows(r, "conduct", s.Programs, err, conductRowOf)
}

func conductRowOf(c Conduct) conductRow { return conductRow(c) }
