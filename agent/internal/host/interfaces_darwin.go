package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"golang.org/x/net/route"
	"golang.org/x/sys/unix"
)

var _ InterfaceHost = (*LiveHost)(nil)

// Questions about one interface (sys/sockio.h), with their structures.
const (
	askFunction    = 0xc02069ad // SIOCGIFFUNCTIONALTYPE, of a struct ifreq
	interfaceNames = 16         // IFNAMSIZ
	mediumKnown    = 1          // IFM_AVALID
	mediumActive   = 2          // IFM_ACTIVE
)

// What the portable readers believe must be what x/sys says.
var (
	_ [unix.SizeofIfMsghdr2]byte                    = [ribLinkEnd]byte{}
	_ [unix.SizeofRtMsghdr]byte                     = [ribRouteEnd]byte{}
	_ [unix.SizeofIfaMsghdr]byte                    = [ribAddressEnd]byte{}
	_ [unsafe.Offsetof(unix.IfMsghdr2{}.Data)]byte  = [32]byte{}
	_ [unsafe.Offsetof(unix.IfMsghdr2{}.Index)]byte = [12]byte{}
	_ [unsafe.Offsetof(unix.IfData64{}.Mtu)]byte    = [8]byte{}
	_ [unix.RTF_IFSCOPE]byte                        = [routeScoped]byte{}
	_ [unix.AF_INET6]byte                           = [macIPv6]byte{}
	_ [unix.AF_LINK]byte                            = [macLinkLayer]byte{}
	_ [unix.RTM_IFINFO2]byte                        = [ribLink]byte{}
)

// functionRequest is a struct ifreq, mediumRequest a struct ifmediareq.
type functionRequest struct {
	name       [interfaceNames]byte
	functional uint32
	_          [12]byte
}

type mediumRequest struct {
	name                                 [interfaceNames]byte
	current, mask, status, active, count int32
	_                                    [8]byte // where the kinds would go, which nobody asks for
}

// Interfaces are the ways onto a network: four tables of the kernel, two
// questions for each interface, and the drivers from the registry.
func (h *LiveHost) Interfaces(context.Context) ([]Interface, error) {
	var problems []error
	table := func(family int, kind route.RIBType, flags int) []byte {
		answer, err := retry(func() ([]byte, error) { return route.FetchRIB(family, kind, flags) })
		if err != nil {
			problems = append(problems, fmt.Errorf("ask for interfaces and routes: %w", err))
		}
		return answer
	}
	keep := func(err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("read interfaces and routes: %w", err))
		}
	}
	links, err := parseLinks(table(unix.AF_UNSPEC, unix.NET_RT_IFLIST2, 0))
	keep(err)
	ways, err := parseDefaults(table(unix.AF_UNSPEC, unix.NET_RT_DUMP, 0))
	keep(err)
	neighbours, err := parseNeighbours(append(table(unix.AF_INET, unix.NET_RT_FLAGS, unix.RTF_LLINFO), table(unix.AF_INET6, unix.NET_RT_FLAGS, unix.RTF_LLINFO)...))
	keep(err)
	facts, err := linksKnown(links)
	keep(err)
	return macInterfaces(links, ways, neighbours, facts), errors.Join(problems...)
}

// linksKnown asks what each interface does, whether anything is at its other end
// and what drives it.
func linksKnown(links []macLink) (map[string]linkFacts, error) {
	drivers, err := networkDrivers()
	asked, socketErr := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if socketErr != nil {
		return drivers, errors.Join(err, fmt.Errorf("ask for interfaces: %w", socketErr))
	}
	defer func() { _ = unix.Close(asked) }() // nothing was written to it
	for _, l := range links {
		known := drivers[l.name]
		var function functionRequest
		copy(function.name[:interfaceNames-1], l.name)
		if ask(asked, askFunction, unsafe.Pointer(&function)) == 0 {
			known.functional = function.functional
		}
		var medium mediumRequest
		copy(medium.name[:interfaceNames-1], l.name)
		if ask(asked, unix.SIOCGIFMEDIA, unsafe.Pointer(&medium)) == 0 { // most have no medium
			known.unplugged = medium.status&mediumKnown != 0 && medium.status&mediumActive == 0
		}
		drivers[l.name] = known
	}
	return drivers, err
}

func ask(socket int, question uintptr, request unsafe.Pointer) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(socket), question, uintptr(request)) //nolint:staticcheck // libSystem has it behind "...", where purego puts no argument
	return errno
}

// networkDrivers are the drivers of the interfaces that have hardware, by name:
// the first above an interface that is not of a kind Apple made for all.
func networkDrivers() (map[string]linkFacts, error) {
	found := map[string]linkFacts{}
	list, err := ioServices("IONetworkInterface")
	if err != nil {
		return found, err
	}
	defer list.release()
	for entry := list.next(); entry != 0; entry = list.next() {
		if written, err := entry.list(); err == nil {
			if known, err := readProperties(written); err == nil && known.text("BSD Name") != "" {
				found[known.text("BSD Name")] = driverAbove(entry)
			}
		}
		entry.release()
	}
	return found, nil
}

func driverAbove(entry ioObject) linkFacts {
	var known linkFacts
	above := entry.parent()
	for range maxIODepth {
		if above == 0 {
			break
		}
		if class := above.word("IOObjectGetClass"); known.driver == "" && !strings.HasPrefix(class, "IO") {
			known.driver = class
		}
		known.usb = known.usb || above.isOf("IOUSBHostInterface") || above.isOf("IOUSBHostDevice")
		next := above.parent()
		above.release()
		above = next
	}
	above.release()
	return known
}
