package host

import (
	"context"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

var _ NeighbourHost = (*LiveHost)(nil)

// Neighbours are those of the kernel's tables of both protocols; /proc has that
// of the older one only.
func (h *LiveHost) Neighbours(context.Context) ([]Neighbour, error) {
	found, names, err := ownAddresses()
	if err != nil {
		return nil, err
	}
	table, err := syscall.NetlinkRIB(unix.RTM_GETNEIGH, unix.AF_UNSPEC)
	if err != nil {
		return found, fmt.Errorf("ask for neighbours: %w", err)
	}
	return append(found, kernelNeighboursIn(table, names)...), nil
}
