package sensor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

const (
	day       = 24 * 3600
	onMains   = supply + "AC/type --\nMains\n" + supply + "AC/online --\n1\n" + supply + "BAT0/type --\nBattery\n"
	onBattery = supply + "AC/type --\nMains\n" + supply + "AC/online --\n0\n" + supply + "BAT0/type --\nBattery\n"
	lidClosed = "-- files/proc/acpi/button/lid/LID0/state --\nstate:      closed\n"
	lidOpen   = "-- files/proc/acpi/button/lid/LID0/state --\nstate:      open\n"
	usbCamera = "-- files/sys/class/video4linux/video0 -> ../../devices/pci0000:00/usb1/1-6/1-6:1.0/video4linux/video0 --\n" +
		"-- files/sys/devices/pci0000:00/usb1/1-6/1-6:1.0/video4linux/video0/device -> ../../../1-6:1.0 --\n" +
		"-- files/sys/devices/pci0000:00/usb1/1-6/1-6:1.0/driver -> ../../../../../bus/usb/drivers/uvcvideo --\n" +
		"-- files/sys/bus/usb/drivers/uvcvideo/module -> ../../../../module/uvcvideo --\n"
	loopback   = "-- files/sys/class/video4linux/video9 -> ../../devices/virtual/video4linux/video9 --\n-- files/sys/devices/virtual/video4linux/video9/name --\n%s\n"
	decoder    = "-- files/sys/class/video4linux/video5 -> ../../devices/platform/soc/venus/video4linux/video5 --\n"
	cameraBusy = "-- files/sys/module/uvcvideo/refcnt --\n1\n"
	loopBusy   = "-- files/sys/module/v4l2loopback/refcnt --\n2\n"
	aReader    = "-- files/usr/lib/udev/hwdb.d/60-autosuspend-fingerprint-reader.hwdb --\nusb:v06CBp00BD*\n# Known unsupported devices\nusb:v04F3p0C00*\n" +
		"-- files/sys/bus/usb/devices/1-9/idProduct --\n00bd\n-- files/sys/bus/usb/devices/1-9/idVendor --\n06cb\n-- files/sys/bus/usb/devices/1-9:1.0/x --\n\n"
	aService = "-- files/usr/lib/systemd/system/fprintd.service --\n\n"
)

func running(days float64) string {
	return fmt.Sprintf("-- files/proc/uptime --\n%.2f 1.00\n", days*day)
}

// column gives one column of the one row, "-" when there is no row.
func column(t testing.TB, h host.Host, s Sensor, name string) string {
	t.Helper()
	rows, coverage := Look(context.Background(), h, s)
	if len(rows) != 1 {
		t.Errorf("%d rows, coverage %+v", len(rows), coverage)
		return "-"
	}
	return rows[0].Columns[name]
}

