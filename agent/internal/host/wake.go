package host

import (
	"context"
	"strings"
	"time"
)

// wakePause gathers what one plug makes: a device with three interfaces sends
// some twenty messages.
const wakePause = 500 * time.Millisecond

// interfaceClass is the class that should look when Windows made or took away the
// way to a device: `\\?\USB#VID_046D&PID_C31C#…#{a5dcbf10-…}`.
func interfaceClass(link string) string {
	bus, _, _ := strings.Cut(strings.TrimPrefix(link, `\\?\`), "#")
	switch strings.ToUpper(bus) {
	case "USB", "HID", "USBSTOR", "SCSI":
		return "usb_devices"
	case "DISPLAY":
		return "connected_displays"
	}
	return ""
}

// debounce passes each class on once things have been quiet for a pause, and at
// the latest ten pauses after the first.
func debounce(ctx context.Context, heard <-chan string, wakes chan<- string, pause time.Duration) {
	waiting, rounds := map[string]bool{}, 0
	ticker := time.NewTicker(pause)
	ticker.Stop()
	defer ticker.Stop()
	quiet := true
	for {
		select {
		case <-ctx.Done():
			return
		case class, ok := <-heard:
			if !ok {
				return
			}
			if len(waiting) == 0 {
				ticker.Reset(pause)
			}
			waiting[class], quiet = true, false
		case <-ticker.C:
			if rounds++; !quiet && rounds < 10 {
				quiet = true
				continue
			}
			for class := range waiting {
				select {
				case wakes <- class:
				case <-ctx.Done():
					return
				}
			}
			clear(waiting)
			rounds = 0
			ticker.Stop()
		}
	}
}
