package parse

import (
	"bytes"
	"strings"
	"time"
)

// A DeviceInstall is a device for which Windows installed a driver by itself,
// since it had not met it before at that place.
type DeviceInstall struct {
	Instance string    // instance id, as below Enum in the registry
	At       time.Time // when Windows began
}

const (
	deviceInstallLimit = 4096 // of one log, the newest
	instanceLimit      = 200  // longest device instance id there is (MAX_DEVICE_ID_LEN)
)

// ParseSetupAPILog reads Windows' setupapi.dev.log, whose times are local to
// zone; in the hour that autumn repeats they are of its first round. It gives
// what was plugged in, not what a person or a program installed, the oldest
// first. What is no such section is passed over: most of the log is not.
func ParseSetupAPILog(text []byte, zone *time.Location) []DeviceInstall {
	if zone == nil {
		zone = time.UTC
	}
	var found []DeviceInstall
	instance := ""
	for line := range bytes.Lines(text) {
		head, ok := bytes.CutPrefix(line, []byte(">>>"))
		if !ok {
			instance = "" // a heading is two lines, one after the other
			continue
		}
		head = bytes.TrimSpace(head)
		if begun, ok := bytes.CutPrefix(head, []byte("Section start ")); ok && instance != "" {
			at, err := time.ParseInLocation("2006/01/02 15:04:05", string(bytes.TrimSpace(begun)), zone) // takes a fraction, too
			if err == nil {
				found = append(found, DeviceInstall{instance, at.UTC()})
			}
			instance = ""
			continue
		}
		instance = installedInstance(head)
	}
	return found[max(0, len(found)-deviceInstallLimit):]
}

// installedInstance reads "[Device Install (Hardware initiated) - USB\VID_1D6B&PID_0104\6&1]".
func installedInstance(title []byte) string {
	if len(title) > 2*instanceLimit {
		return ""
	}
	_, instance, ok := strings.Cut(string(title), "[Device Install (Hardware initiated) - ")
	instance, closed := strings.CutSuffix(instance, "]")
	if !ok || !closed || len(instance) > instanceLimit {
		return ""
	}
	return printable([]byte(instance))
}
