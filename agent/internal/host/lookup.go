package host

import (
	"context"
	"fmt"
	"io"
	"time"
)

// A LookupHost is a host whose operating system tells which names are looked up,
// so that nobody has to read them off the wire.
type LookupHost interface {
	// Lookups opens what tells of them until ctx ends or the source is closed.
	Lookups(ctx context.Context) (LookupSource, error)
}

// A LookupSource tells of names as they are looked up. One goroutine calls Next.
type LookupSource interface {
	// Next waits for the next one. The end of a source is io.EOF.
	Next() (Lookup, error)
	io.Closer
}

// Lookup is one name that a program wanted the address of.
type Lookup struct {
	Name string    // without a dot at its end
	PID  int       // of the program, 0 when the system does not say
	At   time.Time // zero when it stands in a cache and nobody says since when
}

type lookupRow struct {
	Name string    `yaml:"name"`
	PID  int       `yaml:"pid,omitempty"`
	At   time.Time `yaml:"at,omitempty"`
}

var _ LookupHost = (*recording)(nil)

// Lookups are those of lookups.yaml, in its order.
func (r *recording) Lookups(context.Context) (LookupSource, error) {
	rows, err := readRows(r.archive, "lookups.yaml", lookupRow.lookup)
	if err = r.orDenied("lookups", err); err != nil {
		return nil, err
	}
	return &recordedLookups{left: rows}, nil
}

func (r lookupRow) lookup() (Lookup, error) {
	if r.Name == "" {
		return Lookup{}, fmt.Errorf("no name")
	}
	return Lookup(r), nil
}

type recordedLookups struct{ left []Lookup }

func (s *recordedLookups) Next() (Lookup, error) {
	if len(s.left) == 0 {
		return Lookup{}, io.EOF
	}
	next := s.left[0]
	s.left = s.left[1:]
	return next, nil
}

func (s *recordedLookups) Close() error { return nil }
