package parse

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const setupLog = "[Device Install Log]\r\n" +
	"     OS Version = 10.0.19045\r\n" +
	"[BeginLog]\r\n" +
	">>>  [Device Install (Hardware initiated) - USB\\VID_1D6B&PID_0104\\CAFEBABE]\r\n" +
	">>>  Section start 2026/11/02 09:12:33.123\r\n" +
	"     dvi: {Core Device Install} 09:12:33.150\r\n" +
	"<<<  Section end 2026/11/02 09:12:34.001\r\n" +
	"<<<  [Exit status: SUCCESS]\r\n" +
	">>>  [Device Install (DiInstallDriver) - C:\\a.inf]\n>>>  Section start 2026/11/02 09:13:00.000\n" +
	">>>  [Delete Device - USB\\VID_1D6B&PID_0104\\CAFEBABE]\n>>>  Section start 2026/11/02 09:14:00.000\n" +
	">>>  [Device Install (Hardware initiated) - HID\\VID_1D6B&PID_0104&MI_01\\7&2B&0&0000]\n" +
	">>>  Section start 2026/11/02 09:12:35.5\n"

func TestParseSetupAPILog(t *testing.T) {
	want := []DeviceInstall{
		{`USB\VID_1D6B&PID_0104\CAFEBABE`, time.Date(2026, 11, 2, 8, 12, 33, 123_000_000, time.UTC)},
		{`HID\VID_1D6B&PID_0104&MI_01\7&2B&0&0000`, time.Date(2026, 11, 2, 8, 12, 35, 500_000_000, time.UTC)},
	}
	if diff := cmp.Diff(want, ParseSetupAPILog([]byte(setupLog), time.FixedZone("CET", 3600))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := ParseSetupAPILog([]byte(setupLog), nil); len(got) != 2 || got[0].At.Hour() != 9 {
		t.Errorf("without a zone: %v", got)
	}
}

func TestSetupAPILogOfNoUse(t *testing.T) {
	const title = ">>>  [Device Install (Hardware initiated) - USB\\A\\B]\n"
	for name, text := range map[string]string{
		"empty":            "",
		"cut short":        title,
		"no time":          title + ">>>  Section start yesterday\n",
		"another's time":   title + "     dvi: a line between\n>>>  Section start 2026/11/02 09:12:33.123\n",
		"title not closed": strings.Replace(title, "]", "", 1) + ">>>  Section start 2026/11/02 09:12:33.123\n",
		"endless id":       strings.Replace(title, "B", strings.Repeat("B", 300), 1) + ">>>  Section start 2026/11/02 09:12:33.123\n",
	} {
		if got := ParseSetupAPILog([]byte(text), time.UTC); len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
	one := title + ">>>  Section start 2026/11/02 09:12:33.123\n"
	last := strings.Replace(one, "09:12", "10:00", 1)
	got := ParseSetupAPILog([]byte(strings.Repeat(one, deviceInstallLimit+5)+last), time.UTC)
	if len(got) != deviceInstallLimit || got[len(got)-1].At.Hour() != 10 {
		t.Errorf("%d of a long log, the last %v", len(got), got[len(got)-1])
	}
}

func FuzzParseSetupAPILog(f *testing.F) {
	f.Add([]byte(setupLog))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, install := range ParseSetupAPILog(text, time.UTC) {
			if install.Instance == "" || len(install.Instance) > instanceLimit || install.At.IsZero() {
				t.Fatalf("%+v", install)
			}
		}
	})
}
