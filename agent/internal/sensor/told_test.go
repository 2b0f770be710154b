package sensor

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// saying is a laptop that says itself how it is fed, in the words of a recording.
func saying(system, power, more string) string {
	return "-- platform.yaml --\nos: " + system + "\nchassis: laptop\n-- power.yaml --\n" + power + more
}

const heldByMains = "mains: \"true\"\nbattery: \"true\"\npercent: 80\nstate: not charging\ncycles: 12\nlid: closed\nsuspends: 0\nuptime: 200h\n"

// Windows and macOS give the row that Linux gives.
func TestPowerTold(t *testing.T) {
	for name, c := range map[string]struct{ power, want string }{
		"on mains, lid closed": {heldByMains, "source=system on_ac=true battery_present=true battery_percent=80 battery_state=not charging cycle_count=12 lid=closed chassis=laptop"},
		"a desktop":            {"mains: \"true\"\nbattery: \"false\"\nlid: none\n", "source=system on_ac=true battery_present=false lid=unknown chassis=laptop"},
		"on the battery":       {"battery: \"true\"\nstate: discharging\nlid: open\n", "source=system on_ac=false battery_present=true battery_state=discharging lid=open chassis=laptop"},
		"nearly nothing":       {"battery: \"true\"\n", "source=system battery_present=true lid=unknown chassis=laptop"},
	} {
		for _, system := range []string{"windows", "darwin"} {
			lines, coverage := look(t, machine(t, saying(system, c.power, "")), Power())
			if diff := cmp.Diff([]string{c.want}, lines); diff != "" || coverage.State != finding.CoverageOK {
				t.Errorf("%s, %s: %s, %s", system, name, coverage.State, diff)
			}
		}
	}
	if _, coverage := look(t, &answers{Host: machine(t, "-- platform.yaml --\nos: windows\n")}, Power()); coverage.State != finding.CoverageUnsupported {
		t.Errorf("a host that cannot tell: %+v", coverage)
	}
}

const windowsDisplays = "-- devices.yaml --\n- {instance: 'DISPLAY\\BOE0A5F\\5&1&0&UID8388688', output: internal}\n"

func TestPostureTold(t *testing.T) {
	external := windowsDisplays + "- {instance: 'DISPLAY\\DELA0D8\\5&1&0&UID4353', output: external}\n"
	cameras := func(rows string) string { return "-- cameras.yaml --\n" + rows }
	reader := "-- files/registry/HKLM/SYSTEM/CurrentControlSet/Services/WbioSrvc/Databases/{4B9FDB75}/BiometricType --\n8\n"
	enrolled := "-- files/registry/HKLM/SOFTWARE/Microsoft/Windows/CurrentVersion/WinBio/AccountInfo/S-1-5-21-1-2-3-1001/EnrolledFactors --\n"
	for name, test := range map[string]struct{ more, column, want string }{
		"a lid just closed":          {"", "lid", "other"},
		"a lid long closed":          {"-- held.yaml --\nlid: 24h\n", "lid", "closed_all_day"},
		"plugged in just now":        {"", "mains", "other"},
		"plugged in since yesterday": {"-- held.yaml --\nmains: 25h\n", "mains", "all_day"},
		"never slept":                {"", "suspended", "false"},
		"since a week":               {"", "uptime", "weeks"},
		"displays are not told":      {"", "external_display", ""},
		"only its own panel":         {windowsDisplays, "external_display", "false"},
		"a display beside it":        {external, "external_display", "true"},
		"one that a program made":    {windowsDisplays + "- {instance: 'DISPLAY\\MTT1337\\1', output: virtual}\n", "external_display", "false"},
		"nobody says which":          {"-- devices.yaml --\n- {instance: 'DISPLAY\\BOE0A5F\\5&1&0&UID8388688'}\n", "external_display", ""},
		"no camera":                  {cameras("[]\n"), "cameras", "none"},
		"a webcam and a program":     {cameras("- {name: A, in_use: \"false\"}\n- {name: OBS, virtual: true}\n"), "cameras", "both"},
		"use of one is not told":     {cameras("- {name: A, in_use: \"false\"}\n- {name: OBS, virtual: true}\n"), "virtual_camera_only", ""},
		"a webcam in use beside it":  {cameras("- {name: A, in_use: \"true\"}\n- {name: OBS, virtual: true}\n"), "virtual_camera_only", "false"},
		"only a program's in use":    {cameras("- {name: A, in_use: \"false\"}\n- {name: Phone, virtual: true, in_use: \"true\"}\n"), "virtual_camera_only", "true"},
		"no reader":                  {"", "biometric", "none"},
		"a reader":                   {reader, "biometric", "not_enrolled"},
		"a face alone":               {reader + enrolled + "2\n", "biometric", "not_enrolled"},
		"a finger and a face":        {reader + enrolled + "10\n", "biometric", "enrolled"},
		"a service switched off":     {reader + "-- files/registry/HKLM/SYSTEM/CurrentControlSet/Services/WbioSrvc/Start --\n4\n", "biometric", "not_offered"},
	} {
		text := saying("windows", heldByMains, test.more)
		if !strings.Contains(test.more, "cameras.yaml") {
			text += cameras("[]\n")
		}
		if got := column(t, machine(t, text), Posture(), test.column); got != test.want {
			t.Errorf("%s: %s is %q, want %q", name, test.column, got, test.want)
		}
	}
	if got := column(t, machine(t, saying("darwin", heldByMains, cameras("[]\n"))), Posture(), "biometric"); got != "" {
		t.Errorf("macOS says %q of fingerprints", got)
	}
	if _, coverage := look(t, machine(t, strings.Replace(saying("windows", heldByMains, ""), "laptop", "desktop", 1)), Posture()); coverage.State != finding.CoverageAbsent {
		t.Errorf("a desktop: %+v", coverage)
	}
}

