//go:build linux

package main

import "time"

// arrivals are the scenarios of what is plugged in while the agent looks.
var arrivals = []scenario{
	{name: "kvm-arrives", window: 40 * time.Second, set: pullDisplay, act: arrive(pikvmDisplay(), 2*time.Second, pikvm()), must: expectation{
		least: "high", most: "high", covered: arriving, found: []string{"display.arrived_with_keyboard", "display.default_identity", "kvm.default_identity"},
		rows: []row{{"arrivals", map[string]string{"has_absolute_pointer": "true", "dock_with_them": "false", "times_together": "1"}}},
	}},
	{name: "all-changed-arrives", window: 40 * time.Second, set: pullDisplay, act: arrive(monitor(), 2*time.Second, handsOnly()), must: expectation{
		least: "medium", most: "high", covered: arriving, found: []string{"display.arrived_with_keyboard", "kvm.gadget_constants"},
		not: []string{"kvm.default_identity", "kvm.descriptor_family", "display.default_identity", "display.masked_edid"},
	}},
	{name: "keyboard-arrives-later", window: 60 * time.Second, set: pullDisplay, act: arrive(monitor(), 25*time.Second, handsOnly()), must: expectation{
		least: "medium", most: "medium", covered: arriving, found: []string{"kvm.gadget_constants"}, not: []string{"display."},
	}},
}

var arriving = map[string]string{"usb_devices": "ok", "connected_displays": "ok", "arrivals": "ok"}

// started is when a laptop has found all that was plugged in before it was switched on.
const started = 65 * time.Second

// pullDisplay takes the display's cable out, once the laptop is no longer starting.
func pullDisplay(b *bench) error {
	time.Sleep(started - uptime())
	return b.pull()
}

// arrive plugs in a display and, after a while, a gadget.
func arrive(d display, after time.Duration, g gadget) func(*bench) error {
	return func(b *bench) error {
		if err := b.show(d); err != nil {
			return err
		}
		time.Sleep(after)
		_, err := b.plug(g)
		return err
	}
}