func TestPosture(t *testing.T) {
	for name, test := range map[string]struct{ machine, column, want string }{
		"no lid":                          {onMains, "lid", "none"},
		"a lid that says nothing":         {onMains + "-- files/proc/bus/input/devices --\nN: Name=\"Lid Switch\"\nB: SW=1\n", "lid", "unknown"},
		"a switch that is no lid":         {onMains + "-- files/proc/bus/input/devices --\nN: Name=\"Headphone\"\nB: SW=4\n", "lid", "none"},
		"a lid just closed":               {onMains + lidClosed + running(9), "lid", "other"},
		"a lid long closed":               {onMains + lidClosed + running(9) + "-- held.yaml --\nlid: 24h\n", "lid", "closed_all_day"},
		"a lid long open":                 {onMains + lidOpen + running(9) + "-- held.yaml --\nlid: 24h\n", "lid", "open_all_day"},
		"plugged in just now":             {onMains + running(9), "mains", "other"},
		"plugged in since yesterday":      {onMains + running(9) + "-- held.yaml --\nmains: 25h\n", "mains", "all_day"},
		"held is of mains, not battery":   {onBattery + running(9) + "-- held.yaml --\nmains: 25h\n", "mains", "other"},
		"mains not told":                  {supply + "BAT0/type --\nBattery\n", "mains", "unknown"},
		"no clock":                        {onMains, "uptime", ""},
		"since this morning":              {onMains + running(0.3), "uptime", "hours"},
		"since three days":                {onMains + running(3), "uptime", "days"},
		"since a week":                    {onMains + running(7), "uptime", "weeks"},
		"slept":                           {onMains + "-- files/sys/power/suspend_stats/success --\n3\n", "suspended", "true"},
		"never slept":                     {onMains + "-- files/sys/power/suspend_stats/success --\n0\n", "suspended", "false"},
		"sleep not told":                  {onMains + "-- files/sys/power/suspend_stats/success --\nmany\n", "suspended", ""},
		"no graphics driver":              {onMains, "external_display", ""},
		"only its own panel":              {onMains + "-- files/sys/class/drm/card0-eDP-1/status --\nconnected\n", "external_display", "false"},
		"a display beside it":             {onMains + "-- files/sys/class/drm/card1-DP-2/status --\nconnected\n", "external_display", "true"},
		"no camera":                       {onMains + decoder, "cameras", "none"},
		"a webcam":                        {onMains + usbCamera, "cameras", "physical"},
		"a webcam and a loopback":         {onMains + usbCamera + fmt.Sprintf(loopback, "OBS"), "cameras", "both"},
		"a camera behind a relay":         {onMains + fmt.Sprintf(loopback, "Intel MIPI Camera Front"), "cameras", "physical"},
		"a loopback in use":               {onMains + usbCamera + fmt.Sprintf(loopback, "OBS") + loopBusy, "virtual_camera_only", "true"},
		"a loopback of another driver":    {onMains + fmt.Sprintf(loopback, "Webcamoid") + "-- files/sys/module/akvcam/refcnt --\n1\n", "virtual_camera_only", "true"},
		"both in use":                     {onMains + usbCamera + cameraBusy + fmt.Sprintf(loopback, "OBS") + loopBusy, "virtual_camera_only", "false"},
		"a webcam in use":                 {onMains + usbCamera + cameraBusy, "virtual_camera_only", "false"},
		"a relay in use":                  {onMains + fmt.Sprintf(loopback, "Intel MIPI Camera") + loopBusy, "virtual_camera_only", "false"},
		"a loopback module without users": {onMains + fmt.Sprintf(loopback, "OBS") + "-- files/sys/module/v4l2loopback/refcnt --\n0\n", "virtual_camera_only", "false"},
		"no reader":                       {onMains, "biometric", "none"},
		"a reader nobody can use": {
			onMains + strings.NewReplacer("06cb", "04f3", "00bd", "0c00").Replace(aReader) + aService, "biometric", "none",
		},
		"a reader without its service":    {onMains + aReader, "biometric", "not_offered"},
		"a reader never used":             {onMains + aReader + aService, "biometric", "not_enrolled"},
		"a reader whose last user is off": {onMains + aReader + aService + "-- files/var/lib/fprint/ --\n", "biometric", "not_enrolled"},
		"a reader in use":                 {onMains + aReader + aService + "-- files/var/lib/fprint/anne/ --\n", "biometric", "enrolled"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := column(t, machine(t, test.machine), Posture(), test.column); got != test.want {
				t.Errorf("%s is %q, want %q", test.column, got, test.want)
			}
		})
	}
}

