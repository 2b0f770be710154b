//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// A scenario is one thing in front of the laptop and what the agent must say of it.
type scenario struct {
	name    string
	window  time.Duration        // how long the agent gathers; 0 is one look
	set     func(b *bench) error // before the agent looks
	act     func(b *bench) error // while it looks
	must    expectation
	answer  *answer                     // of a presence check, which the agent then asks instead of looking
	compare func(r, local rhythm) error // with the first that was typed, which is typed-locally
}

// play plays scenarios and gives how many failed. After each the laptop is as
// before, and the agent must say so.
func play(chosen []scenario) (failed int) {
	var local rhythm
	for _, s := range chosen {
		began := time.Now()
		v, why := s.play()
		if s.compare != nil && len(why) == 0 {
			v.note = v.rhythm().String()
			if local.gaps == nil {
				local = v.rhythm()
			}
			if err := s.compare(v.rhythm(), local); err != nil {
				why = append(why, err.Error())
			}
		}
		s.tell(v, why, time.Since(began))
		failed += min(len(why), 1)
	}
	return failed
}

// tell prints what the runner shows: a line, a note, and of a failure all there is.
func (s scenario) tell(v verdict, why []string, took time.Duration) {
	how := "ok"
	if len(why) > 0 {
		how = "failed"
	}
	want := s.must.String()
	if s.answer != nil {
		want = s.answer.State
	}
	say(how, s.name, want, v.Level, strings.Join(v.rules(), " "), took)
	for _, line := range append(why, v.note) {
		if line != "" {
			fmt.Println("LAB-NOTE " + line)
		}
	}
	if how == "failed" {
		fmt.Printf("what the agent said of %s: %s\n", s.name, oneLine(v.raw))
	}
}

func (s scenario) play() (v verdict, why []string) {
	b, before := &bench{}, counted()
	v, why = s.perform(b)
	if err := b.clear(); err != nil {
		return v, append(why, "take it away again: "+err.Error())
	}
	if err := await("the laptop as it was before", func() bool { return counted() == before }); err != nil {
		return v, append(why, err.Error())
	}
	after, err := look(0, nil)
	if err != nil {
		return v, append(why, "after it was taken away: "+err.Error())
	}
	for _, reason := range silent.differs(after) {
		why = append(why, "after it was taken away "+reason)
	}
	return v, why
}

func (s scenario) perform(b *bench) (v verdict, why []string) {
	if s.set != nil {
		if err := s.set(b); err != nil {
			return v, []string{err.Error()}
		}
	}
	act := func() error {
		if s.act == nil {
			return nil
		}
		return s.act(b)
	}
	if s.answer != nil {
		a, raw, err := ask(s.window, act)
		if v.raw = raw; err != nil {
			return v, []string{err.Error()}
		}
		v.Level, v.note = a.State, a.String()
		return v, s.answer.differs(a)
	}
	v, err := look(s.window, act)
	if err != nil {
		return v, []string{err.Error()}
	}
	return v, s.must.differs(v)
}

// counted is how much there is of what the agent could see.
func counted() [3]int {
	return [3]int{len(names("/sys/bus/usb/devices/*")), len(names("/sys/class/input/event*")), len(names("/sys/class/scsi_device/*"))}
}

func oneLine(raw []byte) string {
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		return string(raw)
	}
	return b.String()
}
