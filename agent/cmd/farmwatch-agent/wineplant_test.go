//go:build wine

package main_test

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"
)

// planted is a device of a recording, as Windows keeps it in its registry.
type planted struct {
	Instance     string   `yaml:"instance"`
	Hardware     []string `yaml:"hardware"`
	Compatible   []string `yaml:"compatible"`
	Parent       string   `yaml:"parent"`
	Described    string   `yaml:"described"`
	Location     string   `yaml:"location"`
	Friendly     string   `yaml:"friendly"`
	Manufacturer string   `yaml:"manufacturer"`
	Service      string   `yaml:"service"`
	Capabilities uint32   `yaml:"capabilities"`
	EDID         string   `yaml:"edid"`
}

// classOf is the set-up class that Windows puts devices of a bus into.
var classOf = map[string]string{
	"USB":     "{36fc9e60-c465-11cf-8056-444553540000}",
	"HID":     "{745a17a0-74d3-11d0-b6fe-00a0c90f57da}",
	"USBSTOR": "{4d36e965-e325-11ce-bfc1-08002be10318}",
	"DISPLAY": "{4d36e96e-e325-11ce-bfc1-08002be10318}",
}

// Where Wine keeps the properties of a device that Windows has no older name for:
// its parent, what its bus reported of it, and its locations.
const (
	parentKey    = `{4340A6C5-93FA-4706-972C-7B648008A5A7}\0008`
	describedKey = `{540B947E-8B40-45BC-A8A2-6A0B894CBDA2}\0004`
	locationsKey = `{A45C254E-DF1C-4EFD-8020-67D146A850E0}\0025`
)