// A day of looking is a day without a break: after a restart, a pause or a sleep
// it begins anew, and so it does with every opening, closing and unplugging.
func TestPostureTakesADay(t *testing.T) {
	s := Posture()
	at := 3.0 * day
	look := func(lid, mains string, pass float64) [2]string {
		at += pass
		h := machine(t, lid+mains+running(at/day))
		return [2]string{column(t, h, s, "lid"), column(t, h, s, "mains")}
	}
	for hour := range 24 * 12 { // every five minutes
		if got := look(lidClosed, onMains, 300); got != [2]string{"other", "other"} {
			t.Fatalf("look %d: %q before a day is over", hour, got)
		}
	}
	for i, step := range []struct {
		lid, mains string
		pass       float64
		want       [2]string
	}{
		{lidClosed, onMains, 300, [2]string{"closed_all_day", "all_day"}},
		{lidClosed, onMains, 1200, [2]string{"closed_all_day", "all_day"}},
		{lidClosed, onBattery, 60, [2]string{"closed_all_day", "other"}},
		{lidClosed, onMains, 60, [2]string{"closed_all_day", "other"}},
		{lidOpen, onMains, 60, [2]string{"other", "other"}},
		{lidClosed, onMains, 60, [2]string{"other", "other"}},
		{lidClosed, onMains, 1201, [2]string{"other", "other"}}, // it slept, or the agent did
	} {
		if got := look(step.lid, step.mains, step.pass); got != step.want {
			t.Errorf("step %d: %q, want %q", i, got, step.want)
		}
	}
	if got := column(t, machine(t, lidClosed+onMains+running(0.1)), s, "lid"); got != "other" {
		t.Errorf("after a restart the lid is %q", got)
	}
}

// A physical camera that was in use within a day speaks for whoever used it.
func TestPostureRemembersCamerasForADay(t *testing.T) {
	s, both := Posture(), onMains+usbCamera+fmt.Sprintf(loopback, "OBS")
	for i, step := range []struct {
		days float64
		use  string
		want string
	}{
		{1, cameraBusy, "false"}, {1.1, loopBusy, "false"}, {1.9, "", "false"}, {2.01, "", "true"}, {2.2, "", "false"}, {2.3, loopBusy, "true"}, {2.4, cameraBusy, "false"},
	} {
		if got := column(t, machine(t, both+step.use+running(step.days)), s, "virtual_camera_only"); got != step.want {
			t.Errorf("step %d: %q, want %q", i, got, step.want)
		}
	}
}

func TestPostureCoverage(t *testing.T) {
	for name, test := range map[string]struct {
		machine string
		rows    int
		state   finding.CoverageState
		detail  string
	}{
		"a desktop":           {"-- platform.yaml --\nos: linux\nchassis: desktop\n" + onMains, 0, finding.CoverageAbsent, "a desktop is not closed"},
		"a server":            {"-- platform.yaml --\nos: linux\nchassis: server\n" + onMains, 0, finding.CoverageAbsent, "a server is not closed"},
		"a virtual machine":   {"-- platform.yaml --\nos: linux\nchassis: vm\n" + onMains + lidClosed, 0, finding.CoverageAbsent, "a vm is not closed"},
		"nothing is known":    {"-- platform.yaml --\nos: linux\n", 0, finding.CoverageAbsent, "without a battery"},
		"another system":      {"-- platform.yaml --\nos: windows\nchassis: laptop\n", 0, finding.CoverageAbsent, "power.yaml is not in the recording"},
		"a battery is enough": {"-- platform.yaml --\nos: linux\n" + onMains, 1, finding.CoverageOK, ""},
		"a laptop":            {onMains, 1, finding.CoverageOK, ""},
		"a bad recording":     {onMains + "-- held.yaml --\nlid: long\n", 0, finding.CoverageFailed, "held.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, coverage := look(t, machine(t, test.machine), Posture())
			if len(rows) != test.rows || coverage.State != test.state || !strings.Contains(coverage.Detail, test.detail) {
				t.Errorf("rows %q, coverage %+v, want %d, %s with %q", rows, coverage, test.rows, test.state, test.detail)
			}
		})
	}
}

// hiding is a machine on which one folder may not be read.
type hiding struct {
	host.Host
	folder string
}

type hidingFS struct {
	host.FS
	folder string
}

func (h hiding) Files() host.FS { return hidingFS{h.Host.Files(), h.folder} }

