package host

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"
	winreg "golang.org/x/sys/windows/registry"
)

// liveRegistry is the registry of the machine we run on, always as a 64-bit
// program sees it: what 32-bit ones see is in it below WOW6432Node.
type liveRegistry struct{}

var regEnumValue = calls("advapi32.dll")("RegEnumValueW")

func (liveRegistry) open(root, key string) (registryKey, error) {
	tree := winreg.LOCAL_MACHINE
	if root == "HKU" {
		tree = winreg.USERS
	}
	opened, err := winreg.OpenKey(tree, key, winreg.QUERY_VALUE|winreg.ENUMERATE_SUB_KEYS|winreg.WOW64_64KEY)
	if err != nil {
		return nil, err // an Errno, which is fs.ErrNotExist or fs.ErrPermission where it means that
	}
	return liveKey{opened}, nil
}

type liveKey struct{ key winreg.Key }

func (k liveKey) close() { _ = k.key.Close() } // it was only read

func (k liveKey) written() time.Time {
	stat, err := k.key.Stat()
	if err != nil {
		return time.Time{}
	}
	return stat.ModTime().UTC()
}

// keys are the names of the keys below. One that is made or goes meanwhile may be
// in the list or not.
func (k liveKey) keys() ([]string, error) {
	return k.names(func(i uint32, name *uint16, length *uint32) syscall.Errno {
		err := windows.RegEnumKeyEx(windows.Handle(k.key), i, name, length, nil, nil, nil, nil)
		errno, _ := errorNumber(err)
		return errno
	})
}

func (k liveKey) values() ([]string, error) {
	if err := regEnumValue.there(); err != nil {
		return nil, err
	}
	return k.names(func(i uint32, name *uint16, length *uint32) syscall.Errno {
		got, _, _ := regEnumValue.do(uintptr(k.key), uintptr(i), uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(length)), 0, 0, 0, 0)
		return syscall.Errno(got)
	})
}

// names asks for one name after another. Those that hold a zero, which some put
// there so that no editor shows the value, are whole.
func (k liveKey) names(next func(i uint32, name *uint16, length *uint32) syscall.Errno) ([]string, error) {
	var names []string
	buffer := make([]uint16, 16384) // the longest name of a value and its end (Registry element size limits)
	for i := range uint32(maxRegistryNames) {
		length := uint32(len(buffer))
		switch errno := next(i, &buffer[0], &length); errno {
		case 0:
			names = append(names, string(utf16.Decode(buffer[:min(length, uint32(len(buffer)))])))
		case windows.ERROR_NO_MORE_ITEMS:
			return names, nil
		default:
			return names, errno
		}
	}
	return names, fmt.Errorf("more than %d names", maxRegistryNames)
}

func (k liveKey) value(name string) (uint32, []byte, error) {
	if strings.ContainsRune(name, 0) {
		return 0, nil, syscall.ERROR_FILE_NOT_FOUND
	}
	raw := make([]byte, 512)
	n, kind, err := k.key.GetValue(name, raw)
	if errors.Is(err, winreg.ErrShortBuffer) && n <= maxRegistryValue {
		raw = make([]byte, n)
		n, kind, err = k.key.GetValue(name, raw)
	}
	switch {
	case errors.Is(err, winreg.ErrShortBuffer):
		return 0, nil, fmt.Errorf("a value of %d bytes, the most is %d", n, maxRegistryValue)
	case err != nil:
		return 0, nil, err
	}
	return kind, raw[:n], nil
}

func errorNumber(err error) (syscall.Errno, bool) {
	var errno syscall.Errno
	return errno, errors.As(err, &errno)
}
