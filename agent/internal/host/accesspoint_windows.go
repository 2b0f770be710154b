package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	wlanapi            = calls("wlanapi.dll")
	wlanOpenHandle     = wlanapi("WlanOpenHandle")
	wlanCloseHandle    = wlanapi("WlanCloseHandle")
	wlanEnumInterfaces = wlanapi("WlanEnumInterfaces")
	wlanQueryInterface = wlanapi("WlanQueryInterface")
	wlanFreeMemory     = wlanapi("WlanFreeMemory")
)

// listAccessPoints asks the service for Wi-Fi. A machine without Wi-Fi, on which
// it does not run, has no rows, which is an answer.
func (h *LiveHost) listAccessPoints(ctx context.Context) ([]AccessPoint, error) {
	const doing, version = "ask which access point this laptop is joined to", 2
	var handle uintptr
	var negotiated uint32
	status, _, err := wlanOpenHandle.do(version, 0, uintptr(unsafe.Pointer(&negotiated)), uintptr(unsafe.Pointer(&handle)))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", doing, err)
	case syscall.Errno(status) == windows.ERROR_SERVICE_NOT_ACTIVE, syscall.Errno(status) == windows.ERROR_SERVICE_DOES_NOT_EXIST:
		return nil, nil
	case status != 0:
		return nil, failed(doing, syscall.Errno(status))
	}
	defer func() { _, _, _ = wlanCloseHandle.do(handle, 0) }() // it was only read
	var list unsafe.Pointer
	switch status, _, err := wlanEnumInterfaces.do(handle, 0, uintptr(unsafe.Pointer(&list))); {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", doing, err)
	case status != 0:
		return nil, failed(doing, syscall.Errno(status))
	case list == nil:
		return nil, nil
	}
	defer freeWLAN(list)
	const size, most = 532, 64
	count := min(*(*uint32)(list), most)
	cards, err := parseWLANCards(unsafe.Slice((*byte)(list), 8+size*int(count)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	var points []AccessPoint
	var problems []error
	for _, card := range cards {
		if !card.joined || ctx.Err() != nil {
			continue
		}
		point, joined, err := joinedTo(handle, card)
		if point.Interface = connectionName(h.files, card); joined {
			points = append(points, point)
		}
		problems = append(problems, err)
	}
	return points, errors.Join(append(problems, ctx.Err())...)
}

// joinedTo asks one card. Since Windows 11 24H2 that tells where a laptop is, and
// so needs a consent.
func joinedTo(handle uintptr, card wlanCard) (point AccessPoint, joined bool, err error) {
	const currentConnection = 7 // wlan_intf_opcode_current_connection
	doing := "ask which access point " + card.about + " is joined to"
	var answer unsafe.Pointer
	var size uint32
	status, _, err := wlanQueryInterface.do(handle, uintptr(unsafe.Pointer(&card.raw)), currentConnection, 0, uintptr(unsafe.Pointer(&size)), uintptr(unsafe.Pointer(&answer)), 0)
	switch errno := syscall.Errno(status); {
	case err != nil:
		return point, false, fmt.Errorf("%s: %w", doing, err)
	case errno == windows.ERROR_ACCESS_DENIED:
		return point, false, fmt.Errorf("%s: %w: Windows shows access points only where location is allowed: turn on location services, or allow them to farmwatch by policy (LetAppsAccessLocation)", doing, ErrDenied)
	case errno == windows.ERROR_INVALID_STATE, errno == windows.ERROR_NOT_FOUND:
		return point, false, nil // it left meanwhile
	case errno != 0:
		return point, false, failed(doing, errno)
	case answer == nil:
		return point, false, nil
	}
	defer freeWLAN(answer)
	point, err = parseWLANConnection(unsafe.Slice((*byte)(answer), min(size, 4096)))
	return point, err == nil, err
}

// connectionName is what a card's connection is called, by which interfaces are known.
func connectionName(files FS, card wlanCard) string {
	const connections = registryRoot + "/HKLM/SYSTEM/CurrentControlSet/Control/Network/{4D36E972-E325-11CE-BFC1-08002BE10318}/"
	name, err := fs.ReadFile(files, connections+card.id+"/Connection/Name")
	if err != nil || len(name) == 0 {
		return card.about
	}
	return strings.TrimSpace(string(name))
}

func freeWLAN(answer unsafe.Pointer) { _, _, _ = wlanFreeMemory.do(uintptr(answer)) } // it gives nothing back
