package parity

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/detect"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// unrecordable are the classes that only a running agent has rows of.
var unrecordable = []string{"agent_cost", "presence_checks"}

// An account is what all recordings of one system tell together.
type account struct {
	rows  map[string]bool              // classes of which there are rows
	blind map[string]map[string]string // machine and sentence, of classes that are said to be unsupported
	fired map[string]bool              // rules
}

// accounts lets every sensor look at every recorded machine.
func accounts(t *testing.T, c *catalogue.Catalogue) map[string]*account {
	t.Helper()
	all := map[string]*account{}
	for _, system := range sensor.Systems {
		all[system] = &account{rows: map[string]bool{}, blind: map[string]map[string]string{}, fired: map[string]bool{}}
	}
	for name, archive := range machines(t) {
		h, err := host.ReadRecording(archive)
		if err != nil {
			t.Fatal(err)
		}
		a := all[h.Platform().OS]
		if a == nil {
			t.Errorf("%s is of the system %q, want one of %v", name, h.Platform().OS, sensor.Systems)
			continue
		}
		for _, s := range sensor.All() {
			if s.Watch != nil {
				_ = s.Watch(t.Context(), h) // ends with the recording
			}
			rows, coverage := sensor.Look(t.Context(), h, s)
			a.rows[s.Class] = a.rows[s.Class] || len(rows) > 0
			for _, f := range detect.Detect(c, rows) {
				a.fired[f.Rule] = true
			}
			if coverage.State == finding.CoverageUnsupported {
				if a.blind[s.Class] == nil {
					a.blind[s.Class] = map[string]string{}
				}
				a.blind[s.Class][name] = coverage.Detail
			}
		}
	}
	return all
}

// built adds what fires on the machines that agent/internal/disguise makes of
// each system.
func built(t *testing.T, told map[string]*account) {
	t.Helper()
	text, err := os.ReadFile("testdata/built.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var rules map[string][]string
	if err := yaml.Unmarshal(text, &rules); err != nil {
		t.Fatal(err)
	}
	for system, name := range spoken {
		for _, rule := range rules[name] {
			told[system].fired[rule] = true
		}
	}
}

// carriedOver adds what fires on Linux' recordings told as the others tell the
// same: the bytes by which a display describes itself, which Windows keeps and
// Macs with Intel's chips hand out, and input of which Windows' companion gives
// equal rows, where its device is no program's.
func carriedOver(t *testing.T, c *catalogue.Catalogue, told map[string]*account) {
	t.Helper()
	program := regexp.MustCompile(`\bmaker=`)
	for _, archive := range machines(t) {
		windows, mac := &txtar.Archive{}, &txtar.Archive{}
		var devices []map[string]string
		var registry []parsetest.Registry
		for _, file := range archive.Files {
			switch {
			case file.Name == "platform.yaml" && !bytes.Contains(file.Data, []byte("os: linux")):
				windows.Files, devices, registry = nil, nil, nil
			case file.Name == "input.txt" && !program.Match(file.Data):
				windows.Files = append(windows.Files, file)
			case strings.HasPrefix(file.Name, "files/sys/") && strings.HasSuffix(file.Name, "/edid [hex]"):
				digits := strings.Join(strings.Fields(string(file.Data)), "")
				raw, _ := hex.DecodeString(digits)
				devices = append(devices, map[string]string{"instance": fmt.Sprintf(`DISPLAY\AAA%04d\4&1b2c3d4e&0&UID%d`, len(devices), len(devices)), "edid": digits})
				registry = append(registry, parsetest.Registry{"IOObjectClass": "AppleDisplay", "IODisplayEDID": raw})
			}
		}
		if len(devices) > 0 {
			text, err := yaml.Marshal(devices)
			if err != nil {
				t.Fatal(err)
			}
			windows.Files = append(windows.Files, txtar.File{Name: "devices.yaml", Data: text})
			mac.Files = append(mac.Files, txtar.File{Name: "tools/ioreg-edid", Data: parsetest.Plist(registry...)})
		}
		for system, made := range map[string]*txtar.Archive{"windows": windows, "darwin": mac} {
			if len(made.Files) > 0 {
				made.Files = append(made.Files, txtar.File{Name: "platform.yaml", Data: []byte("os: " + system + "\n")})
				_, rules := findings(t, c, made)
				for _, rule := range rules {
					told[system].fired[rule] = true
				}
			}
		}
	}
}

// gadgetKeyboard is a computer the size of a stick that presents itself as a
// keyboard alone.
func gadgetKeyboard() parsetest.Machine {
	report := []byte{0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0x05, 0x07, 0x19, 0xe0, 0x29, 0xe7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02,
		0x95, 0x01, 0x75, 0x08, 0x81, 0x03, 0x95, 0x06, 0x75, 0x08, 0x15, 0x00, 0x25, 0x65, 0x05, 0x07, 0x19, 0x00, 0x29, 0x65, 0x81, 0x00, 0xc0}
	return parsetest.Machine{Devices: []parsetest.USBDevice{{
		Port: "1-1", Vendor: 0x1d6b, Product: 0x0104, Release: 0x0100, Maker: "made up", Name: "Keyboard", Speed: "480", MaxPower: 250, Attributes: 0x80,
		Functions: []parsetest.USBFunction{{Class: 3, SubClass: 1, Protocol: 1, Name: "HID Interface", Driver: "usbhid", Release: 0x0101, Report: report, Packet: 8}},
	}}}
}

// TestSystems holds what the sensors say of their limits to what recordings of
// each system give, and every written rule to a recording of each system on
// which its class can be seen.
func TestSystems(t *testing.T) {
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	told := accounts(t, c)
	built(t, told)
	carriedOver(t, c, told)
	for system, made := range map[string]*txtar.Archive{"windows": gadgetKeyboard().Windows(), "darwin": gadgetKeyboard().MacOS()} {
		_, rules := findings(t, c, made)
		for _, rule := range rules {
			told[system].fired[rule] = true
		}
	}
	for _, system := range sensor.Systems {
		reach := map[string]sensor.Reach{}
		for _, s := range sensor.All() {
			reach[s.Class], _ = s.Reach(system)
			blind := slices.Sorted(maps.Keys(told[system].blind[s.Class]))
			switch {
			case slices.Contains(unrecordable, s.Class):
			case reach[s.Class] == sensor.Impossible && told[system].rows[s.Class]:
				t.Errorf("%s is impossible on %s, and a recording has rows of it", s.Class, spoken[system])
			case reach[s.Class] == sensor.Impossible && (len(blind) == 0 || told[system].blind[s.Class][blind[0]] == ""):
				t.Errorf("%s is impossible on %s, and no coverage says so", s.Class, spoken[system])
			case reach[s.Class] != sensor.Impossible && !told[system].rows[s.Class]:
				t.Errorf("%s can be seen on %s, and no recording has a row of it", s.Class, spoken[system])
			}
			if reach[s.Class] == sensor.Whole && len(blind) > 0 {
				t.Errorf("%s has no limit on %s, and on %d recordings it is unsupported, such as %s: %s", s.Class, spoken[system], len(blind), blind[0], told[system].blind[s.Class][blind[0]])
			}
		}
		for _, rule := range c.Rules {
			reach, sensed := reach[rule.Class]
			if sensed && reach != sensor.Impossible && !told[system].fired[rule.ID] { // what the collector works out has no system
				says := "no recording of " + spoken[system] + ", " + rule.Class
				found[says] = append(found[says], rule.ID)
			}
		}
	}
	keep(t, "rules", found)
}
