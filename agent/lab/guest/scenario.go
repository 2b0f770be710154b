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
	compare func(r, local rhythm) error // with the first that was typed, which is typed-locally
}

// play plays scenarios and gives how many failed. After each the laptop is as
// before, and the agent must say so.
func play(chosen []scenario) (failed int) {
	var local rhythm
	for _, s := range chosen {
		began := time.Now()
		v, why := s.play()
		note := ""
		if s.compare != nil && len(why) == 0 {
			note = v.rhythm().String()
			if local.gaps == nil {
				local = v.rhythm()
			}
			if err := s.compare(v.rhythm(), local); err != nil {
				why = append(why, err.Error())
			}
		}
		s.tell(v, why, note, time.Since(began))
		failed += min(len(why), 1)
	}
	return failed
}

// tell prints what the runner shows: a line, a note, and of a failure all there is.
func (s scenario) tell(v verdict, why []string, note string, took time.Duration) {
	how := "ok"
	if len(why) > 0 {
		how = "failed"
	}
	say(how, s.name, s.must.String(), v.Level, strings.Join(v.rules(), " "), took)
	for _, line := range append(why, note) {
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
	v, err := s.perform(b)
	if err == nil {
		why = s.must.differs(v)
	} else {
		why = append(why, err.Error())
	}
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

func (s scenario) perform(b *bench) (v verdict, err error) {
	if s.set != nil {
		err = s.set(b)
	}
	if err != nil {
		return v, err
	}
	return look(s.window, func() error {
		if s.act == nil {
			return nil
		}
		return s.act(b)
	})
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
