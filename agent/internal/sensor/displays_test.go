package sensor

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
		"connector": "card0-HDMI-A-1", "status": "connected", "internal": "false",
		"manufacturer_id": "TSB", "product_code": "9876", "serial_number": "88888800", "has_serial": "true", "serial_default": "88888800",
		"name": "TinyPilot", "week": "45", "year": "2020", "version": "1.3", "width_cm": "0", "height_cm": "0",
		"preferred_mode": "1920x1080@29.95", "extensions": "cta", "checksum_ok": "true",
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
		"macOS":    {"-- platform.yaml --\nos: darwin\n", finding.CoverageUnsupported},
		"no card":  {"-- files/sys/class/drm/version --\ndrm\n", finding.CoverageOK},
	} {
		if _, coverage := Look(context.Background(), machine(t, c.machine), Displays()); coverage.State != c.want {
			t.Errorf("%s: coverage %+v, want %s", name, coverage, c.want)
		}
	}
}
