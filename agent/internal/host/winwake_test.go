package host

import "testing"

func TestInterfaceClass(t *testing.T) {
	for link, want := range map[string]string{
		`\\?\USB#VID_046D&PID_C31C#6&1a2b#{a5dcbf10-6530-11d2-901f-00c04fb951ed}`: "usb_devices", `\\?\hid#vid_1d6b#7&0#{4d1e55b2}`: "usb_devices",
		`\\?\DISPLAY#DEL40A9#5&2#{e6f07b5f}`: "connected_displays", `\\?\SWD#MMDEVAPI#x`: "", "": "",
	} {
		if got := interfaceClass(link); got != want {
			t.Errorf("%s wakes %q, want %q", link, got, want)
		}
	}
}
