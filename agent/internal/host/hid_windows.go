package host

import (
	"encoding/binary"
	"strings"

	"golang.org/x/sys/windows"
)

// hidInterface is GUID_DEVINTERFACE_HID.
var hidInterface = windows.GUID{Data1: 0x4d1e55b2, Data2: 0xf16f, Data3: 0x11cf, Data4: [8]byte{0x88, 0xcb, 0x00, 0x11, 0x11, 0x00, 0x00, 0x30}}

// What the driver of input devices is asked (hidclass.h). None of it reads input.
const (
	askCollectionSize  = 0xb01a8 // IOCTL_HID_GET_COLLECTION_INFORMATION
	askCollection      = 0xb0193 // IOCTL_HID_GET_COLLECTION_DESCRIPTOR
	askHIDManufacturer = 0xb01ba // IOCTL_HID_GET_MANUFACTURER_STRING

	preparsedLimit = 1 << 20
)

// inputCollection asks a collection what Windows made of its reports, and who
// the device says made it; otherwise is what stands for that without an answer.
// It asks the driver itself: hid.dll hands out a pointer and no size.
func inputCollection(instance, otherwise string) (preparsed []byte, manufacturer string) {
	for _, path := range interfacePaths(hidInterface, instance) {
		handle, err := openDevice(path, 0)
		if err != nil {
			continue
		}
		preparsed = preparsedOf(handle)
		manufacturer = strings.TrimSpace(wideText(manufacturerOf(handle)))
		_ = windows.CloseHandle(handle)
		break
	}
	if manufacturer == "" {
		manufacturer = otherwise
	}
	return preparsed, manufacturer
}

func preparsedOf(handle windows.Handle) []byte {
	about, err := askDevice(handle, askCollectionSize, nil, make([]byte, 12))
	if err != nil || len(about) < 4 {
		return nil
	}
	size := binary.LittleEndian.Uint32(about)
	if size == 0 || size > preparsedLimit {
		return nil
	}
	b, err := askDevice(handle, askCollection, nil, make([]byte, size))
	if err != nil {
		return nil
	}
	n := preparsedSize(b)
	if n == 0 {
		return nil
	}
	return b[:n]
}

func manufacturerOf(handle windows.Handle) []byte {
	const longest = 2 * 127 // of what fits into a string descriptor, and its end
	b, err := askDevice(handle, askHIDManufacturer, nil, make([]byte, longest))
	if err != nil {
		return nil
	}
	return b
}
