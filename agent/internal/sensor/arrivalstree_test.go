package sensor

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// windowsStart is when the laptops of these tests started.
var windowsStart = time.Date(2026, time.November, 2, 8, 0, 0, 0, time.UTC)

// A desk is what a Windows laptop shows at one moment, in seconds since it started.
type desk struct {
	at    float64
	slept int
	nodes []parsetest.Node
	log   string // entries of its log of what it met first
}

func after(seconds float64) time.Time {
	return windowsStart.Add(time.Duration(seconds * float64(time.Second)))
}

// handAt is a fast keyboard that came at a time.
func handAt(seconds float64) []parsetest.Node {
	d := parsetest.USBDevice{
		Port: "1-2", Vendor: 0x046d, Product: 0xc31c, Name: "Keyboard", Speed: "480",
		Functions: []parsetest.USBFunction{parsetest.Input(1, 1, parsetest.Report("pikvm.keyboard"), 8)},
	}
	return arrivedAt(seconds, d.WindowsNodes()...)
}

func arrivedAt(seconds float64, nodes ...parsetest.Node) []parsetest.Node {
	for i := range nodes {
		nodes[i].Arrived = after(seconds)
	}
	return nodes
}

func screenAt(seconds float64) []parsetest.Node {
	return arrivedAt(seconds, parsetest.Node{Instance: `DISPLAY\LNX7773\5&1&0&UID4353`, Output: "external"},
		parsetest.Node{Instance: `DISPLAY\BOE0A5F\5&1&0&UID8388688`, Output: "internal"})
}

func dockAt(seconds float64) []parsetest.Node {
	d := parsetest.USBDevice{Port: "1-4", Vendor: 0x17ef, Product: 0x30b4, Class: 9, Name: "Dock", Speed: "480", Functions: []parsetest.USBFunction{{Class: 9, Driver: "hub"}}}
	return arrivedAt(seconds, d.WindowsNodes()...)
}

