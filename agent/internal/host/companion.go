package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// A companion is this program once more, running in a person's session and as
// that person, where the system shows input only there. It tells the agent how
// input arrives, and takes no order: the agent can listen or hang up.

// companionLine is what a companion and the agent speak through.
type companionLine interface {
	io.ReadWriteCloser
	SetReadDeadline(t time.Time) error
	SetWriteDeadline(t time.Time) error
}

// Patience with companions, and theirs with the agent.
const (
	companionGreets = 10 * time.Second      // for a greeting and its answer
	companionSpeaks = 4 * inputTick         // between two frames
	companionPace   = 20 * time.Millisecond // after a frame of inputs or displays: who floods is read slowly
	companionAhead  = 2 * time.Second       // how old an input may be when it is told
)

// companions makes one of what the companions of all sessions tell. What they
// say is bounded and judged: they run where the person's other programs do.
type companions struct {
	clock func() time.Time
	since func() time.Duration // the clock of inputs, which all processes of a machine share

	mu        sync.Mutex
	voices    map[uint32]*companionVoice // by session
	missing   map[uint32]error           // sessions that have none, and why
	trouble   error                      // why sessions cannot be told apart or reached at all
	listeners map[*companionSource]bool
}

var errBegins = errors.New("companions are being started")

// companionVoice is what one companion said last.
type companionVoice struct {
	devices  []InputDevice
	blind    blindSpot
	displays map[string]string        // how they are fed, by instance
	last     map[string]time.Duration // by device there is: nothing is told that was before it
	gone     time.Duration            // the last of all those that are there no more
	inputs   []Input                  // of the frame before, to be used again
}

func newCompanions(clock func() time.Time, since func() time.Duration) *companions {
	return &companions{clock: clock, since: since, trouble: errBegins, voices: map[uint32]*companionVoice{}, missing: map[uint32]error{}, listeners: map[*companionSource]bool{}}
}

// hear listens to the companion of a session until it ends or ctx does, and says
// why. Who it is has been looked at before.
func (c *companions) hear(ctx context.Context, line companionLine, session uint32) error {
	defer done(line)
	defer context.AfterFunc(ctx, func() { done(line) })()
	buffer := new([mostFrame]byte)
	if err := c.greet(line, session, buffer); err != nil {
		return err
	}
	voice := &companionVoice{last: map[string]time.Duration{}}
	c.mu.Lock()
	if c.voices[session] != nil {
		c.mu.Unlock()
		return fmt.Errorf("session %d has a companion already", session)
	}
	c.voices[session] = voice
	delete(c.missing, session)
	c.mu.Unlock()
	err := c.answer(line)
	if err == nil {
		err = c.follow(ctx, line, voice, buffer)
	}
	c.mu.Lock()
	delete(c.voices, session)
	c.mu.Unlock()
	return err
}

func (c *companions) greet(line companionLine, session uint32, buffer *[mostFrame]byte) error {
	if err := line.SetReadDeadline(c.clock().Add(companionGreets)); err != nil {
		return err
	}
	kind, content, err := readFrame(line, buffer)
	if err != nil {
		return fmt.Errorf("wait for its greeting: %w", err)
	}
	if kind != frameHello {
		return fmt.Errorf("it does not greet: %w", errFrame)
	}
	g, err := parseHello(content)
	switch {
	case err != nil:
		return err
	case g.version != companionVersion:
		return fmt.Errorf("it speaks version %d and this agent %d, as happens while an update is under way", g.version, companionVersion)
	case g.session != session:
		return fmt.Errorf("it says that it is of session %d and runs in %d: %w", g.session, session, errFrame)
	}
	return nil
}

func (c *companions) answer(line companionLine) error {
	if err := line.SetWriteDeadline(c.clock().Add(companionGreets)); err != nil {
		return err
	}
	_, err := line.Write(welcome())
	return err
}

