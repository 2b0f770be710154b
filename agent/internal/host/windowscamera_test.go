package host

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const cameraRegistry = `-- platform.yaml --
os: windows
-- files/registry/HKLM/SOFTWARE/Classes/CLSID/{860BB310-5D01-11d0-BD3B-00A0C911CE86}/Instance/{A3FCE0F5-3493-419F-958A-ABA1250EC20B}/FriendlyName --
OBS Virtual Camera
-- files/registry/HKLM/SOFTWARE/Classes/WOW6432Node/CLSID/{860BB310-5D01-11d0-BD3B-00A0C911CE86}/Instance/{A3FCE0F5-3493-419F-958A-ABA1250EC20B}/FriendlyName --
OBS Virtual Camera
-- files/registry/HKU/S-1-5-21-1-2-3-1001/SOFTWARE/Microsoft/Windows/CurrentVersion/CapabilityAccessManager/ConsentStore/webcam/Value --
Allow
-- files/registry/HKU/S-1-5-21-1-2-3-1001/SOFTWARE/Microsoft/Windows/CurrentVersion/CapabilityAccessManager/ConsentStore/webcam/Microsoft.WindowsCamera_8wekyb3d8bbwe/LastUsedTimeStart --
134059680620000000
-- files/registry/HKU/S-1-5-21-1-2-3-1001/SOFTWARE/Microsoft/Windows/CurrentVersion/CapabilityAccessManager/ConsentStore/webcam/Microsoft.WindowsCamera_8wekyb3d8bbwe/LastUsedTimeStop --
134059680630000000
-- files/registry/HKU/S-1-5-21-1-2-3-1001/SOFTWARE/Microsoft/Windows/CurrentVersion/CapabilityAccessManager/ConsentStore/webcam/NonPackaged/C:#Program Files#Zoom#bin#Zoom.exe/LastUsedTimeStart --
134059680620000000
-- files/registry/HKU/S-1-5-21-1-2-3-1001/SOFTWARE/Microsoft/Windows/CurrentVersion/CapabilityAccessManager/ConsentStore/webcam/NonPackaged/C:#Program Files#Zoom#bin#Zoom.exe/LastUsedTimeStop --
`

func TestWindowsCameras(t *testing.T) {
	began := windowsTime(134059680620000000)
	builtIn := cameraNode{`USB\VID_0C45&PID_6732&MI_00\6&1`, "Integrated Webcam"}
	made := cameraNode{`SWD\VCAMDEVAPI\B486E21F1D4BC97087EA831093E840AD2177E046699EFBF62B27304F5CCAEF57`, "Phone as camera"}
	obs := Camera{Name: "OBS Virtual Camera", Virtual: true}
	for name, c := range map[string]struct {
		stop    string
		nodes   []cameraNode
		started time.Time
		want    []Camera
	}{
		"in use":               {"0", []cameraNode{builtIn}, began.Add(-time.Hour), []Camera{{Name: builtIn.name, InUse: "true"}, obs}},
		"no more":              {"134059680630000000", []cameraNode{builtIn}, began.Add(-time.Hour), []Camera{{Name: builtIn.name, InUse: "false"}, obs}},
		"left so by a crash":   {"0", []cameraNode{builtIn}, began.Add(time.Hour), []Camera{{Name: builtIn.name, InUse: "false"}, obs}},
		"one of two":           {"0", []cameraNode{builtIn, made}, began.Add(-time.Hour), []Camera{{Name: builtIn.name}, {Name: made.name, Virtual: true}, obs}},
		"nothing but software": {"0", []cameraNode{made}, began.Add(-time.Hour), []Camera{{Name: made.name, Virtual: true, InUse: "true"}, obs}},
	} {
		got := windowsCameras(recorded(t, cameraRegistry+c.stop+"\n").Files(), c.nodes, c.started)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	got := windowsCameras(recorded(t, "-- platform.yaml --\nos: windows\n").Files(), []cameraNode{builtIn}, began)
	if diff := cmp.Diff([]Camera{{Name: builtIn.name}}, got); diff != "" {
		t.Errorf("without notes (-want +got):\n%s", diff)
	}
}
