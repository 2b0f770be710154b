package host

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"strconv"
	"strings"
)

// windowsVersion says which Windows the registry describes, for example
// "Windows 11 Pro 23H2 (build 22631.3007)". Windows 11 still calls itself 10 there.
func windowsVersion(files fs.FS) string {
	value := func(name string) string {
		text, err := fs.ReadFile(files, registryRoot+"/HKLM/SOFTWARE/Microsoft/Windows NT/CurrentVersion/"+name)
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(text[:min(len(text), 256)]))
	}
	product, build := strings.TrimPrefix(value("ProductName"), "Microsoft "), value("CurrentBuildNumber")
	if build == "" {
		build = value("CurrentBuild")
	}
	if product == "" {
		product = strings.TrimSpace("Windows " + value("EditionID"))
	}
	if number, err := strconv.Atoi(build); err == nil && number >= 22000 {
		product = strings.Replace(product, "Windows 10", "Windows 11", 1)
	}
	release := value("DisplayVersion")
	if release == "" {
		release = value("ReleaseId")
	}
	if release != "" {
		product += " " + release
	}
	if build != "" {
		if revision := value("UBR"); revision != "" {
			build += "." + revision
		}
		product += " (build " + build + ")"
	}
	return product
}

// machineGUID is the number that Windows gave itself when it was installed.
func machineGUID(files fs.FS) string {
	text, err := fs.ReadFile(files, registryRoot+"/HKLM/SOFTWARE/Microsoft/Cryptography/MachineGuid")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text[:min(len(text), 256)]))
}

// windowsArch is a kind of processor as Go names it (winnt.h, IMAGE_FILE_MACHINE_*).
func windowsArch(machine uint16) string {
	switch machine {
	case 0x8664:
		return "amd64"
	case 0xAA64:
		return "arm64"
	case 0x014C:
		return "386"
	}
	return ""
}

// bootMoment reads when the machine was started from what Windows says of the time
// of day (SYSTEM_TIMEOFDAY_INFORMATION). Whoever sets the clock moves the start and
// its bias alike, so that their difference stays. A start after "fast startup" goes
// on with what was kept on disk and counts as the same.
func bootMoment(raw []byte) (string, error) {
	const bootTime, bootBias = 0, 32
	if len(raw) < bootBias+8 {
		return "", errors.New("it says nothing of the start")
	}
	started, bias := binary.LittleEndian.Uint64(raw[bootTime:]), binary.LittleEndian.Uint64(raw[bootBias:])
	return "boot-" + strconv.FormatInt(int64(started-bias), 10), nil
}
