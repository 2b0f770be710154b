package host

import "strings"

// linkFacts are what else is known of an interface, by its name.
type linkFacts struct {
	functional uint32 // IFRTYPE_FUNCTIONAL_ of net/if.h
	unplugged  bool   // its medium says that nothing is at the other end
	driver     string
	usb        bool // its hardware is on the USB bus
}

// Kinds of interface by what they do, and by what they are (net/if_types.h).
const (
	functionLoopback = 1
	functionWiFi     = 3 // 4 is Wi-Fi from laptop to laptop, as AirDrop uses it
	functionCellular = 5

	typeMacEthernet = 0x06
	typeMacPPP      = 0x17
	typeMacLoopback = 0x18
	typeMacGIF      = 0x37
	typeMacSTF      = 0x39
	typeMacBridge   = 0xd1

	flagUp      = 0x1
	flagRunning = 0x40
)

// macInterfaces puts together what the kernel says of interfaces, ways and
// neighbours.
func macInterfaces(links []macLink, ways []macRoute, neighbours map[macNeighbour]string, facts map[string]linkFacts) []Interface {
	rows := make([]Interface, 0, len(links))
	for _, l := range links {
		known := facts[l.name]
		row := Interface{Name: l.name, Kind: macKind(l, known), Driver: known.driver, MTU: l.mtu}
		row.Up = l.flags&flagUp != 0 && l.flags&flagRunning != 0 && !known.unplugged
		if row.Kind == "tunnel" {
			// macOS keeps tunnels of its own open that lead nowhere but to
			// another device of the same person.
			row.Up = row.Up && l.used
		}
		for _, way := range ways {
			if way.index != l.index {
				continue
			}
			row.Default = true
			if row.Gateway == "" {
				row.Gateway = neighbours[macNeighbour{l.index, way.gateway}]
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// macKind goes from the surest sign to the vaguest: Wi-Fi calls itself Ethernet.
func macKind(l macLink, known linkFacts) string {
	switch {
	case l.kind == typeMacLoopback, known.functional == functionLoopback:
		return "loopback"
	case isTunnel(l):
		return "tunnel"
	case l.kind == typeMacBridge, strings.HasPrefix(l.name, "bridge"):
		return "bridge"
	case known.functional == functionCellular:
		return "wwan"
	case known.functional == functionWiFi:
		return "wifi"
	case !strings.HasPrefix(l.name, "en"):
		return "virtual" // awdl, llw, ap, anpi, feth, vlan, bond, vmenet: no way out of their own
	case known.usb:
		return "usb"
	case l.kind == typeMacEthernet:
		return "ethernet"
	}
	return "unknown"
}

func isTunnel(l macLink) bool {
	for _, prefix := range []string{"utun", "ipsec", "ppp", "tun", "tap", "gif", "stf", "wg", "zt"} {
		if strings.HasPrefix(l.name, prefix) {
			return true
		}
	}
	return l.kind == typeMacPPP || l.kind == typeMacGIF || l.kind == typeMacSTF
}
