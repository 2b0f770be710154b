package host

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// takeRight takes up a right that this process' account has but does not use by
// itself: to an administrator Windows gives most of them so.
func takeRight(name string) error {
	doing := "take up " + name
	text, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	var wanted windows.Tokenprivileges
	wanted.PrivilegeCount = 1
	wanted.Privileges[0].Attributes = windows.SE_PRIVILEGE_ENABLED
	if err := windows.LookupPrivilegeValue(nil, text, &wanted.Privileges[0].Luid); err != nil {
		return failedAs(doing, err)
	}
	var token windows.Token
	if err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ADJUST_PRIVILEGES|windows.TOKEN_QUERY, &token); err != nil {
		return failedAs(doing, err)
	}
	defer func() { _ = token.Close() }() // what was changed stays
	// Windows says yes even where the account has no such right, and tells so only
	// as the last error.
	ok, last, err := adjustRights.do(uintptr(token), 0, uintptr(unsafe.Pointer(&wanted)), 0, 0, 0)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", doing, err)
	case last == windows.ERROR_NOT_ALL_ASSIGNED:
		return fmt.Errorf("%s: %w: run as administrator, as the service does", doing, ErrDenied)
	case ok == 0:
		return failed(doing, last)
	}
	return nil
}

var adjustRights = calls("advapi32.dll")("AdjustTokenPrivileges")
