package host

import (
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// The sizes that are read by are those of the system's own structures.
func TestNetworkRowSizes(t *testing.T) {
	var adapter windows.MibIfRow2
	var route windows.MibIpForwardRow2
	if got := unsafe.Sizeof(adapter); got != adapterRowSize || unsafe.Offsetof(adapter.Mtu) != adapterNumbersFrom || unsafe.Offsetof(adapter.Alias) != adapterAliasStart {
		t.Errorf("MIB_IF_ROW2 has %d bytes, its numbers from %d", got, unsafe.Offsetof(adapter.Mtu))
	}
	if unsafe.Offsetof(adapter.OperStatus) != adapterNumbersFrom+32 || unsafe.Offsetof(adapter.InterfaceAndOperStatusFlags) != adapterNumbersFrom+28 {
		t.Error("flags and state of MIB_IF_ROW2 are elsewhere")
	}
	if got := unsafe.Sizeof(route); got != routeRowSize || unsafe.Offsetof(route.NextHop) != 44 {
		t.Errorf("MIB_IPFORWARD_ROW2 has %d bytes, the next hop at %d", got, unsafe.Offsetof(route.NextHop))
	}
}

func TestInterfacesOfThisMachine(t *testing.T) {
	found, err := Live(time.Now).Interfaces(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", found)
	if len(found) == 0 {
		t.Error("a machine without the loopback")
	}
	for _, one := range found {
		if one.Name == "" || one.Kind == "" || one.Number == 0 {
			t.Errorf("%+v", one)
		}
	}
}
