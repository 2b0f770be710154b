package host

import (
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	getFirmwareTable = calls("kernel32.dll")("GetSystemFirmwareTable")
	isWow64Process2  = calls("kernel32.dll")("IsWow64Process2")
	querySystem      = calls("ntdll.dll")("NtQuerySystemInformation")
)

// platformNow is what this machine says of itself. What is unknown stays empty.
func platformNow(files FS) Platform {
	p := Platform{OS: runtime.GOOS, OSVersion: windowsVersion(files), Arch: nativeArch(), BootID: bootID()}
	p.Name, _ = os.Hostname() // a machine has a name or none
	tables, _ := parseSMBIOS(firmwareTables())
	tables.onto(&p, machineGUID(files))
	return p
}

// nativeArch is the machine's kind of processor, which a program made for another
// one may run on.
func nativeArch() string {
	var process, native uint16
	ok, _, err := isWow64Process2.do(uintptr(windows.CurrentProcess()), uintptr(unsafe.Pointer(&process)), uintptr(unsafe.Pointer(&native)))
	if arch := windowsArch(native); err == nil && ok != 0 && arch != "" {
		return arch
	}
	return runtime.GOARCH
}

// firmwareTables are the SMBIOS tables, nil where there are none.
func firmwareTables() []byte {
	const smbiosProvider = 'R'<<24 | 'S'<<16 | 'M'<<8 | 'B'
	size, _, err := getFirmwareTable.do(smbiosProvider, 0, 0, 0)
	if err != nil || size == 0 || size > maxAnswer {
		return nil
	}
	raw := make([]byte, size)
	got, _, _ := getFirmwareTable.do(smbiosProvider, 0, uintptr(unsafe.Pointer(&raw[0])), size)
	if got == 0 || got > size {
		return nil
	}
	return raw[:got]
}

func bootID() string {
	raw := make([]byte, 48)
	var got uint32
	status, _, err := querySystem.do(windows.SystemTimeOfDayInformation, uintptr(unsafe.Pointer(&raw[0])), uintptr(len(raw)), uintptr(unsafe.Pointer(&got)))
	if err != nil || status != 0 {
		return ""
	}
	moment, err := bootMoment(raw[:min(int(got), len(raw))])
	if err != nil {
		return ""
	}
	return moment
}
