package host

import (
	"context"
	"errors"

	"golang.org/x/sys/windows"
)

var _ NeighbourHost = (*LiveHost)(nil)

// Neighbours are those of Windows' two tables.
func (h *LiveHost) Neighbours(context.Context) ([]Neighbour, error) {
	found, names, err := ownAddresses()
	if err != nil {
		return nil, err
	}
	four, errFour := neighbourTable.read(windows.AF_INET)
	six, errSix := neighbourTable.read(windows.AF_INET6)
	if errFour == nil {
		errSix = nil // a machine may have only the older protocol
	}
	return append(found, adapterNeighboursIn(append(four, six...), names)...), errors.Join(errFour, errSix)
}
