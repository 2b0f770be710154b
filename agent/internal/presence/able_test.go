package presence

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

func TestAble(t *testing.T) {
	for _, test := range []struct {
		name  string
		edit  func(*laptop)
		means finding.Means
		why   string // empty when it can be noticed
	}{
		{"a laptop", func(*laptop) {}, finding.BuiltinKeyboard, ""},
		{"a laptop", func(*laptop) {}, finding.Lid, ""},
		{"a laptop", func(*laptop) {}, finding.PowerPlug, ""},
		{"a laptop", func(*laptop) {}, finding.Fingerprint, ""},
		{"a laptop", func(*laptop) {}, finding.SecurityKey, ""},
		{"what programs inject is hidden, as under Wayland", func(l *laptop) {
			l.trouble = errors.Join(fmt.Errorf("injected input: %w", host.ErrDenied), errors.New("more"))
		}, finding.BuiltinKeyboard, ""},
		{"its keyboard cannot be listened to", func(l *laptop) { l.devices[0].Unheard = true }, finding.BuiltinKeyboard, "can be listened to"},
		{"its keyboard is not its own", func(l *laptop) { l.devices = l.devices[2:] }, finding.BuiltinKeyboard, "no built-in keyboard"},
		{"nothing can be listed", func(l *laptop) { l.devices, l.trouble = nil, errors.New("a\nb") }, finding.BuiltinKeyboard, "a; b"},
		{"a desktop", func(l *laptop) { l.chassis = "desktop" }, finding.BuiltinKeyboard, "a desktop has none"},
		{"a virtual machine", func(l *laptop) { l.chassis = "vm" }, finding.BuiltinKeyboard, "a virtual machine has none"},
		{"no lid", func(l *laptop) { l.devices = l.devices[:2]; delete(l.disk, "proc/acpi/button/lid/LID0/state") }, finding.Lid, "no lid"},
		{"the lid has a switch only", func(l *laptop) { delete(l.disk, "proc/acpi/button/lid/LID0/state") }, finding.Lid, ""},
		{"no plug", func(l *laptop) { delete(l.disk, "sys/class/power_supply/AC/online") }, finding.PowerPlug, "no power supply"},
	} {
		t.Run(test.name+" "+string(test.means), func(t *testing.T) {
			l := newLaptop()
			test.edit(l)
			got := able(t.Context(), l)[test.means]
			if !strings.Contains(got, test.why) || test.why == "" && got != "" {
				t.Errorf("got %q, want %q", got, test.why)
			}
		})
	}
}
