//go:build linux

package main

import (
	"fmt"
	"time"
)

// elsewhere are the scenarios in which the host of the virtual laptop types and
// points on its USB keyboard and mouse: hardware for the agent, and as far from
// hands as behind a KVM. Their clock is the host's, so nothing is said of rhythm.
var elsewhere = []scenario{
	{name: "asked-typed-elsewhere", window: askingWindow, act: host("type"), answer: &answer{State: "not_answered", refused: "it is not built into this laptop"}},
	{name: "asked-answered-at-laptop", window: askingWindow, set: withoutUSBKeyboard, act: host("type"), answer: &answer{State: "answered", AnsweredBy: "builtin_keyboard"}},
	{name: "jiggler-elsewhere", window: 85 * time.Second, act: host("jiggle"), must: expectation{
		least: "watch", most: "watch", covered: heard, found: []string{"input.jiggler_pattern"}, not: []string{"kvm.", "display.", "input.injected", "input.jiggler_software"},
		rows: []row{{"input_devices", map[string]string{"bus": "usb", "place": "external", "cadence": "enough", "cadence_net_percent": "0"}}},
	}},
}

// host asks the runner on the host to do something.
func host(what string) func(*bench) error {
	return func(*bench) error {
		fmt.Println("LAB-HOST " + what)
		return nil
	}
}

// withoutUSBKeyboard leaves the host the laptop's own keyboard.
func withoutUSBKeyboard(b *bench) error {
	fmt.Println("LAB-HOST unplug")
	b.atEnd(func() error { fmt.Println("LAB-HOST plug"); return nil })
	return await("one keyboard less", func() bool { return !inputs("USB Keyboard") })
}
