package host

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// What the portable readers believe of macOS' structures must be what x/sys says
// of them: a difference is an array of another length, and does not compile.
var (
	_ [unsafe.Sizeof(unix.KinfoProc{})]byte                                           = [kinfoSize]byte{}
	_ [unsafe.Offsetof(unix.KinfoProc{}.Proc.P_stat)]byte                             = [kinfoState]byte{}
	_ [unsafe.Offsetof(unix.KinfoProc{}.Proc.P_pid)]byte                              = [kinfoPID]byte{}
	_ [unsafe.Offsetof(unix.KinfoProc{}.Proc.P_comm)]byte                             = [kinfoName]byte{}
	_ [unsafe.Sizeof(unix.KinfoProc{}.Proc.P_comm)]byte                               = [kinfoNameLength]byte{}
	_ [offsetOfEproc + unsafe.Offsetof(unix.Eproc{}.Ppid)]byte                        = [kinfoParent]byte{}
	_ [offsetOfEproc + unsafe.Offsetof(unix.Eproc{}.Ucred) + offsetOfCredentials]byte = [kinfoUID]byte{}
)

const (
	offsetOfEproc       = unsafe.Offsetof(unix.KinfoProc{}.Eproc)
	offsetOfCredentials = unsafe.Offsetof(unix.Ucred{}.Uid)
)
