package sensor

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

const enrolledFolder = "var/lib/fprint" // fprintd's; a folder of its own for each person enrolled

// Where systemd, or libfprint on older systems, lists the fingerprint readers
// that it knows, and where a system that can use one keeps its service.
var (
	readerLists = []string{"usr/lib/udev/hwdb.d/60-autosuspend-fingerprint-reader.hwdb", "usr/lib/udev/hwdb.d/60-autosuspend-libfprint-2.hwdb"}
	readerUnits = []string{"usr/lib/systemd/system/fprintd.service", "lib/systemd/system/fprintd.service"}
)

// biometricOf looks at the fingerprint reader once in a while.
func (w *postureWindow) biometricOf(h host.Host, now float64) (string, error) {
	if w.biometric == "" || now < w.asked || now-w.asked >= rarely.Seconds() {
		w.biometric, w.trouble = biometricNow(h)
		w.asked = now
	}
	return w.biometric, w.trouble
}

func biometricNow(h host.Host) (string, error) {
	switch h.Platform().OS {
	case "linux":
		return readBiometric(h.Files())
	case "windows":
		return windowsBiometric(h.Files())
	}
	return "", nil // macOS tells nobody but the person who is logged in
}

func readBiometric(fsys host.FS) (string, error) {
	switch {
	case !hasReader(fsys):
		return "none", nil
	case !exists(fsys, readerUnits[0]) && !exists(fsys, readerUnits[1]):
		return "not_offered", nil
	}
	people, err := fs.ReadDir(fsys, enrolledFolder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "not_enrolled", nil
	case errors.Is(err, fs.ErrPermission):
		return "unknown", fmt.Errorf("see whether a fingerprint is enrolled: %w: run as root", host.ErrDenied)
	case err != nil:
		return "unknown", fmt.Errorf("see whether a fingerprint is enrolled: %w", err)
	case len(people) > 0: // who they are is not looked at
		return "enrolled", nil
	}
	return "not_enrolled", nil
}

// hasReader says whether a reader is there that this system can use.
func hasReader(fsys host.FS) bool {
	readers := map[string]bool{}
	for _, list := range readerLists {
		addReaders(readers, attribute(fsys, list))
	}
	if len(readers) == 0 {
		return false
	}
	ports, err := fs.ReadDir(fsys, usbFolder)
	if err != nil {
		return false // a machine without USB
	}
	for _, port := range ports[:min(len(ports), rowLimit)] {
		if strings.Contains(port.Name(), ":") {
			continue // a function of a device, not a device
		}
		dir := path.Join(usbFolder, port.Name())
		if readers[strings.ToUpper(attribute(fsys, path.Join(dir, "idVendor"))+":"+attribute(fsys, path.Join(dir, "idProduct")))] {
			return true
		}
	}
	return false
}

// addReaders reads lines such as "usb:v06CBp00BD*" up to those that are known and cannot
// be used: a person cannot enrol with them.
func addReaders(readers map[string]bool, list string) {
	for line := range strings.Lines(list) {
		if strings.HasPrefix(line, "# Known unsupported") {
			return
		}
		id, ok := strings.CutPrefix(strings.TrimSpace(line), "usb:v")
		if vendor, product, cut := strings.Cut(strings.TrimSuffix(id, "*"), "p"); ok && cut && len(vendor) == 4 && len(product) == 4 {
			readers[vendor+":"+product] = true
		}
	}
}
