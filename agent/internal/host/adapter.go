package host

import (
	"encoding/binary"
	"io/fs"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Sizes of the rows in which Windows tells of its network (netioapi.h).
const (
	adapterRowSize   = 1352 // MIB_IF_ROW2
	routeRowSize     = 104  // MIB_IPFORWARD_ROW2
	neighbourRowSize = 88   // MIB_IPNET_ROW2
)

// Types of interface as IANA numbers them, and physical media as NDIS does.
const (
	adapterEthernet = 6
	adapterPPP      = 23
	adapterLoopback = 24
	adapterVirtual  = 53 // propVirtual: what programs make, Wintun and WireGuard among them
	adapterWiFi     = 71
	adapterTunnel   = 131
	adapterBridge   = 209
	adapterWWAN     = 243 // and 244

	mediumWirelessLAN  = 1
	mediumWirelessWAN  = 8
	mediumNative80211  = 9
	adapterIsHardware  = 1 << 0
	adapterIsFilter    = 1 << 1 // a driver that looks on, not an interface
	adapterIsUp        = 1
	adapterAliasStart  = 28
	adapterMakeStart   = 542
	adapterTextEnd     = 514 // bytes of each of the two texts
	adapterNumbersFrom = 1124
)

// An adapter is an interface as Windows has it.
type adapter struct {
	number        uint32
	guid          [16]byte
	alias, make   string
	mtu           uint32
	kind, tunnel  uint32
	medium, state uint32
	flags         byte
}

// adaptersIn reads rows of MIB_IF_ROW2.
func adaptersIn(rows []byte) []adapter {
	var found []adapter
	for ; len(rows) >= adapterRowSize; rows = rows[adapterRowSize:] {
		number := func(at int) uint32 { return binary.LittleEndian.Uint32(rows[adapterNumbersFrom+at:]) }
		a := adapter{
			number: binary.LittleEndian.Uint32(rows[8:]), guid: [16]byte(rows[12:28]),
			alias: wideText(rows[adapterAliasStart:][:adapterTextEnd]), make: wideText(rows[adapterMakeStart:][:adapterTextEnd]),
			mtu: number(0), kind: number(4), tunnel: number(8), medium: number(16), flags: rows[adapterNumbersFrom+28], state: number(32),
		}
		if a.flags&adapterIsFilter == 0 && a.alias != "" {
			found = append(found, a)
		}
	}
	return found
}

// tunnelWords are in the names of adapters by which VPNs and overlay networks
// stand in for a card: Windows takes these for Ethernet.
var tunnelWords = regexp.MustCompile(`(?i)\b(tap|tun|wintun|vpn|wireguard|tailscale|zerotier|anyconnect|pangp|fortinet|forticlient|juniper|pulse secure|check point|sonicwall|netskope|zscaler|nordlynx|hamachi|openvpn|softether|f5|citrix|array networks|wan miniport)\b`)

// interfaceKindOf goes from the surest sign to the vaguest. Instance is that of
// the adapter's device, where it has one.
func (a adapter) interfaceKind(instance string) string {
	hardware := a.flags&adapterIsHardware != 0
	bus, _, _ := strings.Cut(strings.ToUpper(instance), `\`)
	switch {
	case a.kind == adapterLoopback:
		return "loopback"
	case a.kind == adapterWWAN || a.kind == adapterWWAN+1 || a.medium == mediumWirelessWAN:
		return "wwan"
	case a.kind == adapterTunnel || a.kind == adapterPPP || a.kind == adapterVirtual || a.tunnel != 0:
		return "tunnel"
	case a.kind == adapterBridge:
		return "bridge"
	case !hardware && tunnelWords.MatchString(a.make):
		return "tunnel"
	case !hardware && (bus == "ROOT" || bus == "SWD" || strings.Contains(instance, `\vwifimp`) || a.kind == adapterEthernet && bus == ""):
		return "virtual"
	case a.kind == adapterWiFi || a.medium == mediumWirelessLAN || a.medium == mediumNative80211:
		return "wifi"
	case bus == "USB":
		return "usb"
	case a.kind == adapterEthernet:
		return "ethernet"
	}
	return "unknown"
}

// again is what Windows puts behind the name of a second card of a kind.
var again = regexp.MustCompile(` #\d+$`)

// asInterface makes the row of an adapter.
func (a adapter) asInterface(instance string, ways []gateway) Interface {
	i := Interface{
		Name: a.alias, Kind: a.interfaceKind(instance), Up: a.state == adapterIsUp,
		Driver: again.ReplaceAllString(a.make, ""), Number: int(a.number),
	}
	if a.kind == adapterPPP { // Windows calls it as the person did who set it up
		i.Driver = "WAN Miniport"
	}
	if a.mtu < 1<<20 { // the loopback says that anything goes
		i.MTU = int(a.mtu)
	}
	for _, way := range ways {
		if way.adapter == a.number {
			i.Default = true
			i.Gateway = strings.ToLower(way.hardware)
			if i.Gateway != "" {
				break
			}
		}
	}
	return i
}

// A gateway is where packets without a nearer way go.
type gateway struct {
	adapter  uint32
	address  netip.Addr // not valid for a way without a router, as into a tunnel
	hardware string
}

// gatewaysIn finds the default routes among rows of MIB_IPFORWARD_ROW2. A VPN often
// takes the default as two halves so that the former one stays; a half counts.
func gatewaysIn(rows []byte) []gateway {
	var found []gateway
	for ; len(rows) >= routeRowSize; rows = rows[routeRowSize:] {
		destination, length := socketAddress(rows[12:40]), rows[40]
		whole := length == 0
		half := length == 1 && destination.IsValid() && slices.Contains([]byte{0, 0x80}, destination.AsSlice()[0])
		if !destination.IsValid() || !whole && !half {
			continue
		}
		way := gateway{adapter: binary.LittleEndian.Uint32(rows[8:]), address: socketAddress(rows[44:72])}
		if way.address.IsUnspecified() {
			way.address = netip.Addr{}
		}
		found = append(found, way)
	}
	return found
}

// meetNeighbours fills the hardware addresses of gateways from rows of MIB_IPNET_ROW2.
func meetNeighbours(ways []gateway, rows []byte) {
	for ; len(rows) >= neighbourRowSize; rows = rows[neighbourRowSize:] {
		const length = 6
		address, adapter := socketAddress(rows[:28]), binary.LittleEndian.Uint32(rows[28:])
		hardware := net.HardwareAddr(rows[40 : 40+length])
		if binary.LittleEndian.Uint32(rows[72:]) != length || hardware.String() == "00:00:00:00:00:00" {
			continue
		}
		for i := range ways {
			if ways[i].adapter == adapter && ways[i].address.IsValid() && ways[i].address == address {
				ways[i].hardware = hardware.String()
			}
		}
	}
}

// socketAddress reads a SOCKADDR_INET.
func socketAddress(b []byte) netip.Addr {
	const v4, v6 = 2, 23
	switch binary.LittleEndian.Uint16(b) {
	case v4:
		return netip.AddrFrom4([4]byte(b[4:8]))
	case v6:
		return netip.AddrFrom16([16]byte(b[8:24]))
	}
	return netip.Addr{}
}

// adapterInstance is the instance of the device that an interface is of; empty
// where there is none, as for what a driver alone makes.
func adapterInstance(files fs.FS, guid [16]byte) string {
	const adapters = "registry/HKLM/SYSTEM/CurrentControlSet/Control/Network/{4D36E972-E325-11CE-BFC1-08002BE10318}/"
	instance, err := fs.ReadFile(files, adapters+guidText(guid)+"/Connection/PnPInstanceID")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(instance))
}
