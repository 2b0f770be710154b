//go:build linux

package main

// seen must be so in every scenario: without it silence would say nothing.
var seen = map[string]string{"usb_devices": "ok", "connected_displays": "ok"}

var scenarios = []scenario{
	{name: "baseline", machine: "plugs", must: expectation{least: "none", most: "none", not: []string{"kvm.", "display."}, covered: seen}},
	{name: "pikvm", machine: "plugs", set: plugs(pikvm()), must: expectation{
		least: "high", most: "high", covered: seen,
		found: []string{"kvm.default_identity", "kvm.descriptor_family", "kvm.composite_keyboard_pointer_storage", "kvm.gadget_constants", "kvm.scsi_inquiry"},
	}},
	{name: "pikvm-as-keyboard", machine: "plugs", set: plugs(pikvmAsKeyboard()), must: expectation{
		least: "medium", most: "high", covered: seen,
		found: []string{"kvm.descriptor_family", "kvm.composite_keyboard_pointer_storage", "kvm.identity_contradiction"},
		not:   []string{"kvm.default_identity", "kvm.scsi_inquiry"},
	}},
	{name: "baseline-again", machine: "plugs", must: expectation{least: "none", most: "none", covered: seen}},
}

func plugs(g gadget) func(*bench) error {
	return func(b *bench) error {
		_, err := b.plug(g)
		return err
	}
}
