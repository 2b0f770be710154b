package host

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"
)

// A propertyKey names a property of a device (DEVPROPKEY).
type propertyKey struct {
	format windows.GUID
	number uint32
}

// devicePropertyKey is of those that every device has, of which Windows has had
// most since long before it called them properties.
func devicePropertyKey(number uint32) propertyKey {
	return propertyKey{windows.GUID{Data1: 0xa45c254e, Data2: 0xdf1c, Data3: 0x4efd, Data4: [8]byte{0x80, 0x20, 0x67, 0xd1, 0x46, 0xa8, 0x50, 0xe0}}, number}
}

// The properties that are asked for, as devpkey.h numbers them.
var (
	keyHardware     = devicePropertyKey(3)
	keyCompatible   = devicePropertyKey(4)
	keyService      = devicePropertyKey(6)
	keyManufacturer = devicePropertyKey(13)
	keyFriendly     = devicePropertyKey(14)
	keyCapabilities = devicePropertyKey(17)
	keyAddress      = devicePropertyKey(30)
	keyLocations    = devicePropertyKey(37)
	keyDescribed    = propertyKey{windows.GUID{Data1: 0x540b947e, Data2: 0x8b40, Data3: 0x45bc, Data4: [8]byte{0xa8, 0xa2, 0x6a, 0x0b, 0x89, 0x4c, 0xbd, 0xa2}}, 4}
	keyParent       = propertyKey{windows.GUID{Data1: 0x4340a6c5, Data2: 0x93fa, Data3: 0x4706, Data4: [8]byte{0x97, 0x2c, 0x7b, 0x64, 0x80, 0x08, 0xa5, 0xa7}}, 8}
	keyInstalled    = deviceTimeKey(101)
	keyArrived      = deviceTimeKey(102)
	keyRemoved      = deviceTimeKey(103)
)

// deviceTimeKey is of those that say when something became of a device, since Windows 8.
func deviceTimeKey(number uint32) propertyKey {
	return propertyKey{windows.GUID{Data1: 0x83da6326, Data2: 0x97a6, Data3: 0x4088, Data4: [8]byte{0x94, 0x53, 0xa1, 0x92, 0x3f, 0x57, 0x3b, 0x29}}, number}
}

// These are found once: they are called for each property of each device.
var (
	getDeviceProperty = calls("setupapi.dll")("SetupDiGetDevicePropertyW")
	interfaceListSize = calls("cfgmgr32.dll")("CM_Get_Device_Interface_List_SizeW")
	interfaceList     = calls("cfgmgr32.dll")("CM_Get_Device_Interface_ListW")
)

// A deviceNode is one node of an open list of devices.
type deviceNode struct {
	list windows.DevInfo
	node *windows.DevInfoData
}

// eachDevice shows the devices that are there of one bus.
func eachDevice(bus string, show func(deviceNode)) error {
	list, err := windows.SetupDiGetClassDevsEx(nil, bus, 0, windows.DIGCF_ALLCLASSES|windows.DIGCF_PRESENT, 0, "")
	if errors.Is(err, windows.ERROR_INVALID_DATA) || errors.Is(err, windows.ERROR_FILE_NOT_FOUND) {
		return nil // this machine never had such a bus, as one without a radio has none of Bluetooth
	}
	return eachListed(list, err, "list devices of "+bus, show)
}

// eachWith shows the devices that are there and have an interface of a kind,
// whichever bus and driver they have.
func eachWith(kind *windows.GUID, doing string, show func(deviceNode)) error {
	list, err := windows.SetupDiGetClassDevsEx(kind, "", 0, windows.DIGCF_PRESENT|windows.DIGCF_DEVICEINTERFACE, 0, "")
	return eachListed(list, err, doing, show)
}

func eachListed(list windows.DevInfo, err error, doing string, show func(deviceNode)) error {
	if err != nil {
		return failedAs(doing, err)
	}
	defer func() { _ = list.Close() }()
	for i := range deviceLimit {
		node, err := list.EnumDeviceInfo(i)
		if err != nil { // the list ends
			return nil
		}
		show(deviceNode{list, node})
	}
	return fmt.Errorf("%s: more than %d", doing, deviceLimit)
}

