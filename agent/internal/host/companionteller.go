package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"time"
)

// A CompanionHost is a host on which a companion in a person's session hears
// what the agent itself is not shown.
type CompanionHost interface {
	// Companion tells the agent behind an address how input arrives in this
	// session, until the session, the agent or ctx ends.
	Companion(ctx context.Context, address string) error
}

// tellInputs is the companion's end of a line: it says who it is, waits until
// the agent has agreed, and tells of a source until either ends.
func tellInputs(ctx context.Context, line companionLine, source InputSource, who greeting, clock func() time.Time) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	defer done(line)
	defer done(source)
	defer context.AfterFunc(ctx, func() {
		done(source)
		done(line)
	})()
	t := teller{line: line, source: source, clock: clock}
	if err := t.greet(who); err != nil {
		return err
	}
	go func() { // the agent says nothing more: whatever comes is the end
		_, _ = line.Read(make([]byte, 1))
		end()
	}()
	var batch InputBatch // the first tells of devices only
	for {
		if err := t.tell(batch); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return fmt.Errorf("tell how input arrives: the agent does not listen: %w", err)
			}
			return nil // the agent hung up
		}
		var err error
		batch, err = source.Next()
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return t.write(framed(frameBye, nil))
		}
		if err != nil {
			return fmt.Errorf("hear how input arrives: %w", err)
		}
	}
}

// teller is what the agent was told so far.
type teller struct {
	line     companionLine
	source   InputSource
	clock    func() time.Time
	devices  []InputDevice
	blind    blindSpot
	told     bool
	displays map[string]string
}

func (t *teller) greet(who greeting) error {
	if err := t.write(who.hello()); err != nil {
		return fmt.Errorf("greet the agent: %w", err)
	}
	if err := t.line.SetReadDeadline(t.clock().Add(companionGreets)); err != nil {
		return err
	}
	kind, content, err := readFrame(t.line, new([mostFrame]byte))
	if err != nil {
		return fmt.Errorf("wait for the agent's greeting: %w", err)
	}
	if kind != frameWelcome || !bytes.Equal(content, welcome()[frameHead:]) {
		return fmt.Errorf("the agent is of another version")
	}
	return t.line.SetReadDeadline(time.Time{})
}

// tell says what is new. Nothing new is said too, so that the agent knows that
// somebody listens.
func (t *teller) tell(batch InputBatch) error {
	devices, err := t.source.Devices()
	blind := blindOf(err)
	if len(devices) > mostInputs {
		devices = devices[:mostInputs]
	}
	if !t.told || blind != t.blind || !reflect.DeepEqual(devices, t.devices) {
		if err := t.write(devicesFrame(devices, blind)); err != nil {
			return err
		}
		t.devices, t.blind, t.told = devices, blind, true
	}
	if err := t.show(); err != nil {
		return err
	}
	if len(batch.Inputs) == 0 {
		return t.write(quiet(batch.Until))
	}
	for rest := batch.Inputs; len(rest) > 0; rest = rest[min(len(rest), inputsInOne):] {
		if err := t.write(inputsFrame(t.devices, batch.Until, rest)); err != nil {
			return err
		}
	}
	return nil
}

// show tells how displays are fed, where this session is shown it and it changed.
func (t *teller) show() error {
	source, shown := t.source.(displaySource)
	if !shown {
		return nil
	}
	now := source.Displays()
	if maps.Equal(now, t.displays) {
		return nil
	}
	t.displays = now
	return t.write(displaysFrame(now))
}

// write waits for a slow agent, but not for one that hangs.
func (t *teller) write(said []byte) error {
	if err := t.line.SetWriteDeadline(t.clock().Add(companionGreets)); err != nil {
		return err
	}
	_, err := t.line.Write(said)
	return err
}

// blindOf puts what cannot be seen into the words of frames.
func blindOf(err error) blindSpot {
	var spot blindSpot
	switch {
	case err == nil:
		return 0
	case errors.As(err, &spot):
		return spot
	}
	return blindOther
}
