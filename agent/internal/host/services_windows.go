package host

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// runningServices are the services that run, with their processes.
func runningServices() ([]ntService, error) {
	const doing = "list services"
	scm, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_ENUMERATE_SERVICE)
	if err != nil {
		errno, _ := errorNumber(err)
		return nil, failed(doing, errno)
	}
	defer func() { _ = windows.CloseServiceHandle(scm) }() // it was only read
	raw := room(64 << 10)
	var services []ntService
	for resume := uint32(0); ; {
		var needed, count uint32
		err := windows.EnumServicesStatusEx(scm, windows.SC_ENUM_PROCESS_INFO, windows.SERVICE_WIN32, windows.SERVICE_ACTIVE,
			&raw[0], uint32(len(raw)), &needed, &count, &resume, nil)
		more := errors.Is(err, windows.ERROR_MORE_DATA)
		if err != nil && !more {
			errno, _ := errorNumber(err)
			return services, failed(doing, errno)
		}
		found, err := parseServices(raw, uint64(uintptr(unsafe.Pointer(&raw[0]))), int(count))
		services = append(services, found...)
		switch {
		case err != nil:
			return services, fmt.Errorf("%s: %w", doing, err)
		case !more:
			return services, nil
		case needed > maxAnswer || count == 0 && int(needed) <= len(raw):
			return services, fmt.Errorf("%s: it does not end", doing)
		case count == 0:
			raw = room(int(needed))
		}
	}
}
