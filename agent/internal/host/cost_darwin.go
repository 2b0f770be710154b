package host

import (
	"context"
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Flavours of proc_pidinfo and what they answer (sys/proc_info.h).
const (
	procFiles     = 1  // PROC_PIDLISTFDS: a struct proc_fdinfo for each open file
	procFileSize  = 8  // sizeof(struct proc_fdinfo)
	procTask      = 4  // PROC_PIDTASKINFO: a struct proc_taskinfo
	procTaskSize  = 96 // sizeof(struct proc_taskinfo)
	maxOwnFiles   = 4096
	taskResidents = 1 // the second of its numbers of eight bytes, pti_resident_size
)

// cost asks the kernel about this very process.
func (h *LiveHost) cost(context.Context) (Cost, error) {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return Cost{}, fmt.Errorf("read own CPU time: %w", err)
	}
	c := Cost{CPU: time.Duration(usage.Utime.Nano() + usage.Stime.Nano())}
	var task [procTaskSize / 8]uint64
	got, err := libSystem.call("proc_pidinfo", uintptr(os.Getpid()), procTask, 0, uintptr(unsafe.Pointer(&task[0])), procTaskSize)
	if err != nil {
		return c, fmt.Errorf("read own memory: %w", err)
	}
	if int32(got) == procTaskSize {
		c.RSS = task[taskResidents]
	}
	var files [maxOwnFiles * procFileSize]byte
	if got, err = libSystem.call("proc_pidinfo", uintptr(os.Getpid()), procFiles, 0, uintptr(unsafe.Pointer(&files[0])), uintptr(len(files))); err == nil && int32(got) > 0 {
		c.OpenFiles = int(int32(got)) / procFileSize
	}
	return c, nil
}
