package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/sys/windows"
)

// deviceBuses are those that sensors look at: USB, its input devices and disks
// (those of faster ones are on SCSI), displays, and input devices by radio.
func deviceBuses() []string {
	return []string{"USB", "HID", "USBSTOR", "SCSI", "DISPLAY", "BTHENUM", "BTHLEDEVICE"}
}

// inputClass is the set-up class of devices that input comes from.
var inputClass = windows.GUID{Data1: 0x745a17a0, Data2: 0x74d3, Data3: 0x11d0, Data4: [8]byte{0xb6, 0xfe, 0x00, 0xa0, 0xc9, 0x0f, 0x57, 0xda}}

// deviceMemory keeps what was read of a device until it comes anew: asking
// through hubs and for all properties is dear, and what a device says of itself
// stays as it is while it is there.
type deviceMemory struct {
	mu    sync.Mutex
	known map[string]knownDevice // by instance
	now   recent[Device]
	told  toldDisplays // a service is not shown how displays are fed
}

type knownDevice struct {
	Device
	looks int // at which it did not tell all
}

// readyTries is how often a device is asked that did not tell all at first:
// while Windows sets it up its parts come one by one.
const readyTries = 4

// Devices are the nodes of USB, of input devices, disks and displays that are there.
func (h *LiveHost) Devices(ctx context.Context) ([]Device, error) {
	return h.devices.now.get(h.options, func() ([]Device, error) { return h.listDevices(ctx) })
}

func (h *LiveHost) listDevices(ctx context.Context) ([]Device, error) {
	h.devices.mu.Lock()
	defer h.devices.mu.Unlock()
	next := map[string]knownDevice{}
	var devices []Device
	var problems []error
	outputs := displayOutputsNow()
	for _, bus := range deviceBuses() {
		err := eachDevice(bus, func(n deviceNode) {
			instance := n.instance()
			if ctx.Err() != nil || instance == "" || strings.HasPrefix(bus, "BTH") && n.node.ClassGUID != inputClass {
				return
			}
			known := h.devices.known[instance].look(n, instance)
			if bus == "DISPLAY" { // a monitor tells another EDID without leaving
				known.showDisplay(h.files, outputs)
			}
			next[instance] = known
			devices = append(devices, known.Device)
		})
		problems = append(problems, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	h.devices.known = next
	h.devices.told.fill(devices)
	return devices, errors.Join(problems...)
}

// look reads a device that is new, came anew or had not told all.
func (k knownDevice) look(n deviceNode, instance string) knownDevice {
	arrived := n.property(keyArrived).time()
	same := k.Instance == instance && k.Arrived.Equal(arrived)
	if same && (k.looks == 0 || k.looks >= readyTries) {
		return k
	}
	looks := 0
	if same {
		looks = k.looks
	}
	k = knownDevice{Device: n.read(instance)}
	if !k.ask(n) {
		k.looks = looks + 1
	}
	return k
}

// ask has a device tell of itself; false is one that did not, or not all.
func (k *knownDevice) ask(n deviceNode) bool {
	bus, rest, _ := strings.Cut(strings.ToUpper(k.Instance), `\`)
	switch {
	case bus == "HID":
		k.Preparsed, k.Manufacturer = inputCollection(k.Instance, k.Manufacturer)
		return k.Preparsed != nil
	case bus == "USB" && strings.HasPrefix(rest, "VID_") && !strings.Contains(rest, "&MI_"):
		k.Speed, k.Descriptors = usbThroughHub(k.Parent, n.property(keyAddress).number())
		return k.Speed != "" && k.Descriptors != nil
	}
	return true
}

// A device file is opened without the right to read or write where that is
// enough: nothing of what devices send can come through it then.
func openDevice(path string, access uint32) (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	return windows.CreateFile(name, access, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE, nil, windows.OPEN_EXISTING, 0, 0)
}

// askDevice puts a question to a driver and gives as much as it answered.
func askDevice(handle windows.Handle, code uint32, question, answer []byte) ([]byte, error) {
	var in, out *byte
	if len(question) > 0 {
		in = &question[0]
	}
	if len(answer) > 0 {
		out = &answer[0]
	}
	var n uint32
	err := windows.DeviceIoControl(handle, code, in, uint32(len(question)), out, uint32(len(answer)), &n, nil)
	if err != nil {
		return nil, err
	}
	return answer[:min(int(n), len(answer))], nil
}