func TestNetworkTold(t *testing.T) {
	windows := `-- platform.yaml --
os: windows
-- interfaces.yaml --
- {name: Loopback Pseudo-Interface 1, kind: loopback, up: true, number: 1}
- {name: Wi-Fi, kind: wifi, up: true, default: true, gateway: "f4:92:bf:10:00:01", driver: Intel(R) Wi-Fi 6 AX201, mtu: 1500, number: 7}
- {name: Tunnel of Anna, kind: tunnel, up: true, default: true, driver: WireGuard Tunnel, mtu: 1420, number: 12}
- {name: vEthernet (Default Switch), kind: virtual, number: 30}
-- access_points.yaml --
- {interface: Wi-Fi, bssid: "F4:92:BF:22:33:44"}
`
	lines, coverage := look(t, machine(t, windows), Network())
	want := []string{
		"name=Loopback Pseudo-Interface 1 kind=loopback up=true default_route=false vpn_like=false",
		"name=Wi-Fi kind=wifi up=true default_route=true vpn_like=false driver=Intel(R) Wi-Fi 6 AX201 gateway=f4:92:bf:10:00:01 gateway_oui=f4:92:bf access_point=f4:92:bf:22:33:44 mtu=1500",
		"name=tunnel-12 kind=tunnel up=true default_route=true vpn_like=true driver=WireGuard Tunnel mtu=1420",
		"name=vEthernet (Default Switch) kind=virtual up=false default_route=false vpn_like=false",
	}
	if diff := cmp.Diff(want, lines); diff != "" || coverage.State != finding.CoverageOK {
		t.Errorf("%+v (-want +got):\n%s", coverage, diff)
	}
	mac := "-- platform.yaml --\nos: darwin\n-- interfaces.yaml --\n- {name: en0, kind: wifi}\n- {name: utun4, kind: tunnel, up: true}\n- {name: vm-of-anna, kind: bridge}\n"
	lines, _ = look(t, machine(t, mac), Network())
	if got := strings.Join(lines, "\n"); !strings.Contains(got, "name=en0 ") || !strings.Contains(got, "name=utun4 ") || !strings.Contains(got, "name=bridge-2 ") {
		t.Errorf("macOS:\n%s", got)
	}
}

// Names that Windows gives leave the laptop, those that people give do not.
func TestWindowsNames(t *testing.T) {
	for name, plain := range map[string]bool{
		"Ethernet": true, "Ethernet 12": true, "Wi-Fi 2": true, "Local Area Connection* 3": true, "vEthernet (WSL (Hyper-V firewall))": true,
		"VMware Network Adapter VMnet8": true, "OpenVPN Wintun": true, "ZeroTier One [8056c2e21c000001]": true,
		"Ethernet of Anna": false, "vEthernet (Anna)": false, "WLAN zu Hause": false, "Wi-Fi Anna 2": false,
	} {
		got := plainName(windowsNames, networkInterface{Name: name, Kind: "virtual"}, "5")
		if (got == name) != plain || !plain && got != "virtual-5" {
			t.Errorf("%q leaves as %q", name, got)
		}
	}
}
