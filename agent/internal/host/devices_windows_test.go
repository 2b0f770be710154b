package host

import (
	"strings"
	"testing"
	"time"
)

// Under Wine there are two input devices and a display.
func TestDevicesOfThisMachine(t *testing.T) {
	h := Live(time.Now)
	began := time.Now()
	devices, err := h.Devices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first := time.Since(began)
	buses := map[string]int{}
	for _, d := range devices {
		bus, _, _ := strings.Cut(d.Instance, `\`)
		buses[bus]++
		t.Logf("%+v", d)
		if bus == "HID" && len(d.Preparsed) > 0 && preparsedSize(d.Preparsed) != len(d.Preparsed) {
			t.Errorf("%s: %d bytes of preparsed data, its head says %d", d.Instance, len(d.Preparsed), preparsedSize(d.Preparsed))
		}
	}
	began = time.Now()
	again, err := h.listDevices(t.Context())
	t.Logf("%v in %s, again in %s", buses, first, time.Since(began))
	if err != nil || len(again) != len(devices) {
		t.Errorf("again %d of %d, %v", len(again), len(devices), err)
	}
	if underWine() && buses["HID"] == 0 {
		t.Error("Wine's own input devices are missing")
	}
}

// A function that is not there tells nothing and ends nothing.
func TestDeviceThatIsNotThere(t *testing.T) {
	if speed, descriptors := usbThroughHub(`USB\ROOT_HUB30\0`, 1); speed != "" || descriptors != nil {
		t.Errorf("speed %q, descriptors %x", speed, descriptors)
	}
	if preparsed, maker := inputCollection(`HID\NOBODY\0`, "(Standard keyboards)"); preparsed != nil || maker != "(Standard keyboards)" {
		t.Errorf("%x, %q", preparsed, maker)
	}
	_ = displayOutputsNow()
}