func nodes(parts ...[]parsetest.Node) (all []parsetest.Node) {
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

// metFirst are entries of Windows' log, its times in seconds since the start.
func metFirst(boots []float64, met map[string]float64) string {
	const layout = "2006/01/02 15:04:05.000"
	var b strings.Builder
	for _, boot := range boots {
		fmt.Fprintf(&b, "[Boot Session: %s]\n\n", after(boot).Format(layout))
	}
	for instance, at := range met {
		fmt.Fprintf(&b, ">>>  [Device Install (Hardware initiated) - %s]\n>>>  Section start %s\n<<<  Section end %s\n<<<  [Exit status: SUCCESS]\n\n", instance, after(at).Format(layout), after(at+1).Format(layout))
	}
	return b.String()
}

func onDesks(t *testing.T, desks ...desk) []string {
	t.Helper()
	s := Arrivals()
	var lines []string
	for _, one := range desks {
		text := fmt.Sprintf("-- platform.yaml --\nos: windows\nchassis: laptop\n-- clock.yaml --\nnow: %s\n-- power.yaml --\nmains: \"true\"\nbattery: \"true\"\nsuspends: %d\nuptime: %gs\n-- devices.yaml --\n%s",
			after(one.at).Format(time.RFC3339), one.slept, one.at, parsetest.Devices(one.nodes...))
		if one.log != "" {
			text += "-- files/Windows/INF/setupapi.dev.log --\n" + one.log
		}
		var coverage finding.Coverage
		if lines, coverage = look(t, machine(t, text), s); coverage.State != finding.CoverageOK {
			t.Fatalf("at %v: coverage %+v", one.at, coverage)
		}
	}
	return lines
}

func TestArrivalsOnWindows(t *testing.T) {
	const row = "usb_port=1400-2 connector=5&1&0&UID4353 vendor_id=046d product_id=c31c speed_mbps=480 has_boot_keyboard=true has_absolute_pointer=false "
	hand := handAt(0)[0].Instance
	display := `DISPLAY\LNX7773\5&1&0&UID4353`
	for name, c := range map[string]struct {
		desks []desk
		want  []string
	}{
		"one act, before the agent looked": {
			[]desk{{at: 5000, nodes: nodes(handAt(4000), screenAt(4003))}},
			[]string{row + "seconds_apart=3 times_together=1 disconnected_together=false dock_with_them=false"},
		},
		"off and on again": {
			[]desk{{at: 5000, nodes: nodes(handAt(4000), screenAt(4003))}, {at: 6000}, {at: 6030, nodes: nodes(handAt(6011), screenAt(6012))}},
			[]string{row + "seconds_apart=1 times_together=2 disconnected_together=true dock_with_them=false"},
		},
		"off and on between two looks": {
			[]desk{{at: 5000, nodes: nodes(handAt(4000), screenAt(4003))}, {at: 5030, nodes: nodes(handAt(5020), screenAt(5022))}},
			[]string{row + "seconds_apart=2 times_together=2 disconnected_together=true dock_with_them=false"},
		},
		"what a companion calls the laptop's own": {
			[]desk{{at: 5000, nodes: nodes(handAt(4000), arrivedAt(4003, parsetest.Node{Instance: display, Output: "internal", Told: true}))}},
			[]string{row + "seconds_apart=3 times_together=1 disconnected_together=false dock_with_them=false"},
		},
		"what the system itself calls so": {[]desk{{at: 5000, nodes: nodes(handAt(4000), arrivedAt(4003, parsetest.Node{Instance: display, Output: "internal"}))}}, nil},
		"a dock": {
			[]desk{{at: 5000, nodes: nodes(handAt(4000), screenAt(4003), dockAt(3999))}},
			[]string{row + "seconds_apart=3 times_together=1 disconnected_together=false dock_with_them=true"},
		},
		"met first together, before this start": {
			[]desk{{at: 5000, nodes: nodes(handAt(4), screenAt(5)), log: metFirst([]float64{-90000, -200000}, map[string]float64{hand: -80000, display: -79985})}},
			[]string{row + "seconds_apart=15 times_together=1 disconnected_together=false dock_with_them=false"},
		},
		"met first with a dock": {
			[]desk{{at: 5000, nodes: nodes(handAt(4), screenAt(5), dockAt(4)), log: metFirst([]float64{-90000}, map[string]float64{hand: -80000, display: -79985, dockAt(0)[0].Instance: -80001})}},
			[]string{row + "seconds_apart=15 times_together=1 disconnected_together=false dock_with_them=true"},
		},
		"met first when the laptop started": {
			[]desk{{at: 5000, nodes: nodes(handAt(4), screenAt(5)), log: metFirst([]float64{-80005}, map[string]float64{hand: -80000, display: -79995})}}, nil,
		},
		"met first on other days":     {[]desk{{at: 5000, nodes: nodes(handAt(4), screenAt(5)), log: metFirst([]float64{-90000}, map[string]float64{hand: -80000, display: -70000})}}, nil},
		"while the laptop started":    {[]desk{{at: 5000, nodes: nodes(handAt(4), screenAt(5))}}, nil},
		"a keyboard hours later":      {[]desk{{at: 15000, nodes: nodes(handAt(14000), screenAt(4003))}}, nil},
		"the laptop's panel alone":    {[]desk{{at: 5000, nodes: nodes(handAt(4000), screenAt(4003)[1:])}}, nil},
		"after a sleep":               {[]desk{{at: 5000}, {at: 9000, slept: 1, nodes: nodes(handAt(8995), screenAt(8996))}}, nil},
		"one of them gone":            {[]desk{{at: 5000, nodes: nodes(handAt(4000), screenAt(4003))}, {at: 5030, nodes: handAt(4000)}}, nil},
		"the laptop started anew":     {[]desk{{at: 5000, nodes: nodes(handAt(4000), screenAt(4003))}, {at: 90, nodes: nodes(handAt(5), screenAt(6))}}, nil},
		"a display that says no time": {[]desk{{at: 5000, nodes: nodes(handAt(4000), []parsetest.Node{{Instance: display}})}}, nil},
	} {
		if diff := cmp.Diff(c.want, onDesks(t, c.desks...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestArrivalsCoverageOnWindows(t *testing.T) {
	devices := "-- devices.yaml --\n[]\n"
	for name, c := range map[string]struct {
		text string
		want finding.CoverageState
	}{
		"no devices": {"-- power.yaml --\nuptime: 5h\n", finding.CoverageAbsent},
		"no power":   {devices, finding.CoverageAbsent},
		"no clock":   {devices + "-- power.yaml --\nuptime: 5h\n", finding.CoverageAbsent},
		"no uptime":  {devices + "-- power.yaml --\nmains: \"true\"\n-- clock.yaml --\nnow: 2026-11-02T09:00:00Z\n", finding.CoverageAbsent},
		"all":        {devices + "-- power.yaml --\nuptime: 5h\n-- clock.yaml --\nnow: 2026-11-02T09:00:00Z\n", finding.CoverageOK},
	} {
		if _, coverage := look(t, machine(t, "-- platform.yaml --\nos: windows\n"+c.text), Arrivals()); coverage.State != c.want {
			t.Errorf("%s: %+v, want %s", name, coverage, c.want)
		}
	}
}
