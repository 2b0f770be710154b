package sensor

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A scene is a machine at one moment, in seconds since it started.
type scene struct {
	at    float64
	there string // entries of a recording
}

// usb is a device that came so many seconds before the scene.
func usb(port string, number int, ago float64, attributes string, interfaces ...string) string {
	dir := "-- files/sys/bus/usb/devices/" + port + "/"
	text := fmt.Sprintf("%sdevnum --\n%d\n%spower/connected_duration --\n%d\n", dir, number, dir, int(1000*ago))
	if attributes == "" {
		attributes = "idVendor=046d idProduct=c31c speed=480"
	}
	for attribute := range strings.FieldsSeq(attributes) {
		name, value, _ := strings.Cut(attribute, "=")
		text += dir + name + " --\n" + value + "\n"
	}
	for i, triplet := range interfaces {
		f := strings.Split(triplet, "/")
		folder := fmt.Sprintf("%s%s:1.%d/", dir, port, i)
		text += fmt.Sprintf("%sbInterfaceClass --\n%s\n%[1]sbInterfaceSubClass --\n%[3]s\n%[1]sbInterfaceProtocol --\n%[4]s\n", folder, f[0], f[1], f[2])
	}
	return text
}

func hand(port string, number int, ago float64) string { return usb(port, number, ago, "", "03/01/01") }

func screen(connector, status string) string {
	return "-- files/sys/class/drm/card0-" + connector + "/status --\n" + status + "\n"
}

const builtIn = "-- files/sys/class/drm/card0-eDP-1/status --\nconnected\n-- files/sys/bus/usb/devices/usb1/idVendor --\n1d6b\n"

// sequence looks at one scene after the other and gives the rows at the last.
func sequence(t *testing.T, scenes ...scene) []string {
	t.Helper()
	s := Arrivals()
	var lines []string
	for _, one := range scenes {
		h := machine(t, fmt.Sprintf("-- files/proc/uptime --\n%.2f 1.00\n", one.at)+builtIn+one.there)
		var coverage finding.Coverage
		if lines, coverage = look(t, h, s); coverage.State != finding.CoverageOK {
			t.Fatalf("at %v: coverage %+v", one.at, coverage)
		}
	}
	return lines
}

const (
	theHand = "usb_port=1-2 connector=card0-HDMI-A-1 vendor_id=046d product_id=c31c speed_mbps=480 has_boot_keyboard=true has_absolute_pointer=false "
	off     = "disconnected"
	onDesk  = "connected"
)

