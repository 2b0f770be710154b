package sensor

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// Where Windows keeps the readers that it set up, and which kinds of biometric
// each account has enrolled.
const (
	winbioService  = "registry/HKLM/SYSTEM/CurrentControlSet/Services/WbioSrvc"
	winbioAccounts = "registry/HKLM/SOFTWARE/Microsoft/Windows/CurrentVersion/WinBio/AccountInfo"
	winbioFinger   = 8 // WINBIO_TYPE_FINGERPRINT
)

// windowsBiometric says of a fingerprint reader what readBiometric does on Linux.
func windowsBiometric(fsys host.FS) (string, error) {
	const disabled = "4"
	readers, err := anyNumber(fsys, path.Join(winbioService, "Databases"), "BiometricType", func(kind uint64) bool { return kind == winbioFinger })
	switch {
	case err != nil:
		return "unknown", err
	case !readers:
		return "none", nil
	case attribute(fsys, path.Join(winbioService, "Start")) == disabled:
		return "not_offered", nil
	}
	enrolled, err := anyNumber(fsys, winbioAccounts, "EnrolledFactors", func(kinds uint64) bool { return kinds&winbioFinger != 0 })
	switch {
	case err != nil:
		return "unknown", err
	case enrolled: // who it is, is not looked at
		return "enrolled", nil
	}
	return "not_enrolled", nil
}

// anyNumber says whether a value of one of the keys below a key fits.
func anyNumber(fsys host.FS, key, value string, fits func(uint64) bool) (bool, error) {
	below, err := fs.ReadDir(fsys, key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case errors.Is(err, fs.ErrPermission):
		return false, fmt.Errorf("see whether a fingerprint is enrolled: %w: run as administrator", host.ErrDenied)
	case err != nil:
		return false, fmt.Errorf("see whether a fingerprint is enrolled: %w", err)
	}
	for _, one := range below[:min(len(below), 256)] {
		number, err := strconv.ParseUint(attribute(fsys, path.Join(key, one.Name(), value)), 10, 64)
		if err == nil && fits(number) {
			return true, nil
		}
	}
	return false, nil
}
