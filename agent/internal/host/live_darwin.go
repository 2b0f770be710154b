package host

import (
	"context"
	"fmt"

	"golang.org/x/net/bpf"
)

// machine is a Mac as it runs.
type machine struct {
	log        macLog
	processes  processTable
	tools      toolMemory
	signatures signatures
	wireless   wireless
	cameras    cameraQuestion
}

func liveFiles(root string) FS {
	if root == "" {
		root = systemRoot()
	}
	return newOSFS(root)
}

func systemRoot() string { return "/" }

func programDirs() []string { return []string{"/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"} }

func toolEnvironment() []string {
	return []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LANG=C"}
}

func (h *LiveHost) openPackets(context.Context, []bpf.RawInstruction) (PacketSource, error) {
	return nil, fmt.Errorf("macOS itself gives no packets to programs that bring no capture of their own: %w", ErrUnsupported)
}