func (f hidingFS) Open(name string) (fs.File, error) {
	if name == f.folder {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return f.FS.Open(name)
}

// Whether anybody is enrolled is for root to see: not seen is not "nobody".
func TestPostureWithoutPrivilege(t *testing.T) {
	h := hiding{machine(t, onMains+aReader+aService+"-- files/var/lib/fprint/anne/ --\n"), enrolledFolder}
	rows, coverage := look(t, h, Posture())
	if len(rows) != 1 || !strings.Contains(rows[0], "biometric=unknown") || coverage.State != finding.CoverageDenied || !strings.Contains(coverage.Detail, "run as root") {
		t.Errorf("rows %q, coverage %+v", rows, coverage)
	}
}

// The row names nobody and follows no moment: two days of one laptop that differ
// in when it was opened, plugged in, filmed and slept give the same row.
func TestPostureTellsNoTimes(t *testing.T) {
	var rows [2][]string
	for i, moments := range [2][]string{{lidOpen + onMains, lidClosed + onBattery + cameraBusy}, {lidClosed + onBattery, lidOpen + onBattery + cameraBusy + loopBusy}} {
		s := Posture()
		for minute, now := range moments {
			h := machine(t, now+usbCamera+aReader+aService+running(2+float64(minute)/1440)+"-- files/var/lib/fprint/anne/ --\n")
			rows[i], _ = look(t, h, s)
		}
	}
	if a, b := strings.Join(rows[0], "\n"), strings.Join(rows[1], "\n"); a != b || strings.Contains(a, "anne") {
		t.Errorf("%s\n%s", a, b)
	}
}

func FuzzPosture(f *testing.F) {
	f.Add(lidClosed + onMains + usbCamera + aReader + aService)
	f.Add("-- files/sys/class/video4linux/video0 -> video0 --\n-- files/proc/uptime --\n1e400 -1\n-- files/proc/bus/input/devices --\nB: SW=\n")
	f.Add("-- files/usr/lib/udev/hwdb.d/60-autosuspend-libfprint-2.hwdb --\nusb:vp*\nusb:v*\nusb:\n-- files/sys/power/suspend_stats/success --\n-1\n-- held.yaml --\nlid: -9h\n")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := host.ReadRecording(txtar.Parse([]byte("-- platform.yaml --\nos: linux\nchassis: laptop\n" + text)))
		if err != nil {
			return
		}
		s := Posture()
		for range 2 {
			rows, coverage := Look(context.Background(), h, s)
			if strings.Contains(coverage.Detail, "broke at") || len(rows) > 1 {
				t.Fatalf("%d rows, coverage %+v", len(rows), coverage)
			}
			for _, row := range rows {
				for name, value := range row.Columns {
					if len(value) > 32 {
						t.Fatalf("%s is %q", name, value)
					}
				}
			}
		}
	})
}

// BenchmarkPosture looks at a laptop of ordinary size on the disk, as the live
// host does each minute.
func BenchmarkPosture(b *testing.B) {
	root := b.TempDir()
	text := onMains + lidClosed + aReader + aService + cameraBusy + running(9) + "-- files/sys/power/suspend_stats/success --\n0\n-- files/sys/class/dmi/id/chassis_type --\n10\n"
	for i := range 12 {
		text += fmt.Sprintf("-- files/sys/bus/usb/devices/2-%d/idVendor --\n8087\n-- files/sys/bus/usb/devices/2-%d/idProduct --\n0026\n", i, i)
		text += fmt.Sprintf("-- files/sys/class/drm/card0-DP-%d/status --\ndisconnected\n", i)
	}
	for _, file := range txtar.Parse([]byte(text)).Files {
		name := filepath.Join(root, strings.TrimPrefix(file.Name, "files/"))
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, file.Data, 0o600)); err != nil {
			b.Fatal(err)
		}
	}
	h, s := host.New(host.Options{Root: root}), Posture()
	b.ReportAllocs()
	for b.Loop() {
		if rows, coverage := Look(b.Context(), h, s); len(rows) != 1 || coverage.State != finding.CoverageOK {
			b.Fatalf("rows %v, coverage %+v", rows, coverage)
		}
	}
}
