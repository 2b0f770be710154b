package host

import "encoding/binary"

// What a hub answers about the device at one of its ports (usbioctl.h, whose
// structures are packed).
const (
	portAskSize    = 35 // USB_NODE_CONNECTION_INFORMATION_EX without its pipes
	portFastSize   = 16 // USB_NODE_CONNECTION_INFORMATION_EX_V2
	descriptorHead = 12 // USB_DESCRIPTOR_REQUEST before what was asked for
	usbDeviceSize  = 18
	usbConfigHead  = 9
	usbConfigLimit = 4096 // no honest configuration is longer, and hubs hand out no more
)

// usbPort is what a hub says of the device at a port.
type usbPort struct {
	device []byte // its device descriptor
	speed  byte   // 0 low, 1 full, 2 high, 3 super
}

// portQuestion asks a hub about a port.
func portQuestion(port uint32) []byte {
	const pipes = 30 * 11
	b := make([]byte, portAskSize+pipes)
	binary.LittleEndian.PutUint32(b, port)
	return b
}

// usbPortOf reads the answer; ok says that a device is there and works.
func usbPortOf(b []byte) (p usbPort, ok bool) {
	const connected = 1
	if len(b) < portAskSize || binary.LittleEndian.Uint32(b[31:]) != connected || b[4] != usbDeviceSize {
		return p, false
	}
	return usbPort{device: b[4 : 4+usbDeviceSize], speed: b[23]}, true
}

// fastQuestion asks whether the device at a port goes faster than USB 2 can.
func fastQuestion(port uint32) []byte {
	const super = 4 // Usb300, which says that who asks knows of it; usbview sets nothing else either
	b := binary.LittleEndian.AppendUint32(nil, port)
	b = binary.LittleEndian.AppendUint32(b, portFastSize)
	b = binary.LittleEndian.AppendUint32(b, super)
	return binary.LittleEndian.AppendUint32(b, 0)
}

// mbits puts both answers into Mbit/s, as Linux writes them. Without an answer
// to the second question, fast is nil.
func (p usbPort) mbits(fast []byte) string {
	const atSuper, atSuperPlus = 1, 4
	if len(fast) >= portFastSize {
		switch flags := binary.LittleEndian.Uint32(fast[12:]); {
		case flags&atSuperPlus != 0:
			return "10000"
		case flags&atSuper != 0:
			return "5000"
		}
	}
	switch p.speed {
	case 0:
		return "1.5"
	case 1:
		return "12"
	case 2:
		return "480"
	case 3:
		return "5000"
	}
	return ""
}

// configQuestion asks a device for the first of its configurations, through its hub.
func configQuestion(port uint32, length int) []byte {
	const fromDevice, getDescriptor, configuration = 0x80, 6, 2
	b := binary.LittleEndian.AppendUint32(nil, port)
	b = append(b, fromDevice, getDescriptor, 0, configuration, 0, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(length))
	return append(b, make([]byte, length)...)
}

// configOf is the descriptor in the answer, and how long all of it is.
func configOf(b []byte) (config []byte, total int) {
	const configuration = 2
	if len(b) < descriptorHead+usbConfigHead || b[descriptorHead+1] != configuration {
		return nil, 0
	}
	config = b[descriptorHead:]
	total = min(int(binary.LittleEndian.Uint16(config[2:])), usbConfigLimit)
	return config[:min(len(config), total)], total
}