func TestArrivals(t *testing.T) {
	nothing := screen("HDMI-A-1", off)
	kvm := func(number int, ago float64) string { return hand("1-2", number, ago) + screen("HDMI-A-1", onDesk) }
	for name, c := range map[string]struct {
		scenes []scene
		want   []string
	}{
		"one act": {
			[]scene{{5000, nothing}, {5003, kvm(7, 2)}, {5090, kvm(7, 89)}},
			[]string{theHand + "seconds_apart=2 times_together=1 disconnected_together=false dock_with_them=false"},
		},
		"the display first, the keyboard before the agent looks again": {
			[]scene{{5000, nothing}, {5003, screen("HDMI-A-1", onDesk)}, {5030, kvm(7, 18)}},
			[]string{theHand + "seconds_apart=9 times_together=1 disconnected_together=false dock_with_them=false"},
		},
		"the keyboard before the agent started": {
			[]scene{{5000, hand("1-2", 7, 4) + nothing}, {5004, kvm(7, 8)}},
			[]string{theHand + "seconds_apart=8 times_together=1 disconnected_together=false dock_with_them=false"},
		},
		"as a recording tells": {
			[]scene{{5000, kvm(7, 100) + "-- held.yaml --\ncard0-HDMI-A-1: 97s\n"}},
			[]string{theHand + "seconds_apart=3 times_together=1 disconnected_together=false dock_with_them=false"},
		},
		"off and on again": {
			[]scene{{5000, nothing}, {5003, kvm(7, 2)}, {6000, nothing}, {6020, kvm(8, 1)}},
			[]string{theHand + "seconds_apart=1 times_together=2 disconnected_together=true dock_with_them=false"},
		},
		"gone one after the other": {
			[]scene{{5000, nothing}, {5003, kvm(7, 2)}, {6000, screen("HDMI-A-1", onDesk)}, {6005, nothing}, {6020, kvm(8, 1)}},
			[]string{theHand + "seconds_apart=1 times_together=2 disconnected_together=true dock_with_them=false"},
		},
		"a dock": {
			[]scene{{5000, nothing}, {5005, usb("1-1", 6, 4, "idVendor=413c bDeviceClass=09 speed=480", "09/00/00") + kvm(7, 2)}},
			[]string{theHand + "seconds_apart=2 times_together=1 disconnected_together=false dock_with_them=true"},
		},
		"a dock's network adapter": {
			[]scene{{5000, nothing}, {5005, usb("1-1", 6, 4, "idVendor=0bda speed=480", "02/06/00") + kvm(7, 2)}},
			[]string{theHand + "seconds_apart=2 times_together=1 disconnected_together=false dock_with_them=true"},
		},
		"a dock that tells USB-C about itself, after all else": {
			[]scene{{5000, nothing}, {5005, kvm(7, 2)}, {5030, usb("1-1", 9, 22, "idVendor=17ef bDeviceClass=11 speed=12", "11/00/00") + kvm(7, 27)}},
			[]string{theHand + "seconds_apart=2 times_together=1 disconnected_together=false dock_with_them=true"},
		},
		"a monitor at the same USB-C socket": {
			[]scene{{5000, nothing}, {5003, kvm(7, 2) +
				"-- files/sys/bus/usb/devices/1-2/port -> ../1-0:1.0/usb1-port2 --\n" +
				"-- files/sys/bus/usb/devices/1-0:1.0/usb1-port2/connector -> ../../../../typec/port0 --\n" +
				"-- files/sys/class/drm/card0-HDMI-A-1/typec_connector -> ../../../typec/port0 --\n"}},
			[]string{theHand + "seconds_apart=2 times_together=1 disconnected_together=false dock_with_them=false same_usb_c_port=true"},
		},
		"a keyboard hours later":       {[]scene{{5000, nothing}, {5003, screen("HDMI-A-1", onDesk)}, {15000, kvm(7, 1)}}, nil},
		"there before the agent":       {[]scene{{5000, kvm(7, 3)}, {5030, kvm(7, 33)}}, nil},
		"while the laptop starts":      {[]scene{{9, nothing}, {12, kvm(7, 1)}, {90, kvm(7, 79)}}, nil},
		"a display alone":              {[]scene{{5000, nothing}, {5003, screen("HDMI-A-1", onDesk)}}, nil},
		"a stick":                      {[]scene{{5000, nothing}, {5003, usb("1-2", 7, 1, "", "08/06/50") + screen("HDMI-A-1", onDesk)}}, nil},
		"the laptop's own keyboard":    {[]scene{{5000, nothing}, {5003, usb("1-2", 7, 1, "idVendor=05ac removable=fixed", "03/01/01") + screen("HDMI-A-1", onDesk)}}, nil},
		"only the laptop's own screen": {[]scene{{5000, ""}, {5003, hand("1-2", 7, 1)}}, nil},
		"after a sleep": {[]scene{{5000, "-- files/sys/power/suspend_stats/success --\n4\n" + nothing},
			{9003, "-- files/sys/power/suspend_stats/success --\n5\n" + kvm(8, 2)}}, nil},
		"one of them gone":         {[]scene{{5000, nothing}, {5003, kvm(7, 2)}, {5100, hand("1-2", 7, 99) + nothing}}, nil},
		"the machine started anew": {[]scene{{5000, nothing}, {5003, kvm(7, 2)}, {200, kvm(3, 198)}}, nil},
	} {
		if diff := cmp.Diff(c.want, sequence(t, c.scenes...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A machine that tells no time, or shows neither displays nor USB, is not covered.
func TestArrivalsCoverage(t *testing.T) {
	for name, c := range map[string]struct {
		machine string
		want    finding.CoverageState
		detail  string
	}{
		"no time":    {builtIn, finding.CoverageAbsent, "this machine does not tell how long it has been running"},
		"no display": {"-- files/sys/bus/usb/devices/usb1/idVendor --\n1d6b\n", finding.CoverageAbsent, "this machine shows no displays"},
		"macOS":      {"-- platform.yaml --\nos: darwin\n-- power.yaml --\nuptime: 5h\n", finding.CoverageAbsent, "this machine shows no displays"},
	} {
		if _, coverage := look(t, machine(t, c.machine), Arrivals()); coverage.State != c.want || !strings.Contains(coverage.Detail, c.detail) {
			t.Errorf("%s: coverage %+v, want %s", name, coverage, c.want)
		}
	}
}

// However many things come and go, what is remembered stays bounded.
func TestArrivalsStayBounded(t *testing.T) {
	c := &companions{}
	for i := range 300 {
		text := fmt.Sprintf("-- files/proc/uptime --\n%d.00 1.00\n", 1000+5*i) + builtIn + hand(fmt.Sprintf("1-%d", i+1), i, 1) +
			usb("2-1", i, 1, "idVendor=413c bDeviceClass=09", "09/00/00") + screen(fmt.Sprintf("DP-%d", i%70), onDesk)
		if _, err := c.collect(t.Context(), machine(t, text)); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.bonds) > bondLimit || len(c.docks) > dockLimit || len(c.inputs) > 2 || len(c.screens) > 1 || len(c.left.ports) > 10 {
		t.Errorf("%d bonds, %d docks, %d inputs, %d screens, %d departures", len(c.bonds), len(c.docks), len(c.inputs), len(c.screens), len(c.left.ports))
	}
}

func FuzzArrivals(f *testing.F) {
	f.Add(hand("1-2", 7, 2)+screen("HDMI-A-1", onDesk), screen("HDMI-A-1", off))
	f.Fuzz(func(t *testing.T, before, after string) {
		s := Arrivals()
		for i, text := range []string{before, after, before} {
			h, err := host.ReadRecording(txtar.Parse([]byte(fmt.Sprintf("-- platform.yaml --\nos: linux\n-- files/proc/uptime --\n%d.00 1.00\n", 5000+i) + text)))
			if err != nil {
				return
			}
			if _, coverage := Look(t.Context(), h, s); strings.Contains(coverage.Detail, "broke at") {
				t.Fatalf("coverage %+v", coverage)
			}
		}
	})
}
