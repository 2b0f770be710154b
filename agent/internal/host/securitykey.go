package host

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// A KeyHost is a host with which one can ask a security key for a touch.
type KeyHost interface {
	// SecurityKeys are the FIDO keys plugged in now, also those a program made.
	SecurityKeys(ctx context.Context) ([]SecurityKey, error)
	// OpenSecurityKey opens one that is hardware, for HID reports either way:
	// 65 bytes to it, the report number first, and 64 from it. A read that waits
	// ends when it is closed.
	OpenSecurityKey(ctx context.Context, k SecurityKey) (io.ReadWriteCloser, error)
}

// SecurityKey is one FIDO key.
type SecurityKey struct {
	ID      string // names it for as long as it is plugged in
	Name    string // in its own words
	Virtual bool   // a program or another machine made it
}

const hidrawFolder = "sys/class/hidraw"

// fidoPage begins the report descriptor of every FIDO key: usage page 0xf1d0
// (CTAP 2.1, section 11.2.8.1).
var fidoPage = []byte{0x06, 0xd0, 0xf1}

// sysfsSecurityKeys finds the keys among the raw input devices.
func sysfsSecurityKeys(files FS) ([]SecurityKey, error) {
	entries, err := fs.ReadDir(files, hidrawFolder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // no device, no folder
	}
	if err != nil {
		return nil, fmt.Errorf("list security keys: %w", err)
	}
	var keys []SecurityKey
	for _, entry := range entries[:min(len(entries), mostInputs)] {
		device := path.Join(hidrawFolder, entry.Name(), "device")
		descriptor, err := fs.ReadFile(files, path.Join(device, "report_descriptor"))
		if err != nil || !bytes.HasPrefix(descriptor, fidoPage) {
			continue // no key, or gone
		}
		place, err := files.ReadLink(path.Join(hidrawFolder, entry.Name()))
		if err != nil {
			place, err = files.ReadLink(device)
		}
		about, _ := fs.ReadFile(files, path.Join(device, "uevent")) // a key without a name is one all the same
		name := keyValues(about)["HID_NAME"]
		keys = append(keys, SecurityKey{ID: entry.Name(), Name: cmp.Or(name, "security key"), Virtual: err != nil || !onRealBus(place)})
	}
	return keys, nil
}

// onRealBus says whether a device's place among the kernel's devices is on
// hardware of this machine. A device of no known place is on none.
func onRealBus(place string) bool {
	return !MadeBySoftware(place) && strings.Contains(place, "/usb")
}
