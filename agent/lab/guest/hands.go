//go:build linux

package main

import "time"

// hands are the scenarios of how input arrives. Most run on the laptop's own
// keyboard, so that nothing differs but when keys are pressed.
var hands = []scenario{
	{name: "typed-locally", window: typingWindow, act: typing(local()), must: typed, compare: rhythm.sameAs},
	{name: "typed-with-delay", window: typingWindow, act: typing(delayed(local(), 110*time.Millisecond)), must: typed, compare: rhythm.sameAs},
	{name: "typed-in-batches", window: typingWindow, act: typing(batched(local(), 110*time.Millisecond)), must: typed, compare: rhythm.batchedBeside},
	{name: "typed-by-program", window: typingWindow, act: injectTyping, must: expectation{
		least: "none", most: "none", covered: heard, found: []string{"input.injected"}, not: []string{"kvm.", "display.", "input.jiggler"},
		rows: []row{{"input_devices", map[string]string{"place": "virtual", "maker": "uinput", "key_percent": "100", "injected_percent": "100"}}},
	}},
	{name: "jiggler-program", window: 33 * time.Minute, act: injectJiggling, must: expectation{
		least: "watch", most: "watch", covered: heard, found: []string{"input.jiggler_pattern", "input.jiggler_software"}, not: []string{"kvm.", "display.", "input.injected"},
		rows: []row{{"input_devices", map[string]string{"place": "virtual", "maker": "uinput", "cadence": "enough", "cadence_seconds": "60", "cadence_net_percent": "0"}}},
	}},
	{name: "jiggler-hardware", window: 70 * time.Second, act: jiggleOnBoard, must: expectation{
		least: "watch", most: "medium", covered: heard, found: []string{"input.jiggler_pattern"}, not: []string{"display.", "input.injected"},
		rows: []row{{"input_devices", map[string]string{"bus": "usb", "cadence": "enough", "cadence_seconds": "2", "cadence_net_percent": "0"}}},
	}},
}

// typingWindow is for all strokes of a plan, and a little more.
const typingWindow = 80 * time.Second

// heard is seen and that the agent listens to input.
var heard = map[string]string{"usb_devices": "ok", "connected_displays": "ok", "input_devices": "ok"}

// typed is what typing on the laptop's own keyboard must give, whoever does it.
var typed = expectation{
	least: "none", most: "none", covered: heard, not: []string{"kvm.", "display.", "input."},
	rows: []row{{"input_devices", map[string]string{"bus": "serio", "place": "built_in", "built_in": "used", "typing": "enough", "injected_percent": "0"}}},
}

func typing(plan []stroke) func(*bench) error {
	return func(b *bench) error {
		keyboard, err := b.builtin()
		if err != nil {
			return err
		}
		return perform(plan, keyboard.key)
	}
}

func injectTyping(b *bench) error {
	i, err := b.inject("ydotoold virtual device")
	if err != nil {
		return err
	}
	return perform(local(), i.key)
}

func injectJiggling(b *bench) error {
	i, err := b.inject("py-evdev-uinput")
	if err != nil {
		return err
	}
	return jiggle(time.Minute, i.move)
}

// jiggleOnBoard has a short period, since the virtual socket keeps the
// laptop's clock busy: an hour of it would take an hour.
func jiggleOnBoard(b *bench) error {
	boards, err := b.plug(jiggler())
	if err != nil {
		return err
	}
	return jiggle(2*time.Second, func(x int) error {
		_, err := boards[0].Write([]byte{0, byte(x), 0, 0})
		return err
	})
}

// jiggle moves by one and back, again and again: 31 intervals.
func jiggle(every time.Duration, move func(x int) error) error {
	began := time.Now()
	for i := range 32 {
		time.Sleep(time.Duration(i)*every - time.Since(began))
		if err := move(1 - 2*(i%2)); err != nil {
			return err
		}
	}
	return nil
}
