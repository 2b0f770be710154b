package sensor

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A macDesk is what a Mac shows at one moment, in seconds since it started.
type macDesk struct {
	at       float64
	screen   bool
	keyboard bool
	more     string
}

// archive writes it: the laptop's panel is always there, the other display and
// the fast keyboard where said.
func (d macDesk) archive() string {
	var m parsetest.Machine
	if d.keyboard {
		m.Devices = append(m.Devices, parsetest.USBDevice{
			Port: "1-2", Vendor: 0x046d, Product: 0xc31c, Name: "Keyboard", Speed: "480",
			Functions: []parsetest.USBFunction{parsetest.Input(1, 1, parsetest.Report("pikvm.keyboard"), 8)},
		})
	}
	const display = "<dict><key>IOObjectClass</key><string>IOMobileFramebufferShim</string><key>IONameMatched</key><string>%s,t8112</string>%s" +
		"<key>DisplayAttributes</key><dict><key>ProductAttributes</key><dict><key>ManufacturerID</key><string>HPN</string></dict></dict></dict>\n"
	screens := fmt.Sprintf(display, "disp0", "")
	if d.screen {
		screens += fmt.Sprintf(display, "dispext0", "<key>external</key><true/>")
	}
	return string(txtar.Format(m.MacOS())) + "-- tools/ioreg-display --\n<plist version=\"1.0\"><array>\n" + screens + "</array></plist>\n" +
		fmt.Sprintf("-- power.yaml --\nmains: \"true\"\nbattery: \"true\"\nuptime: %gs\n", d.at) + d.more
}

func TestArrivalsOnMacOS(t *testing.T) {
	const row = "usb_port=14-2 connector=dispext0 vendor_id=046d product_id=c31c speed_mbps=480 has_boot_keyboard=true has_absolute_pointer=false "
	nothing := macDesk{at: 5000}
	for name, c := range map[string]struct {
		desks []macDesk
		want  []string
	}{
		"between two looks": {
			[]macDesk{nothing, {at: 5030, screen: true, keyboard: true}, {at: 5060, screen: true, keyboard: true}},
			[]string{row + "seconds_apart=0 times_together=1 disconnected_together=false dock_with_them=false"},
		},
		"off and on again": {
			[]macDesk{nothing, {at: 5030, screen: true, keyboard: true}, {at: 5060}, {at: 5090, screen: true, keyboard: true}},
			[]string{row + "seconds_apart=0 times_together=2 disconnected_together=true dock_with_them=false"},
		},
		"as a recording tells": {
			[]macDesk{{at: 5000, screen: true, keyboard: true, more: "-- held.yaml --\ndispext0: 97s\nusb 14-2: 100s\n"}},
			[]string{row + "seconds_apart=3 times_together=1 disconnected_together=false dock_with_them=false"},
		},
		"there before the agent": {[]macDesk{{at: 5000, screen: true, keyboard: true}, {at: 5030, screen: true, keyboard: true}}, nil},
		"one look later":         {[]macDesk{nothing, {at: 5030, screen: true}, {at: 5060, screen: true, keyboard: true}}, nil},
		"after a sleep":          {[]macDesk{nothing, {at: 9000, screen: true, keyboard: true}}, nil},
		"started anew":           {[]macDesk{nothing, {at: 20}, {at: 50, screen: true, keyboard: true}}, nil},
	} {
		s := Arrivals()
		var lines []string
		for _, one := range c.desks {
			var coverage finding.Coverage
			if lines, coverage = look(t, machine(t, one.archive()), s); coverage.State != finding.CoverageOK {
				t.Fatalf("%s, at %v: %+v", name, one.at, coverage)
			}
		}
		if diff := cmp.Diff(c.want, lines); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if _, coverage := look(t, machine(t, strings.Replace(nothing.archive(), "uptime: 5000s", "cycles: 3", 1)), Arrivals()); coverage.State != finding.CoverageAbsent {
		t.Errorf("no clock: %+v", coverage)
	}
}
