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
	name, machine string
	window        time.Duration        // how long the agent gathers; 0 is one look
	set           func(b *bench) error // before the agent looks
	act           func(b *bench) error // while it looks
	must          expectation
}

// play plays scenarios and gives how many failed. After each the laptop is as
// before, and the agent must say so.
func play(chosen []scenario) (failed int) {
	for _, s := range chosen {
		began := time.Now()
		v, why := s.play()
		how := "ok"
		if len(why) > 0 {
			how = "failed"
			failed++
		}
		say(how, s.name, s.must.String(), v.Level, strings.Join(v.rules(), " "), time.Since(began))
		if how == "failed" {
			fmt.Printf("LAB-WHY %s\nwhat the agent said of %s: %s\n", strings.Join(why, "; "), s.name, oneLine(v.raw))
		}
	}
	return failed
}

func (s scenario) play() (v verdict, why []string) {
	b, before := &bench{}, plugged()
	v, err := s.perform(b)
	if err == nil {
		why = s.must.differs(v)
	} else {
		why = append(why, err.Error())
	}
	if err := b.clear(); err != nil {
		return v, append(why, "take it away again: "+err.Error())
	}
	if err := await("the laptop as it was before", func() bool { return plugged() == before }); err != nil {
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

// plugged counts what the agent could see.
func plugged() [3]int {
	return [3]int{len(names("/sys/bus/usb/devices/*")), len(names("/sys/class/input/event*")), len(names("/sys/class/scsi_device/*"))}
}

func oneLine(raw []byte) string {
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		return string(raw)
	}
	return b.String()
}
