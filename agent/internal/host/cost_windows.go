package host

import (
	"context"
	"fmt"
	"os"
	"time"
	"unsafe"

	"github.com/shirou/gopsutil/v3/process"
	"golang.org/x/sys/windows"
)

var getProcessHandleCount = calls("kernel32.dll")("GetProcessHandleCount")

// cost is what Windows counts of this process. Of open things it counts all, such
// as threads and locks, which are more than files and connections.
func (h *LiveHost) cost(ctx context.Context) (Cost, error) {
	self, err := process.NewProcessWithContext(ctx, int32(os.Getpid()))
	if err != nil {
		return Cost{}, fmt.Errorf("find own process: %w", err)
	}
	times, err := self.TimesWithContext(ctx)
	if err != nil {
		return Cost{}, fmt.Errorf("read own CPU time: %w", err)
	}
	memory, err := self.MemoryInfoWithContext(ctx)
	if err != nil {
		return Cost{}, fmt.Errorf("read own memory: %w", err)
	}
	c := Cost{CPU: time.Duration((times.User + times.System) * float64(time.Second)), RSS: memory.RSS}
	var handles uint32
	if ok, _, err := getProcessHandleCount.do(uintptr(windows.CurrentProcess()), uintptr(unsafe.Pointer(&handles))); err == nil && ok != 0 {
		c.OpenFiles = int(handles)
	}
	return c, nil
}
