package sensor

import (
	"context"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

const hostileTree = `
-- files/sys/bus/usb/devices/1-1 -> 1-1 --
-- files/sys/bus/usb/devices/1-2 -> ../../../../../etc --
-- files/sys/bus/usb/devices/1-3 -> /sys/devices/loop --
-- files/sys/bus/usb/devices/1-4 --
a file where a folder should be
-- files/sys/bus/usb/devices/1-5/idVendor/a --
a folder where a file should be
-- files/sys/bus/usb/devices/1-6/idVendor --
1d6b
-- files/sys/bus/usb/devices/1-6/descriptors/a --
-- files/sys/bus/usb/devices/1-6/1-6:1.0/0003:1D6B:0104.0001/report_descriptor -> ../0003:1D6B:0104.0001/report_descriptor --
-- files/sys/bus/usb/devices/1-6/1-6:1.999999999999/bInterfaceClass --
zz
-- files/sys/bus/usb/devices/1-6/1-6:1.1/host0/target0:0:0/0:0:0:0/vendor --
` + "a\x00b\xff\x1b[2J" + `
-- files/sys/devices/loop -> ../bus/usb/devices/1-3 --
-- files/sys/class/drm/card0-HDMI-A-1/status --
connected
-- files/sys/class/drm/card0-HDMI-A-1/edid -> edid --
-- files/sys/class/drm/card0-DP-1 -> ../../../.. --
`

// A tree that is not what the kernel would make gives rows for what is
// understood and says what is not; nothing breaks.
func TestHostileSysfs(t *testing.T) {
	h := machine(t, hostileTree)
	rows, coverage := Look(context.Background(), h, USB())
	if len(rows) != 1 || rows[0].Columns["port"] != "1-6" || coverage.State != finding.CoverageFailed {
		t.Errorf("USB: rows %v, coverage %+v", rows, coverage)
	}
	if inquiry := rows[0].Columns["scsi_inquiry"]; strings.ContainsAny(inquiry, "\x00\x1b") {
		t.Errorf("inquiry %q carries control characters", inquiry)
	}
	rows, coverage = Look(context.Background(), h, Displays())
	if len(rows) != 1 || coverage.State != finding.CoverageFailed || !strings.Contains(coverage.Detail, "card0-HDMI-A-1") {
		t.Errorf("displays: rows %v, coverage %+v", rows, coverage)
	}
}

func FuzzSysfs(f *testing.F) {
	f.Add(gadget)
	f.Add(screens)
	f.Add(hostileTree)
	f.Fuzz(func(t *testing.T, text string) {
		h, err := host.ReadRecording(txtar.Parse([]byte("-- platform.yaml --\nos: linux\n" + text)))
		if err != nil {
			return
		}
		for _, s := range []Sensor{USB(), Displays()} {
			rows, coverage := Look(context.Background(), h, s)
			if strings.Contains(coverage.Detail, "broke at") {
				t.Fatalf("coverage %+v", coverage)
			}
			for _, row := range rows {
				for column, value := range row.Columns {
					if strings.ContainsAny(value, "\x00\x1b\n") {
						t.Fatalf("column %s is %q", column, value)
					}
				}
			}
		}
	})
}
