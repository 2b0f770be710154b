package host

import "testing"

func TestCamerasOfAMac(t *testing.T) {
	yes, no := uint32(1), uint32(0)
	for _, c := range []struct {
		got, want Camera
	}{
		{macCamera("FaceTime HD Camera", 0x626c746e, &no), Camera{Name: "FaceTime HD Camera", InUse: "false"}},
		{macCamera("OBS Virtual Camera", 0x76697274, &yes), Camera{Name: "OBS Virtual Camera", Virtual: true, InUse: "true"}},
		{macCamera("USB", fourLetters("usb "), nil), Camera{Name: "USB"}},
	} {
		if c.got != c.want {
			t.Errorf("%+v, want %+v", c.got, c.want)
		}
	}
	old := oldCameras([]string{"obs-mac-virtualcam.plugin", "README", ".plugin"})
	if len(old) != 1 || old[0] != (Camera{Name: "obs-mac-virtualcam", Virtual: true}) {
		t.Errorf("%+v", old)
	}
	for version, want := range map[string]bool{"macOS 13.6.1": true, "macOS 14.0": false, "macOS 26.1": false, "macOS": true} {
		if loadsOldCameras(version) != want {
			t.Errorf("%s: %t", version, !want)
		}
	}
}

func TestHardwareAddressesAsMacOSWritesThem(t *testing.T) {
	for text, want := range map[string]string{
		"0:1e:52:ab:c:1": "00:1e:52:ab:0c:01", "00:1E:52:AB:0C:01": "00:1e:52:ab:0c:01", "": "", "<redacted>": "", "0:1:2:3:4:xyz": "", "a::b:c:d:e": "",
	} {
		if got := macHardwareAddress(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
