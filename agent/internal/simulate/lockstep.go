package simulate

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// An Order is a line that whoever keeps the clock says. First which scenario is to be
// played, then where the collector is, then one empty order for each step.
type Order struct {
	Scenario string   `json:"scenario,omitempty"` // file
	Seed     uint64   `json:"seed,omitempty"`
	Without  []string `json:"without,omitempty"`
	State    string   `json:"state,omitempty"`
	Server   string   `json:"server,omitempty"`
	Token    string   `json:"token,omitempty"`
}

// A Line is what is answered.
type Line struct {
	Plan     *Plan       `json:"plan,omitempty"`
	At       time.Time   `json:"at,omitzero"` // what comes next, and what happens then: it waits for an order
	Happens  []string    `json:"happens,omitempty"`
	Done     bool        `json:"done,omitempty"` // the step is done, and everything told is acknowledged
	Enrolled []Enrolment `json:"enrolled,omitempty"`
	Grouped  []Enrolment `json:"grouped,omitempty"`
	Alive    []string    `json:"alive,omitempty"` // devices that have shown that they live
	Ended    *Summary    `json:"ended,omitempty"`
	Error    string      `json:"error,omitempty"`
}

// A talk is both sides of what is said.
type talk struct {
	in  *json.Decoder
	out *bufio.Writer
}

func (t talk) say(l Line) error {
	text, err := json.Marshal(l)
	if err == nil {
		_, err = t.out.Write(append(text, '\n'))
	}
	return errors.Join(err, t.out.Flush())
}

func (t talk) order() (o Order, err error) {
	err = t.in.Decode(&o)
	return o, err
}

// Lockstep plays the scenarios that are ordered, one after the other, each in step
// with whoever orders, until there are no more orders.
func Lockstep(ctx context.Context, kits *Kits, version string, in io.Reader, out io.Writer) error {
	t := talk{json.NewDecoder(in), bufio.NewWriter(out)}
	for {
		o, err := t.order()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = playInStep(ctx, kits, version, o, t)
		}
		if err != nil {
			return errors.Join(err, t.say(Line{Error: err.Error()}))
		}
	}
}

func playInStep(ctx context.Context, kits *Kits, version string, o Order, t talk) error {
	read, err := Read(o.Scenario, kits)
	if err != nil {
		return err
	}
	p, err := read.cast(kits, o.Seed, time.Time{})
	if err != nil {
		return err
	}
	plan, err := p.plan(o.Without)
	if err != nil {
		return err
	}
	if err := t.say(Line{Plan: &plan}); err != nil {
		return err
	}
	where, err := t.order()
	if err != nil {
		return fmt.Errorf("wait for the collector's address: %w", err)
	}
	s := newStage(p, Options{Server: where.Server, Token: where.Token, State: o.State, Version: version, Proxied: true}, o.Without, false)
	if err := s.inStep(ctx, t); err != nil {
		return errors.Join(err, s.close())
	}
	sum := s.summary()
	return errors.Join(s.close(), t.say(Line{Ended: &sum}))
}

func (s *stage) inStep(ctx context.Context, t talk) error {
	for _, c := range s.cues(s.end()) {
		if err := t.say(Line{At: c.at, Happens: s.tell(c)}); err != nil {
			return err
		}
		if _, err := t.order(); err != nil {
			return fmt.Errorf("wait for the next step: %w", err)
		}
		enrolled, grouped, alive, err := s.step(ctx, c)
		if err != nil {
			return fmt.Errorf("at %s: %w", c.at.Format(time.RFC3339), err)
		}
		if err := t.say(Line{Done: true, Enrolled: enrolled, Grouped: grouped, Alive: alive}); err != nil {
			return err
		}
	}
	return nil
}
