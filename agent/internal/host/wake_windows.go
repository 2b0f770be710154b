package host

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	_ Waker = (*LiveHost)(nil)

	cfgmgr32               = calls("cfgmgr32.dll")
	registerDeviceNotice   = cfgmgr32("CM_Register_Notification")
	unregisterDeviceNotice = cfgmgr32("CM_Unregister_Notification")
	iphlpapi               = calls("iphlpapi.dll")
	noticeInterfaces       = iphlpapi("NotifyIpInterfaceChange")
	cancelNotice           = iphlpapi("CancelMibChangeNotify2")
)

// Wake hears from Windows that devices came or went, that a network interface
// changed, that somebody logged in or left, that a session of remote access was
// written down, and that the machine woke up. What a Windows does not let us hear
// is looked at in its turn.
func (h *LiveHost) Wake(ctx context.Context) (<-chan string, error) {
	heard := make(chan string, 64)
	end := hearSystem(heard)
	go h.hearRecords(ctx, heard)
	go hearLife(ctx, heard)
	wakes := make(chan string)
	go func() {
		defer close(wakes)
		defer end()
		debounce(ctx, heard, wakes, wakePause)
	}()
	return wakes, nil
}

// hearLife hears what only a service is told.
func hearLife(ctx context.Context, heard chan<- string) {
	for notice := range serviceLife.follow(ctx) {
		switch notice {
		case lifeSession:
			wake(heard, "logged_in_users", "remote_sessions")
		case lifeResume:
			wake(heard, "usb_devices", "connected_displays", "arrivals", "network_interfaces", "power", "logged_in_users")
		case lifeSuspend:
		}
	}
}

// wake says which classes should look and waits for nobody: where the list is
// full, they look anyhow.
func wake(heard chan<- string, classes ...string) {
	for _, class := range classes {
		select {
		case heard <- class:
		default:
		}
	}
}

// wakeListeners are those who hear what Windows calls us for. A call names one by
// its number, since it may come late.
var wakeListeners = struct {
	sync.Mutex
	last uintptr
	by   map[uintptr]chan<- string
}{by: map[uintptr]chan<- string{}}

// An entry from Windows into Go lasts as long as the process, so there is one each.
var (
	deviceEntry  = sync.OnceValue(func() uintptr { return windows.NewCallback(deviceNotice) })
	networkEntry = sync.OnceValue(func() uintptr { return windows.NewCallback(networkNotice) })
)

func wakeListener(number uintptr, classes ...string) {
	wakeListeners.Lock()
	defer wakeListeners.Unlock()
	if heard, ok := wakeListeners.by[number]; ok {
		wake(heard, classes...)
	}
}

// hearSystem has Windows call us until end is called.
func hearSystem(heard chan<- string) (end func()) {
	wakeListeners.Lock()
	wakeListeners.last++
	number := wakeListeners.last
	wakeListeners.by[number] = heard
	wakeListeners.Unlock()
	endDevices, _ := hearDevices(number) // what is not heard is looked at in its turn
	endNetworks, _ := hearNetworks(number)
	return func() {
		wakeListeners.Lock()
		delete(wakeListeners.by, number)
		wakeListeners.Unlock()
		for _, end := range []func(){endDevices, endNetworks} {
			if end != nil {
				end()
			}
		}
	}
}

// hearDevices asks to be told of each way to a device that comes or goes.
func hearDevices(number uintptr) (end func(), err error) {
	const doing, allInterfaces, all = "listen for devices", 0, 1 // CM_NOTIFY_FILTER_TYPE_DEVICEINTERFACE, …_FLAG_ALL_INTERFACE_CLASSES
	filter := struct {
		size, flags, kind, reserved, union uint32
		rest                               [396]byte
	}{flags: all, kind: allInterfaces}
	filter.size = uint32(unsafe.Sizeof(filter))
	if err := unregisterDeviceNotice.there(); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	var handle uintptr
	status, _, err := registerDeviceNotice.do(uintptr(unsafe.Pointer(&filter)), number, deviceEntry(), uintptr(unsafe.Pointer(&handle)))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", doing, err)
	case status != 0:
		return nil, fmt.Errorf("%s: Windows refuses with %d", doing, status)
	}
	return func() { _, _, _ = unregisterDeviceNotice.do(handle) }, nil // nothing hangs on it
}

// deviceNotice is called by Windows, with CM_NOTIFY_EVENT_DATA: a kind, a class,
// and the name of the way to the device.
// What is shorter than a register has its own width here: of what else lies there
// nothing is promised.
func deviceNotice(_, number uintptr, action uint32, notice *[24]byte, size uint32) uintptr {
	const arrival, removal, head, longest = 0, 1, 24, 1024
	if action != arrival && action != removal || notice == nil || size <= head {
		return 0
	}
	raw := unsafe.Slice((*byte)(unsafe.Pointer(notice)), min(size, longest))
	wakeListener(number, wokenBy(interfaceClass(zeroText(raw[head:])))...)
	return 0
}

// hearNetworks asks to be told when an interface gets or loses an address or a way out.
func hearNetworks(number uintptr) (end func(), err error) {
	const doing = "listen for network interfaces"
	if err := cancelNotice.there(); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	var handle uintptr
	status, _, err := noticeInterfaces.do(windows.AF_UNSPEC, networkEntry(), number, 0, uintptr(unsafe.Pointer(&handle)))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", doing, err)
	case status != 0:
		return nil, failed(doing, syscall.Errno(status))
	}
	return func() { _, _, _ = cancelNotice.do(handle) }, nil // nothing hangs on it
}

func networkNotice(number, _ uintptr, _ uint32) uintptr {
	wakeListener(number, "network_interfaces")
	return 0
}