// follow takes one frame after the other.
func (c *companions) follow(ctx context.Context, line companionLine, voice *companionVoice, buffer *[mostFrame]byte) error {
	for {
		if err := line.SetReadDeadline(c.clock().Add(companionSpeaks)); err != nil {
			return err
		}
		kind, content, err := readFrame(line, buffer)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("listen to it: %w", err)
		}
		if err := c.take(voice, kind, content); err != nil {
			return err
		}
		pause(ctx, companionPace)
	}
}

// take understands one frame.
func (c *companions) take(voice *companionVoice, kind byte, content []byte) (err error) {
	switch kind {
	case frameDevices:
		devices, blind, err := parseDevices(content)
		if err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		voice.devices, voice.blind = devices, blind
		voice.forget()
	case frameInputs:
		if _, voice.inputs, err = parseInputs(content, voice.devices, voice.inputs[:0]); err != nil {
			return err
		}
		c.pass(voice, voice.inputs)
	case frameDisplays:
		displays, err := parseDisplays(content)
		if err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		voice.displays = displays
	case frameQuiet: // it lives
		if len(content) != quietSize {
			return fmt.Errorf("a silence of %d bytes: %w", len(content), errFrame)
		}
	case frameBye:
		return io.EOF
	default:
		return fmt.Errorf("frame of kind %d: %w", kind, errFrame)
	}
	return nil
}

// forget drops the times of devices that are there no more, but for the latest:
// who tells of ever new devices takes no room, and no time goes back.
func (v *companionVoice) forget() {
	for id, at := range v.last {
		if !slices.ContainsFunc(v.devices, func(d InputDevice) bool { return d.ID == id }) {
			v.gone = max(v.gone, at)
			delete(v.last, id)
		}
	}
}

// pass hands inputs to all who listen. A time that cannot be is moved to one
// that can: into the last seconds, and after the last of the same device.
func (c *companions) pass(voice *companionVoice, inputs []Input) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.since()
	for i := range inputs {
		in := &inputs[i]
		in.At = min(max(in.At, now-companionAhead, voice.last[in.Device], voice.gone), now)
		voice.last[in.Device] = in.At
	}
	for l := range c.listeners {
		l.add(inputs)
	}
}

// without notes that a session has no companion, and why; nil when it is over.
func (c *companions) without(session uint32, why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if why == nil {
		delete(c.missing, session)
		return
	}
	c.missing[session] = alone(session, why)
}

func alone(session uint32, why error) error {
	return fmt.Errorf("what happens in session %d is not seen, since it has no companion: %w", session, why)
}

// has says whether a session's companion is on the line.
func (c *companions) has(session uint32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.voices[session] != nil
}

// blocked notes why no session can be reached; nil when they can.
func (c *companions) blocked(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trouble = why
}

// devices are those of all sessions. One that several companions tell of is one:
// it is the same machine's.
func (c *companions) devices() ([]InputDevice, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]InputDevice{}
	var blind blindSpot
	for _, session := range slices.Sorted(maps.Keys(c.voices)) {
		v := c.voices[session]
		blind |= v.blind
		for _, d := range v.devices {
			if one, known := all[d.ID]; known {
				d.Unheard = d.Unheard && one.Unheard
				d.Can = slices.Compact(slices.Sorted(slices.Values(slices.Concat(d.Can, one.Can))))
			}
			all[d.ID] = d
		}
	}
	problems := []error{c.trouble, blind.orNil()}
	for _, session := range slices.Sorted(maps.Keys(c.missing)) {
		problems = append(problems, c.missing[session])
	}
	if len(c.voices) == 0 && errors.Join(problems...) == nil {
		problems = append(problems, fmt.Errorf("nobody is logged in at a screen, so no input is shown to anybody: %w", ErrAbsent))
	}
	devices := make([]InputDevice, 0, len(all))
	for _, id := range slices.Sorted(maps.Keys(all)) {
		devices = append(devices, all[id])
	}
	return devices[:min(len(devices), mostInputs)], errors.Join(problems...)
}

// listen opens a source of what they tell.
func (c *companions) listen(ctx context.Context) *companionSource {
	s := &companionSource{from: c, woken: make(chan struct{}, 1), lost: map[string]bool{}}
	s.ctx, s.stop = context.WithCancel(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listeners[s] = true
	return s
}
