package host

import "bytes"

// ueventClass reads one message of the kernel about a device and says which
// class should look: none when it is about something else.
func ueventClass(message []byte) string {
	header, rest, ok := bytes.Cut(message, []byte{0})
	if !ok || !bytes.Contains(header, []byte("@/")) {
		return "" // udev's own messages, which start with "libudev", are repeats
	}
	for field := range bytes.SplitSeq(rest, []byte{0}) {
		if subsystem, ok := bytes.CutPrefix(field, []byte("SUBSYSTEM=")); ok {
			return subsystemClass(string(subsystem))
		}
	}
	return ""
}

// wokenBy are the classes that look when a message was about this one.
func wokenBy(class string) []string {
	switch class {
	case "":
		return nil
	case "usb_devices", "connected_displays": // what came together is known only by looking at once
		return []string{class, "arrivals"}
	}
	return []string{class}
}

func subsystemClass(subsystem string) string {
	switch subsystem {
	case "usb", "hid", "hidraw", "scsi": // a USB disk names itself a moment after it is plugged in
		return "usb_devices"
	case "drm":
		return "connected_displays"
	case "net":
		return "network_interfaces"
	case "power_supply":
		return "power"
	}
	return ""
}
