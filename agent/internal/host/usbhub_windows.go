package host

import (
	"golang.org/x/sys/windows"
)

// hubInterface is GUID_DEVINTERFACE_USB_HUB.
var hubInterface = windows.GUID{Data1: 0xf18a0e88, Data2: 0xc30c, Data3: 0x11d0, Data4: [8]byte{0x88, 0x15, 0x00, 0xa0, 0xc9, 0x06, 0xbe, 0xd8}}

// What a hub's driver is asked about one of its ports (usbioctl.h).
const (
	askPort       = 0x220448 // IOCTL_USB_GET_NODE_CONNECTION_INFORMATION_EX
	askPortSpeed  = 0x22045c // IOCTL_USB_GET_NODE_CONNECTION_INFORMATION_EX_V2
	askDescriptor = 0x220410 // IOCTL_USB_GET_DESCRIPTOR_FROM_NODE_CONNECTION
)

// usbThroughHub asks the hub that a device hangs on about its speed and
// descriptors. A hub that nobody may open, or that knows another way, tells nothing.
func usbThroughHub(hub string, port uint32) (speed string, descriptors []byte) {
	if hub == "" || port == 0 {
		return "", nil
	}
	for _, path := range interfacePaths(hubInterface, hub) {
		handle, err := openDevice(path, windows.GENERIC_WRITE)
		if err != nil {
			continue
		}
		speed, descriptors = askHub(handle, port)
		_ = windows.CloseHandle(handle)
		break
	}
	return speed, descriptors
}

func askHub(handle windows.Handle, port uint32) (speed string, descriptors []byte) {
	question := portQuestion(port)
	b, err := askDevice(handle, askPort, question, question)
	if err != nil {
		return "", nil
	}
	at, ok := usbPortOf(b)
	if !ok {
		return "", nil
	}
	question = fastQuestion(port)
	fast, err := askDevice(handle, askPortSpeed, question, question)
	if err != nil {
		fast = nil // a hub of before Windows 8
	}
	config, total := askConfig(handle, port, usbConfigHead)
	if total > len(config) {
		config, _ = askConfig(handle, port, total)
	}
	if config == nil {
		return at.mbits(fast), nil
	}
	return at.mbits(fast), append(at.device, config...)
}

func askConfig(handle windows.Handle, port uint32, length int) (config []byte, total int) {
	question := configQuestion(port, length)
	b, err := askDevice(handle, askDescriptor, question, question)
	if err != nil {
		return nil, 0
	}
	return configOf(b)
}
