package sensor

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

func TestVoiceOnLinux(t *testing.T) {
	for name, test := range map[string]struct{ files, want string }{
		"a microphone is open":                  {soundOff + strings.Replace(soundIn, "card0", "card1", 1), "used"},
		"only sound plays":                      {soundOff + "-- files/proc/asound/card0/pcm0p/sub0/status --\nstate: RUNNING\n", "none"},
		"a camera is open":                      {soundOff + usbCamera + cameraBusy, "used"},
		"a camera, not open":                    {soundOff + usbCamera, "none"},
		"a program stands in a camera's place":  {soundOff + fmt.Sprintf(loopback, "OBS") + loopBusy, "used"},
		"a headset may be connected":            {soundOff + "-- files/sys/class/bluetooth/hci0:11/uevent --\nx\n", "unknown"},
		"a headset, and a microphone of a card": {soundIn + "-- files/sys/class/bluetooth/hci0:11/uevent --\nx\n", "used"},
		"Bluetooth, nothing connected":          {soundOff + "-- files/sys/class/bluetooth/hci0/address --\nx\n", "none"},
		"nothing is known of sound":             {"", "unknown"},
		"no sound cards":                        {"-- files/proc/asound/cards --\n--- no soundcards ---\n", "unknown"},
		"a link among the cards":                {"-- files/proc/asound/cardless/pcm0c/sub0/status --\nstate: RUNNING\n-- files/proc/asound/card0/pcm0p/sub0/status --\nclosed\n", "none"},
	} {
		if got, err := linuxVoice(machine(t, test.files).Files()); got != test.want || err != nil {
			t.Errorf("%s: %q, %v, want %q", name, got, err, test.want)
		}
	}
	if got, _ := linuxVoice(closedFS{}); got != "unknown" {
		t.Errorf("a disk that lets nobody in: %q", got)
	}
}

// ticks writes a time as Windows keeps it.
func ticks(at time.Time) string {
	return fmt.Sprint(at.Unix()*1e7 + 116444736000000000)
}

// Windows tells of each program when it used a microphone and camera last. What
// counts is a use in the time of the meeting, of an interrupted one no more.
func TestVoiceOnWindows(t *testing.T) {
	now := time.Date(2026, 11, 2, 17, 0, 0, 0, time.UTC)
	ago := func(hours int) string { return ticks(now.Add(-time.Duration(hours) * time.Hour)) }
	store := func(place, kind, program, start, stop string) string {
		key := "-- files/registry/" + place + "/SOFTWARE/Microsoft/Windows/CurrentVersion/CapabilityAccessManager/ConsentStore/" + kind + "/" + program
		return key + "/LastUsedTimeStart --\n" + start + "\n" + key + "/LastUsedTimeStop --\n" + stop + "\n"
	}
	clock := "-- clock.yaml --\nnow: 2026-11-02T17:00:00Z\n"
	for name, test := range map[string]struct{ files, want string }{
		"before the meeting":                     {clock + store("HKU/S-1-5-21-1", "microphone", "NonPackaged/C#Zoom.exe", ago(20), ago(19)), "none"},
		"in it":                                  {clock + store("HKU/S-1-5-21-1", "microphone", "NonPackaged/C#Zoom.exe", ago(3), ago(2)), "used"},
		"into it":                                {clock + store("HKU/S-1-5-21-1", "webcam", "MSTeams_8wekyb3d8bbwe", ago(9), ago(7)), "used"},
		"since before it, still":                 {clock + store("HKLM", "microphone", "NonPackaged/C#Zoom.exe", ago(10), "0"), "used"},
		"ended by the machine's last end":        {clock + store("HKU/S-1-5-21-1", "microphone", "NonPackaged/C#Zoom.exe", ago(100), "0"), "none"},
		"never":                                  {clock + store("HKU/S-1-5-21-1", "microphone", "NonPackaged/C#Zoom.exe", "0", "0"), "none"},
		"a location is no voice":                 {clock + store("HKU/S-1-5-21-1", "location", "NonPackaged/C#Zoom.exe", ago(1), "0"), "unknown"},
		"Windows notes nothing":                  {clock, "unknown"},
		"without the time, which nobody can say": {store("HKU/S-1-5-21-1", "microphone", "NonPackaged/C#Zoom.exe", ago(3), ago(2)), "unknown"},
	} {
		h := machine(t, "-- platform.yaml --\nos: windows\nchassis: laptop\n"+test.files)
		if got, err := windowsVoice(t.Context(), h, 8*time.Hour, 12*time.Hour); got != test.want || err != nil {
			t.Errorf("%s: %q, %v, want %q", name, got, err, test.want)
		}
	}
}

// FuzzVoice lets files say anything of sound and of use.
func FuzzVoice(f *testing.F) {
	f.Add(soundIn + usbCamera + cameraBusy)
	f.Add("-- clock.yaml --\nnow: 2026-11-02T17:00:00Z\n-- files/registry/HKU/S-1/SOFTWARE/Microsoft/Windows/CurrentVersion/CapabilityAccessManager/ConsentStore/webcam/NonPackaged/a/LastUsedTimeStop --\n18446744073709551615\n")
	f.Fuzz(func(t *testing.T, files string) {
		h, err := host.ReadRecording(txtar.Parse([]byte("-- platform.yaml --\nos: linux\n" + files)))
		if err != nil {
			return
		}
		for _, said := range []func() (string, error){
			func() (string, error) { return linuxVoice(h.Files()) },
			func() (string, error) { return windowsVoice(t.Context(), h, time.Hour, 9*time.Hour) },
		} {
			if got, _ := said(); got != "none" && got != "used" && got != "unknown" {
				t.Fatalf("voice is %q", got)
			}
		}
	})
}
