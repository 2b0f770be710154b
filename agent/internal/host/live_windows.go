package host

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/net/bpf"
)

// machine is a Windows machine as it runs.
type machine struct {
	devices   deviceMemory
	records   keptRecords
	listening sharedListening
	processes processTable
	verdicts  *verdicts
}

func (h *LiveHost) start() {
	h.platform = platformNow(h.files)
	h.processes.users.now = h.options.Now
	h.verdicts = newVerdicts(h.options.Now)
}

func programDirs() []string { return []string{os.Getenv("SystemRoot") + `\System32\`} }

func toolEnvironment() []string {
	root := os.Getenv("SystemRoot")
	return []string{"SystemRoot=" + root, `PATH=` + root + `\System32`}
}

func (h *LiveHost) listProcesses(ctx context.Context) ([]Process, error) {
	return h.processes.list(ctx)
}

func (h *LiveHost) openPackets(context.Context, []bpf.RawInstruction) (PacketSource, error) {
	return nil, fmt.Errorf("capture packets, which Windows itself does not: %w", ErrUnsupported)
}