// failedAs is failed for an error of x/sys.
func failedAs(doing string, err error) error {
	if errno, ok := err.(windows.Errno); ok { //nolint:errorlint // x/sys gives an Errno and nothing around it
		return failed(doing, errno)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func (n deviceNode) instance() string {
	id, err := n.list.DeviceInstanceID(n.node)
	if err != nil {
		return ""
	}
	return id
}

// property asks for one property. One that the device has not is none.
func (n deviceNode) property(key propertyKey) deviceProperty {
	var kind, size uint32
	b := make([]byte, 512)
	for range 2 {
		ok, last, err := getDeviceProperty.do(uintptr(n.list), uintptr(unsafe.Pointer(n.node)), uintptr(unsafe.Pointer(&key)), uintptr(unsafe.Pointer(&kind)),
			uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(unsafe.Pointer(&size)), 0)
		switch {
		case err != nil:
			return deviceProperty{}
		case ok != 0:
			return deviceProperty{kind: kind, bytes: b[:min(int(size), len(b))]}
		case last != windows.ERROR_INSUFFICIENT_BUFFER || size > propertyLimit:
			return n.older(key)
		}
		b = make([]byte, size)
	}
	return deviceProperty{}
}

const (
	deviceLimit   = 4096 // nodes of one bus; a large desk has a hundred
	propertyLimit = 64 << 10
)

// older asks for a property as before Windows called it so. The numbers of those
// that every device has are by two more than the older ones.
func (n deviceNode) older(key propertyKey) deviceProperty {
	if key.format != keyHardware.format {
		return deviceProperty{}
	}
	value, err := n.list.DeviceRegistryProperty(n.node, windows.SPDRP(key.number-2))
	if err != nil {
		return deviceProperty{}
	}
	switch value := value.(type) {
	case string:
		return deviceProperty{kind: propertyText, bytes: utf16Bytes(value)}
	case []string:
		return deviceProperty{kind: propertyTexts, bytes: utf16Bytes(strings.Join(value, "\x00") + "\x00")}
	case uint32:
		return deviceProperty{kind: propertyUint32, bytes: binary.LittleEndian.AppendUint32(nil, value)}
	}
	return deviceProperty{}
}

// utf16Bytes writes a text as Windows hands it out.
func utf16Bytes(text string) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return append(b, 0, 0)
}

// read asks for all that the configuration manager knows of a device.
func (n deviceNode) read(instance string) Device {
	d := Device{
		Instance: instance, Parent: n.property(keyParent).text(), Hardware: n.property(keyHardware).texts(), Compatible: n.property(keyCompatible).texts(),
		Described: n.property(keyDescribed).text(), Manufacturer: n.property(keyManufacturer).text(), Friendly: n.property(keyFriendly).text(),
		Service: n.property(keyService).text(), Capabilities: n.property(keyCapabilities).number(),
		Installed: n.property(keyInstalled).time(), Arrived: n.property(keyArrived).time(), Removed: n.property(keyRemoved).time(),
	}
	if locations := n.property(keyLocations).texts(); len(locations) > 0 {
		d.Location = locations[0]
	}
	return d
}

// interfacePaths are the paths by which a device's interfaces of a kind are
// opened; where Windows does not list them, the path that it would make.
func interfacePaths(kind windows.GUID, instance string) []string {
	const present, success = 0, 0
	made := []string{pathOfInstance(instance, kind.String())}
	id, err := windows.UTF16PtrFromString(instance)
	if err != nil {
		return nil
	}
	var length uint32
	code, _, err := interfaceListSize.do(uintptr(unsafe.Pointer(&length)), uintptr(unsafe.Pointer(&kind)), uintptr(unsafe.Pointer(id)), present)
	if err != nil || code != success || length > propertyLimit {
		return made
	}
	if length < 2 {
		return nil
	}
	b := make([]byte, 2*length)
	code, _, err = interfaceList.do(uintptr(unsafe.Pointer(&kind)), uintptr(unsafe.Pointer(id)), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(length), present)
	if err != nil || code != success {
		return made
	}
	return wideTexts(b)
}
