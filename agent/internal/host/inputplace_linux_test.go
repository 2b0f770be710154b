package host

import "testing"

// TestInputsPlace: what is fixed to a hub that is plugged in is not built in, and
// neither is a PS/2 port that is none.
func TestInputsPlace(t *testing.T) {
	const fixed, removable = "fixed", "removable"
	for name, test := range map[string]struct {
		place string
		ports map[string]string // removable, by port
		want  string
	}{
		"on the laptop's own PS/2":        {"devices/platform/i8042/serio0/input/input3", nil, InputBuiltIn},
		"on a serial line":                {"devices/pnp0/00:01/tty/ttyS0/serio2/input/input9", nil, InputExternal},
		"on a terminal that plays PS/2":   {"devices/serio3/input/input9", nil, InputExternal},
		"fixed to the laptop":             {"devices/pci0000:00/0000:00:14.0/usb1/1-7/1-7:1.0/input/input4", map[string]string{"1-7": fixed}, InputBuiltIn},
		"fixed to a hub in the laptop":    {"devices/pci0000:00/0000:00:14.0/usb1/1-7/1-7.2/1-7.2:1.0/input/input4", map[string]string{"1-7": fixed, "1-7.2": fixed}, InputBuiltIn},
		"fixed to a hub that is plugged":  {"devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/1-2.1:1.0/input/input5", map[string]string{"1-2": removable, "1-2.1": fixed}, InputExternal},
		"behind a hub that does not tell": {"devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.1/1-2.1:1.0/input/input5", map[string]string{"1-2.1": fixed}, InputExternal},
		"plugged in":                      {"devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/input/input5", map[string]string{"1-2": removable}, InputExternal},
	} {
		t.Run(name, func(t *testing.T) {
			text := "-- files/sys/class/input/event3 -> ../../" + test.place + "/event3 --\n-- files/sys/" + test.place + "/event3/device -> .. --\n" +
				"-- files/sys/" + test.place + "/capabilities/key --\nfffffffffffffffe\n"
			for port, word := range test.ports {
				text += "-- files/sys/bus/usb/devices/" + port + "/removable --\n" + word + "\n"
			}
			nodes, err := sysfsInputs(loggedIn(t, text))
			if err != nil || len(nodes) != 1 || nodes[0].Place != test.want {
				t.Errorf("got %+v, %v, want it %s", nodes, err, test.want)
			}
		})
	}
}
