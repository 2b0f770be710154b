package host

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

var coreGraphics = &library{path: "/System/Library/Frameworks/CoreGraphics.framework/CoreGraphics"}

// The sources that are counted apart (CGEventTypes.h).
const (
	sourceSession  = 0 // kCGEventSourceStateCombinedSessionState
	sourceHardware = 1 // kCGEventSourceStateHIDSystemState
)

// What is counted: that a key went down, not which; that pointers moved, and that
// buttons, wheels and tablets were used.
var (
	macKeys = []uintptr{10}
	macUses = []uintptr{1, 3, 5, 6, 7, 22, 23, 25, 27}
)

// countPace is how often the counters are looked at.
const countPace = time.Second

// countSource is an InputSource of the counters of this session.
type countSource struct {
	ctx     context.Context // of the source's life
	stop    context.CancelFunc
	counter macCounter
	inputs  []Input
}

func openCounts(ctx context.Context) (InputSource, error) {
	about, err := coreGraphics.call("CGSessionCopyCurrentDictionary")
	if err != nil {
		return nil, err
	}
	if about == 0 {
		return nil, fmt.Errorf("this process is in no session with a screen, and macOS counts input there only: %w", ErrAbsent)
	}
	cfObject(about).release()
	s := &countSource{}
	s.ctx, s.stop = context.WithCancel(ctx)
	if err := s.look(); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// Devices are the two that the counters tell apart.
func (s *countSource) Devices() ([]InputDevice, error) {
	return []InputDevice{macHardware, macPosted}, nil
}

// Next looks each second, until there is something or some have passed.
func (s *countSource) Next() (InputBatch, error) {
	s.inputs = s.inputs[:0]
	for began := monotonic(); len(s.inputs) == 0 && monotonic()-began < inputTick; {
		pause(s.ctx, countPace)
		if s.ctx.Err() != nil {
			return InputBatch{}, io.EOF
		}
		if err := s.look(); err != nil {
			return InputBatch{}, err
		}
	}
	return InputBatch{Inputs: s.inputs, Until: monotonic()}, nil
}

func (s *countSource) look() error {
	sources := []uintptr{sourceSession, sourceHardware}
	if !s.counter.begun {
		slices.Reverse(sources)
	}
	counts := map[uintptr]macCounts{}
	for _, source := range sources {
		c, err := counted(source)
		if err != nil {
			return err
		}
		counts[source] = c
	}
	all, hardware := counts[sourceSession], counts[sourceHardware]
	s.inputs = s.counter.look(all, hardware, monotonic(), s.inputs)
	return nil
}

func counted(source uintptr) (c macCounts, err error) {
	for _, sum := range []struct {
		of   []uintptr
		into *uint32
	}{{macKeys, &c.keys}, {macUses, &c.uses}} {
		for _, kind := range sum.of {
			n, err := coreGraphics.call("CGEventSourceCounterForEventType", source, kind)
			if err != nil {
				return c, err
			}
			*sum.into += uint32(n)
		}
	}
	return c, nil
}

// Close ends it.
func (s *countSource) Close() error {
	s.stop()
	return nil
}

// monotonic is the clock of inputs.
func monotonic() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return 0 // not met: every macOS has this clock
	}
	return time.Duration(now.Nano())
}
