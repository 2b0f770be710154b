//go:build linux

package main

import (
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
			fmt.Printf("what the agent said of %s:\n%s\nwhy %s failed: %s\n", s.name, v.raw, s.name, strings.Join(why, "; "))
		}
	}
	return failed
}

func (s scenario) play() (v verdict, why []string) {
	b := &bench{}
	var err error
	if s.set != nil {
		err = s.set(b)
	}
	if err == nil {
		v, err = look(s.window, func() error {
			if s.act == nil {
				return nil
			}
			return s.act(b)
		})
	}
	if err == nil {
		why = s.must.differs(v)
	} else {
		why = append(why, err.Error())
	}
	if err := b.clear(); err != nil {
		why = append(why, "take it away again: "+err.Error())
	}
	return v, why
}
