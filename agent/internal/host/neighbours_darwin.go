package host

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/net/route"
	"golang.org/x/sys/unix"
)

var _ NeighbourHost = (*LiveHost)(nil)

// Neighbours are those of the kernel's routes to machines next to this one.
func (h *LiveHost) Neighbours(context.Context) ([]Neighbour, error) {
	found, names, err := ownAddresses()
	if err != nil {
		return nil, err
	}
	var problems []error
	for _, family := range []int{unix.AF_INET, unix.AF_INET6} {
		table, err := retry(func() ([]byte, error) { return route.FetchRIB(family, unix.NET_RT_FLAGS, unix.RTF_LLINFO) })
		if err != nil {
			problems = append(problems, fmt.Errorf("ask for neighbours: %w", err))
			continue
		}
		known, err := parseNeighbours(table)
		if err != nil {
			problems = append(problems, fmt.Errorf("read neighbours: %w", err))
		}
		found = append(found, macNeighboursOf(known, names)...)
	}
	return found, errors.Join(problems...)
}
