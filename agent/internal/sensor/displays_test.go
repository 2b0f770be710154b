package sensor

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
	"github.com/farmwatch/farmwatch/proto/finding"
)

const screens = `
-- files/sys/class/drm/version --
drm 1.1.0 20060810
-- files/sys/class/drm/card0/status --
connected
-- files/sys/class/drm/renderD128/dev --
226:128
-- files/sys/class/drm/card0-eDP-1/status --
connected
-- files/sys/class/drm/card0-eDP-1/edid --
-- files/sys/class/drm/card0-DP-1/status --
disconnected
-- files/sys/class/drm/card0-HDMI-A-1/status --
connected
-- files/sys/class/drm/card0-HDMI-A-1/edid [hex] --
00ffffffffffff0052627698008888882d1e0103800000781aee91a3544c99260f50547fef8081c08140810081809500a9c081406140271f80f07138164038c0
350000000000001eec2c80a070381a403020350000000000001e000000fc0054696e7950696c6f740a202020000000fd00185a125010000a20202020202001aa
02031ef14b010204131f2021223c3d3e2309070766030c00300080e2007f00000000000000000000000000000000000000000000000000000000000000000000
0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000008e
`

func TestDisplays(t *testing.T) {
	rows, coverage := Look(context.Background(), machine(t, screens), Displays())
	if coverage.State != finding.CoverageOK || len(rows) != 2 {
		t.Fatalf("%d rows, coverage %+v", len(rows), coverage)
	}
	got := map[string]map[string]string{}
	for _, row := range rows {
		got[row.Columns["connector"]] = row.Columns
	}
	want := map[string]string{
		"connector": "card0-HDMI-A-1", "status": "connected", "internal": "false", "output": "external",
		"manufacturer_id": "TSB", "product_code": "9876", "serial_number": "88888800", "has_serial": "true", "serial_default": "88888800",
		"name": "TinyPilot", "week": "45", "year": "2020", "version": "1.3", "width_cm": "0", "height_cm": "0",
		"preferred_mode": "1920x1080@29.95", "preferred_size_mm": "0x0", "pixel_clock_khz": "79750", "modes": "36", "years_before_modes": "0",
		"audio_formats": "lpcm", "hdmi_address": "3.0.0.0", "takes_hdr": "false", "extensions": "cta", "checksum_ok": "true", "cta_hashes": "a2f3e0dd2d143dd5",
		"masked_hash": "535635c8a185abab", "masked_base_hash": "bf4ac921b260d176", "edid_sha256_16": "1b27850cff658750",
	}
	if diff := cmp.Diff(want, got["card0-HDMI-A-1"]); diff != "" {
		t.Errorf("HDMI (-want +got):\n%s", diff)
	}
	if panel := got["card0-eDP-1"]; panel["internal"] != "true" || panel["masked_hash"] != "" {
		t.Errorf("panel without an EDID: %v", panel)
	}
}

func TestDisplaysSayWhatIsBroken(t *testing.T) {
	text := strings.Replace(screens, "00ffffffffffff00", "00ffffffffffffff", 1)
	rows, coverage := Look(context.Background(), machine(t, text), Displays())
	want := "display at card0-HDMI-A-1: EDID: header at offset 0 is 00ffffffffffffff"
	if coverage.State != finding.CoverageFailed || coverage.Detail != want {
		t.Errorf("coverage %+v, want %q", coverage, want)
	}
	if len(rows) != 2 {
		t.Errorf("%d rows: a display that cannot be understood is connected all the same", len(rows))
	}
}

func TestDisplaysCoverage(t *testing.T) {
	for name, c := range map[string]struct {
		machine string
		want    finding.CoverageState
	}{
		"no sysfs": {"", finding.CoverageAbsent},
		"macOS":    {"-- platform.yaml --\nos: darwin\n", finding.CoverageAbsent},
		"no card":  {"-- files/sys/class/drm/version --\ndrm\n", finding.CoverageOK},
	} {
		if _, coverage := Look(context.Background(), machine(t, c.machine), Displays()); coverage.State != c.want {
			t.Errorf("%s: coverage %+v, want %s", name, coverage, c.want)
		}
	}
}

const tinyPilot = `00ffffffffffff0052627698008888882d1e0103800000781aee91a3544c99260f50547fef8081c08140810081809500a9c081406140271f80f07138164038c0
  350000000000001eec2c80a070381a403020350000000000001e000000fc0054696e7950696c6f740a202020000000fd00185a125010000a20202020202001aa
  02031ef14b010204131f2021223c3d3e2309070766030c00300080e2007f00000000000000000000000000000000000000000000000000000000000000000000
  0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000008e`

// Windows has the same bytes among its device nodes; which display is the
// laptop's own it says to those who have a desktop.
func TestDisplaysOfWindows(t *testing.T) {
	text := "-- platform.yaml --\nos: windows\n-- devices.yaml --\n" +
		"- instance: DISPLAY\\TSB9876\\5&2f1a4c&0&UID4353\n  edid: " + strings.Join(strings.Fields(tinyPilot), "") + "\n" +
		"- instance: DISPLAY\\LEN40A9\\5&2f1a4c&0&UID8388688\n  output: internal\n" +
		"- instance: DISPLAY\\MTT1337\\1&28a6823a&2&UID256\n  output: virtual\n" +
		"- instance: DISPLAY\\Default_Monitor\\5&2f1a4c&0&UID4356\n  edid: 00ff\n" +
		"- instance: USB\\VID_1D6B&PID_0104\\CAFEBABE\n"
	rows, coverage := Look(context.Background(), machine(t, text), Displays())
	if want := "display at 5&2f1a4c&0&UID4356: EDID: 2 bytes, want at least 128"; coverage.State != finding.CoverageFailed || coverage.Detail != want || len(rows) != 4 {
		t.Fatalf("%d rows, coverage %+v", len(rows), coverage)
	}
	display := rows[0].Columns
	if display["connector"] != "5&2f1a4c&0&UID4353" || display["masked_hash"] != "535635c8a185abab" || display["status"] != "connected" || display["internal"] != "" {
		t.Errorf("display %v", display)
	}
	if display := rows[1].Columns; display["connector"] != "5&2f1a4c&0&UID8388688" || display["width_cm"] != "" || display["internal"] != "true" {
		t.Errorf("display without an EDID %v", display)
	}
	if display := rows[2].Columns; display["internal"] != "false" || display["output"] != "virtual" {
		t.Errorf("display that a program made %v", display)
	}
}

