package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"golang.org/x/sys/windows"
)

// networkTable names a function of Windows that makes a table of rows, and the
// size of one. Before the rows stands their number, in eight bytes.
type networkTable struct {
	function string
	row      int
}

var (
	adapterTable   = networkTable{"GetIfTable2Ex", adapterRowSize}
	routeTable     = networkTable{"GetIpForwardTable2", routeRowSize}
	neighbourTable = networkTable{"GetIpNetTable2", neighbourRowSize}
)

// read copies a table; asked is the level or the family that it is of.
func (t networkTable) read(asked uintptr) ([]byte, error) {
	const rowLimit = 20000
	library := calls("iphlpapi.dll")
	var table *uint32
	code, _, err := library(t.function).do(asked, uintptr(unsafe.Pointer(&table)))
	if err != nil {
		return nil, err
	}
	if errno := windows.Errno(code); errno == windows.ERROR_NOT_FOUND {
		return nil, nil // no row
	} else if errno != 0 {
		return nil, failed("ask "+t.function, errno)
	}
	if table == nil {
		return nil, nil
	}
	defer windows.FreeMibTable(unsafe.Pointer(table))
	rows := min(int(*table), rowLimit) * t.row
	return slices.Clone(unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(table), 8)), rows)), nil
}

// Interfaces are the ways onto a network that carry the internet protocol.
func (h *LiveHost) Interfaces(context.Context) ([]Interface, error) {
	inUse, err := boundAdapters()
	if err != nil {
		return nil, err
	}
	const asNormal = 0
	rows, err := adapterTable.read(asNormal)
	if err != nil {
		return nil, fmt.Errorf("list network interfaces: %w", err)
	}
	routes, errRoutes := routeTable.read(windows.AF_UNSPEC)
	ways := gatewaysIn(routes)
	neighbours, errNeighbours := neighbourTable.read(windows.AF_INET)
	meetNeighbours(ways, neighbours)
	if later, err := neighbourTable.read(windows.AF_INET6); err == nil { // a machine may have only the older protocol
		meetNeighbours(ways, later)
	}
	var found []Interface
	for _, a := range adaptersIn(rows) {
		if inUse[a.number] {
			found = append(found, a.asInterface(adapterInstance(h.files, a.guid), ways))
		}
	}
	slices.SortFunc(found, func(a, b Interface) int { return a.Number - b.Number })
	return found, errors.Join(errRoutes, errNeighbours)
}

// boundAdapters are the numbers of interfaces that the internet protocol is
// bound to: Windows has a dozen more that carry nothing.
func boundAdapters() (map[uint32]bool, error) {
	const skip = windows.GAA_FLAG_SKIP_ANYCAST | windows.GAA_FLAG_SKIP_MULTICAST | windows.GAA_FLAG_SKIP_DNS_SERVER | windows.GAA_FLAG_SKIP_UNICAST
	bound := map[uint32]bool{}
	for size := uint32(32 << 10); ; {
		b := make([]byte, size)
		first := (*windows.IpAdapterAddresses)(unsafe.Pointer(unsafe.SliceData(b)))
		err := windows.GetAdaptersAddresses(windows.AF_UNSPEC, skip, 0, first, &size)
		if errors.Is(err, windows.ERROR_BUFFER_OVERFLOW) && int(size) > len(b) && size < 16<<20 {
			continue
		}
		if errors.Is(err, windows.ERROR_NO_DATA) {
			return bound, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list network interfaces: %w", err)
		}
		for a := first; a != nil; a = a.Next {
			bound[a.IfIndex], bound[a.Ipv6IfIndex] = true, true
		}
		delete(bound, 0)
		return bound, nil
	}
}
