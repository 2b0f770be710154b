package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// A ConductHost is a host that can tell which programs make input and take
// pictures of the screen. What they type and what they see it does not know.
type ConductHost interface {
	// Conduct opens what tells of it until ctx ends or the source is closed.
	Conduct(ctx context.Context) (ConductSource, error)
	// Age is for how long a file, named as the process sees it, has been on this
	// machine in its present form, by what no program can set back.
	Age(pid int, name string) (time.Duration, error)
}

// A ConductSource tells what programs do, a sample at a time.
type ConductSource interface {
	// Next waits for the next sample. The end of a source is io.EOF.
	Next() (ConductSample, error)
	io.Closer
}

// A ConductSample is what programs did in some second or so.
type ConductSample struct {
	Programs []Conduct
	Partial  error // what could not be seen; nil when all was
}

// Conduct is what one process does.
type Conduct struct {
	PID      int
	Injects  []string // xtest, uinput, uhid; sorted
	Captures []string // x11; sorted
}

// The ways of a Conduct.
const (
	byXTest  = "xtest"
	byUinput = "uinput"
	byUhid   = "uhid"
	byX11    = "x11"
)

var _ ConductHost = (*recording)(nil)

type conductRow struct {
	PID      int      `yaml:"pid"`
	Injects  []string `yaml:"injects,omitempty,flow"`
	Captures []string `yaml:"captures,omitempty,flow"`
}

func (r conductRow) conduct() (Conduct, error) {
	if r.PID <= 0 {
		return Conduct{}, fmt.Errorf("pid %d", r.PID)
	}
	return Conduct(r), nil
}

// Conduct is one sample, as conduct.yaml says. A recording without it was made
// where nobody could tell.
func (r *recording) Conduct(context.Context) (ConductSource, error) {
	rows, err := readRows(r.archive, "conduct.yaml", conductRow.conduct)
	if err = r.orDenied("conduct", err); err != nil && !errors.Is(err, ErrDenied) {
		return nil, err
	}
	return &recordedConduct{samples: []ConductSample{{Programs: rows, Partial: err}}}, nil
}

// Age is as held.yaml says under the file's name.
func (r *recording) Age(_ int, name string) (time.Duration, error) {
	held, err := r.Held(context.Background())
	if err != nil {
		return 0, err
	}
	age, known := held[name]
	if !known {
		return 0, fmt.Errorf("how long %s has been there is not in the recording: %w", name, ErrAbsent)
	}
	return age, nil
}

type recordedConduct struct{ samples []ConductSample }

func (c *recordedConduct) Next() (ConductSample, error) {
	if len(c.samples) == 0 {
		return ConductSample{}, io.EOF
	}
	s := c.samples[0]
	c.samples = c.samples[1:]
	return s, nil
}

func (c *recordedConduct) Close() error { return nil }
