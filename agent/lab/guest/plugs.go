//go:build linux

package main

import "slices"

// seen must be so in every scenario: without it silence would say nothing.
var seen = map[string]string{"usb_devices": "ok", "connected_displays": "ok"}

// plugs are the scenarios of what is plugged in.
var plugs = []scenario{
	{name: "baseline", must: silent.
		seeing("usb_devices", map[string]string{"has_boot_keyboard": "true", "speed_mbps": "12", "virtual_bus": "false"}).
		seeing("input_devices", map[string]string{"place": "built_in", "can": "keyboard"}).
		seeing("power", map[string]string{"chassis": "laptop", "lid": "open", "on_ac": "true", "battery_present": "true"})},
	{name: "lid-closed-on-battery", set: func(b *bench) error { return b.stand(lidClosed | plugOut) }, must: silent.
		seeing("power", map[string]string{"lid": "closed", "on_ac": "false", "battery_state": "discharging"})},
	{name: "pikvm", set: plugged(pikvm()), must: expectation{
		least: "high", most: "high", covered: seen,
		found: []string{"kvm.default_identity", "kvm.descriptor_family", "kvm.composite_keyboard_pointer_storage", "kvm.gadget_constants", "kvm.scsi_inquiry"},
	}},
	{name: "pikvm-as-keyboard", set: plugged(pikvmAsKeyboard()), must: expectation{
		least: "medium", most: "high", covered: seen,
		found: []string{"kvm.descriptor_family", "kvm.composite_keyboard_pointer_storage", "kvm.identity_contradiction"},
		not:   []string{"kvm.default_identity", "kvm.scsi_inquiry"},
	}},
	{name: "tinypilot", set: plugged(tinypilot()), must: expectation{
		least: "high", most: "high", covered: seen,
		found: []string{"kvm.default_identity", "kvm.descriptor_family", "kvm.composite_keyboard_pointer", "kvm.gadget_constants"},
	}},
	{name: "hands-only", set: plugged(handsOnly()), must: expectation{
		least: "medium", most: "high", covered: seen,
		found: []string{"kvm.gadget_constants"}, not: []string{"kvm.default_identity", "kvm.composite_keyboard_pointer"},
	}},
	{name: "monitor", set: shown(monitor()), must: silent},
	{name: "pikvm-display", set: shown(pikvmDisplay()), must: expectation{
		least: "high", most: "high", covered: seen, found: []string{"display.default_identity", "display.masked_edid", "display.kvm_name"}, not: []string{"kvm."},
	}},
	{name: "pikvm-display-as-monitor", set: shown(disguised()), must: expectation{
		least: "high", most: "high", covered: seen, found: []string{"display.masked_edid"}, not: []string{"display.default_identity", "display.kvm_name"},
	}},
	{name: "security-key", set: plugged(securityKey()), must: silent.seeing("usb_devices", map[string]string{"hid_usages": "f1d0:01"})},
	{name: "security-key-in-software", set: func(b *bench) error {
		return b.uhid("Software security key", 0x1209, 0x0001, fido())
	}, must: silent.seeing("usb_devices", map[string]string{"hid_usages": "f1d0:01", "virtual_bus": "true"})},
	{name: "phone", set: plugged(phone()), must: silent.seeing("usb_devices", map[string]string{"has_phone_class": "true", "has_network": "true", "has_storage": "true"})},
}

// silent is what ordinary things must give, and everything once it is unplugged.
var silent = expectation{least: "none", most: "none", covered: seen, not: []string{"kvm.", "display.", "input."}}

func (e expectation) seeing(class string, columns map[string]string) expectation {
	e.rows = append(slices.Clone(e.rows), row{class, columns})
	return e
}

func plugged(g gadget) func(*bench) error {
	return func(b *bench) error {
		_, err := b.plug(g)
		return err
	}
}

func shown(d display) func(*bench) error {
	return func(b *bench) error { return b.show(d) }
}