const appleDisplays = `
-- platform.yaml --
os: darwin
-- tools/ioreg-display --
<plist version="1.0"><array>
<dict><key>IOObjectClass</key><string>IOMobileFramebufferShim</string><key>IONameMatched</key><string>disp0,t8112</string>
  <key>DisplayAttributes</key><dict><key>ProductAttributes</key><dict>
    <key>ManufacturerID</key><string>APP</string><key>ProductID</key><integer>41040</integer><key>SerialNumber</key><integer>4251086178</integer>
    <key>ProductName</key><string>Color LCD</string><key>YearOfManufacture</key><integer>2021</integer></dict></dict></dict>
<dict><key>IOObjectClass</key><string>IOMobileFramebufferShim</string><key>IONameMatched</key><string>dispext0,t8112</string><key>external</key><true/>
  <key>DisplayAttributes</key><dict><key>ProductAttributes</key><dict>
    <key>ManufacturerID</key><string>LNX</string><key>ProductID</key><integer>30579</integer><key>SerialNumber</key><integer>16843009</integer>
    <key>AlphanumericSerialNumber</key><string>CAFEBABE</string><key>ProductName</key><string>PiKVM V4 Plus</string>
    <key>WeekOfManufacture</key><integer>35</integer><key>YearOfManufacture</key><integer>2016</integer></dict></dict></dict>
<dict><key>IOObjectClass</key><string>IOMobileFramebufferShim</string><key>IONameMatched</key><string>dispext1,t8112</string><key>external</key><true/></dict>
</array></plist>
-- tools/ioreg-edid --
<plist version="1.0"><array>
<dict><key>IOObjectClass</key><string>AppleDisplay</string>
  <key>IODisplayPrefsKey</key><string>IOService:/AppleACPIPlatformExpert/PCI0@0/AppleACPIPCI/IGPU@2/AppleIntelFramebuffer@1/display0/AppleDisplay-5262-9876</string>
  <key>IODisplayEDID</key><data>` + "AP///////wBSYnaYAIiIiC0eAQOAAAB4Gu6Ro1RMmSYPUFR/74CBwIFAgQCBgJUAqcCBQGFAJx+A8HE4FkA4wDUAAAAAAAAe7CyAoHA4GkAwIDUAAAAAAAAeAAAA/ABUaW55UGlsb3QKICAgAAAA/QAYWhJQEAAKICAgICAgAaoCAx7xSwECBBMfICEiPD0+IwkHB2YDDAAwAIDiAH8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAjg==" + `</data></dict>
</array></plist>
`

// Apple's own chips tell who made a display and which it is; Intel machines
// have the EDID.
func TestDisplaysOfMacOS(t *testing.T) {
	lines, coverage := look(t, machine(t, appleDisplays), Displays())
	want := []string{
		"connector=disp0 status=connected internal=true output=internal manufacturer_id=APP product_code=a050 serial_number=fd626d62 has_serial=true name=Color LCD week=0 year=2021",
		"connector=dispext0 status=connected internal=false output=external manufacturer_id=LNX product_code=7773 serial_number=01010101 serial_text=CAFEBABE has_serial=true " +
			"serial_default=01010101 name=PiKVM V4 Plus week=35 year=2016",
	}
	if coverage.State != finding.CoverageOK || len(lines) != 3 {
		t.Fatalf("%d rows, coverage %+v", len(lines), coverage)
	}
	if diff := cmp.Diff(want, lines[:2]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(lines[2], "connector=AppleIntelFramebuffer@1 status=connected internal=false output=external manufacturer_id=TSB") || !strings.Contains(lines[2], "masked_hash=535635c8a185abab") {
		t.Errorf("on Intel: %s", lines[2])
	}
}

func TestDisplaysOfMacOSSayWhatIsBroken(t *testing.T) {
	rows, coverage := Look(context.Background(), machine(t, strings.Replace(appleDisplays, "<plist", "<list", 1)), Displays())
	if coverage.State != finding.CoverageFailed || !strings.Contains(coverage.Detail, "read the list of displays") || len(rows) != 1 {
		t.Errorf("%d rows, coverage %+v", len(rows), coverage)
	}
}

// A year that nobody filled in is no contradiction of modes that came later.
func TestDisplayWithoutYear(t *testing.T) {
	modern := []parse.Extension{{CTA: &parse.CTA{VICs: []byte{97}}}}
	for year, want := range map[int]int{1990: 0, 2009: 4, 2013: 0, 2020: 0} {
		if got := yearsBefore(parse.EDID{Year: year, Extensions: modern}); got != want {
			t.Errorf("made in %d: %d years before its modes, want %d", year, got, want)
		}
	}
}

func FuzzRegistryDisplays(f *testing.F) {
	f.Add([]byte(strings.SplitAfter(appleDisplays, "--\n")[2]))
	f.Add([]byte("bplist00"))
	f.Fuzz(func(_ *testing.T, output []byte) { _, _ = readRegistry(output, 0) })
}