// reg writes the device as reg import takes it.
func (d planted) reg() string {
	bus, _, _ := strings.Cut(d.Instance, `\`)
	var b strings.Builder
	fmt.Fprintf(&b, "[HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Enum\\%s]\r\n", d.Instance)
	fmt.Fprintf(&b, "\"ClassGUID\"=\"%s\"\r\n\"ConfigFlags\"=dword:00000000\r\n\"Capabilities\"=dword:%08x\r\n", classOf[bus], d.Capabilities)
	for name, value := range map[string]string{"FriendlyName": d.Friendly, "Mfg": d.Manufacturer, "Service": d.Service} {
		if value != "" {
			fmt.Fprintf(&b, "\"%s\"=\"%s\"\r\n", name, value)
		}
	}
	for name, values := range map[string][]string{"HardwareID": d.Hardware, "CompatibleIDs": d.Compatible} {
		if len(values) > 0 {
			fmt.Fprintf(&b, "\"%s\"=hex(7):%s\r\n", name, list(values))
		}
	}
	for key, value := range map[string]string{parentKey: d.Parent, describedKey: d.Described, locationsKey: d.Location} {
		if value == "" {
			continue
		}
		kind := 0x12 // DEVPROP_TYPE_STRING
		if key == locationsKey {
			kind = 0x2012 // a list of them
			value += "\x00"
		}
		fmt.Fprintf(&b, "\r\n[HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Enum\\%s\\Properties\\%s]\r\n@=hex(ffff%04x):%s\r\n", d.Instance, key, kind, coded(value))
	}
	if d.EDID != "" {
		edid, _ := hex.DecodeString(strings.Join(strings.Fields(d.EDID), ""))
		fmt.Fprintf(&b, "\r\n[HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Enum\\%s\\Device Parameters]\r\n\"EDID\"=hex:%s\r\n", d.Instance, bytewise(edid))
	}
	return b.String() + "\r\n"
}

// list is a REG_MULTI_SZ, byte by byte.
func list(values []string) string { return coded(strings.Join(values, "\x00") + "\x00") }

// coded is a text with its end, byte by byte.
func coded(text string) string {
	var raw []byte
	for _, unit := range utf16.Encode([]rune(text + "\x00")) {
		raw = append(raw, byte(unit), byte(unit>>8))
	}
	return bytewise(raw)
}

func bytewise(raw []byte) string {
	var parts []string
	for _, b := range raw {
		parts = append(parts, fmt.Sprintf("%02x", b))
	}
	return strings.Join(parts, ",")
}

// recordedDevices are the devices of a recording, and what it must give.
func recordedDevices(t *testing.T, name string) (devices []planted, expected []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../../proto/catalogue/machines", name))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Findings []string `yaml:"findings"`
	}
	for _, file := range txtar.Parse(text).Files {
		switch file.Name {
		case "devices.yaml":
			err = yaml.Unmarshal(file.Data, &devices)
		case "expect.yaml":
			err = yaml.Unmarshal(file.Data, &want)
		}
		if err != nil {
			t.Fatalf("%s of %s: %v", file.Name, name, err)
		}
	}
	return devices, want.Findings
}

// TestWinePlantedDevices puts a PiKVM of a recording into the registry of a
// running Windows: the same program that judges the recording sees it there by
// Windows' own functions. What only a real device answers (its report
// descriptor, its speed) is not in the registry, and nothing else may be missing.
func TestWinePlantedDevices(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	devices, expected := recordedDevices(t, "pikvm-v4-on-windows.txtar")
	var keys strings.Builder
	for _, d := range devices {
		keys.WriteString(d.reg())
	}
	b.plant(keys.String())
	got := b.scan()
	for _, rule := range []string{"display.default_identity", "display.default_serial", "display.kvm_name", "display.masked_edid", "kvm.default_identity"} {
		if !slices.Contains(expected, rule) {
			t.Fatalf("the recording no longer expects %s", rule)
		}
		if !slices.Contains(got.rules(), rule) {
			t.Errorf("%s is not found", rule)
		}
	}
	for _, rule := range got.rules() {
		if !slices.Contains(expected, rule) {
			t.Errorf("%s is found, which the recording does not expect", rule)
		}
	}
	t.Logf("of %d rules of the recording %d are found live: %v", len(expected), len(got.rules()), got.rules())
	if t.Failed() {
		for _, row := range got.Rows {
			if row.Class == "usb_devices" || row.Class == "connected_displays" {
				t.Log(row.Class, row.Columns)
			}
		}
	}
}

// softwareKeys are what the installation of a remote-access program leaves in the
// registry: what lists it as installed, its service, and what starts with a login.
const softwareKeys = `[HKEY_LOCAL_MACHINE\Software\Microsoft\Windows\CurrentVersion\Uninstall\AnyDesk]
"DisplayName"="AnyDesk"
"DisplayVersion"="ad 8.0.9"
"Publisher"="AnyDesk Software GmbH"
"InstallLocation"="\"C:\\Program Files (x86)\\AnyDesk\""

[HKEY_LOCAL_MACHINE\System\CurrentControlSet\Services\AnyDesk]
"DisplayName"="AnyDesk Service"
"ImagePath"="\"C:\\Program Files (x86)\\AnyDesk\\AnyDesk.exe\" --service"
"Start"=dword:00000002
"Type"=dword:00000010
"ErrorControl"=dword:00000000
"ObjectName"="LocalSystem"

[HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Run]
"RustDesk"="\"C:\\Users\\Public\\RustDesk\\rustdesk.exe\" --tray"

`

// TestWinePlantedSoftware: installed programs, services and what starts with a login.
func TestWinePlantedSoftware(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	b.plant(strings.ReplaceAll(softwareKeys, "\n", "\r\n"))
	got := b.scan()
	for class, columns := range map[string]map[string]string{
		"packages":      {"name": "AnyDesk"},
		"startup_items": {"name": "AnyDesk", "kind": "service", "exec_file": "AnyDesk.exe"},
	} {
		if !got.has(class, columns) {
			t.Errorf("no row of %s with %v", class, columns)
		}
	}
	if !got.has("startup_items", map[string]string{"name": "RustDesk", "kind": "run_key", "scope": "user"}) {
		t.Error("what starts with the login is not seen")
	}
	found := strings.Join(got.rules(), " ")
	if !strings.Contains(found, "tool.anydesk.installed") {
		t.Errorf("AnyDesk is not recognised: %s", found)
	}
	t.Logf("found: %s", found)
	if t.Failed() {
		for _, row := range got.Rows {
			if row.Class == "packages" || row.Class == "startup_items" {
				t.Log(row.Class, row.Columns)
			}
		}
	}
}

// has says whether a row of a class says all of this.
func (s sight) has(class string, columns map[string]string) bool {
	for _, row := range s.Rows {
		fits := row.Class == class
		for name, value := range columns {
			fits = fits && row.Columns[name] == value
		}
		if fits {
			return true
		}
	}
	return false
}
