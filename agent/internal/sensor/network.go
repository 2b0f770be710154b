package sensor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// networkInterface is one way onto a network.
type networkInterface struct {
	Name         string `column:"name,key,public" about:"name of the interface, where a system or a known program named it; else its kind and number"`
	Kind         string `column:"kind,public" about:"ethernet, wifi, tunnel, bridge, virtual, loopback, usb, wwan or unknown"`
	Up           bool   `column:"up,public" about:"whether it is in use"`
	DefaultRoute string `column:"default_route,public" about:"whether traffic to the internet leaves through it"`
	VPNLike      bool   `column:"vpn_like,public" about:"whether it is a tunnel, as a VPN or an overlay network makes"`
	Driver       string `column:"driver,public" people:"out" about:"driver of its hardware"`
	Gateway      string `column:"gateway,pseudonym" about:"hardware address of the router behind it, to see which laptops stand in one place"`
	GatewayOUI   string `column:"gateway_oui,public" about:"the part of that address that names the router's maker"`
	AccessPoint  string `column:"access_point,pseudonym" about:"address of the Wi-Fi access point it is joined to, to see which laptops stand in one place"`
	MTU          string `column:"mtu,public" about:"largest packet it carries, in bytes"`
	DHCPDomain   string `column:"dhcp_domain,pseudonym" about:"name of the network that its DHCP server told, to see which laptops stand in one place"`
}

// An attached is an interface under the name that its system gives it.
type attached struct {
	networkInterface
	number string // by which the system knows it, whatever it is called
}

// Network looks at how the laptop is attached to networks.
func Network() Sensor {
	return Define(Options{
		Class: "network_interfaces", Every: 30 * time.Second, Facts: true,
		About: "Looks at the network interfaces, the router, the access point and what DHCP told of the network, never at traffic, to recognise tunnels and laptops that share one place.",
		Limits: []Limit{
			{OS: "windows", Reach: Partial, Why: "Since Windows 11 24H2 the Wi-Fi access point is told only where location is allowed, by the person or by policy (LetAppsAccessLocation): the router's hardware address is told all the same."},
			{OS: "darwin", Reach: Partial, Why: "macOS tells the Wi-Fi access point only to programs that may know the location, and a service has nobody to ask for that: the router's hardware address is told all the same."},
		},
	}, collectNetwork)
}

const interfaceFolder = "sys/class/net"

func collectNetwork(ctx context.Context, h host.Host) ([]networkInterface, error) {
	found, failure := interfaces(ctx, h)
	names := givenNames(h)
	leased := leases(h)
	rows := make([]networkInterface, len(found))
	wireless := false
	for i, one := range found {
		rows[i] = one.networkInterface
		wireless = wireless || one.Kind == "wifi" && one.Up
		if one.Up {
			rows[i].DHCPDomain = leased(one)
		}
	}
	if wireless {
		failure = errors.Join(failure, addAccessPoints(ctx, h, rows))
	}
	for i := range rows {
		rows[i].Name = plainName(names, rows[i], found[i].number)
	}
	return rows, failure
}

// interfaces are those of this machine, under the names that its system gives them.
func interfaces(ctx context.Context, h host.Host) ([]attached, error) {
	if h.Platform().OS != "linux" {
		return toldInterfaces(ctx, h)
	}
	fsys := h.Files()
	entries, err := fs.ReadDir(fsys, interfaceFolder)
	if err != nil {
		if unlessAbsent("", err) == nil {
			return nil, missing(h, "network interfaces")
		}
		return nil, fmt.Errorf("read %s: %w", interfaceFolder, err)
	}
	table, failure := readRoutes(h)
	var found []attached
	for _, entry := range entries[:min(len(entries), rowLimit)] {
		if row, ok := readInterface(fsys, entry.Name()); ok {
			row.addRoute(fsys, table)
			number := cmp.Or(attribute(fsys, path.Join(interfaceFolder, row.Name, "ifindex")), strconv.Itoa(len(found)))
			found = append(found, attached{row, number})
		}
	}
	return found, failure
}

func addAccessPoints(ctx context.Context, h host.Host, rows []networkInterface) error {
	points, err := h.AccessPoints(ctx)
	for _, point := range points {
		for i := range rows {
			if rows[i].Name == point.Interface {
				rows[i].AccessPoint = strings.ToLower(point.BSSID)
			}
		}
	}
	if err != nil {
		return fmt.Errorf("read the Wi-Fi access point: %w", err)
	}
	return nil
}

// readInterface reads what sysfs says of one interface. Entries that are none
// (bonding_masters is a file) have no type.
func readInterface(fsys host.FS, name string) (networkInterface, bool) {
	dir := path.Join(interfaceFolder, name)
	kernelType, err := strconv.Atoi(attribute(fsys, path.Join(dir, "type")))
	if err != nil {
		return networkInterface{}, false
	}
	row := networkInterface{
		Name: name, Driver: linkBase(fsys, path.Join(dir, "device/driver")),
		MTU: attribute(fsys, path.Join(dir, "mtu")), Up: isUp(fsys, dir),
	}
	if _, err := strconv.Atoi(row.MTU); err != nil {
		row.MTU = ""
	}
	row.Kind = interfaceKind(fsys, dir, kernelType, row.Driver)
	// A tap that is a port of a bridge is a virtual machine's cable, not a VPN.
	row.VPNLike = row.Kind == "tunnel" && !exists(fsys, path.Join(dir, "brport"))
	return row, true
}

// isUp follows the kernel: operstate is "unknown" for interfaces that cannot
// tell, such as tunnels, and these are up when their flag IFF_UP says so.
func isUp(fsys host.FS, dir string) bool {
	switch attribute(fsys, path.Join(dir, "operstate")) {
	case "up":
		return true
	case "unknown", "":
		flags, err := strconv.ParseUint(attribute(fsys, path.Join(dir, "flags")), 0, 64)
		return err == nil && flags&1 != 0
	}
	return false
}

// Types of interface as the kernel numbers them (if_arp.h).
const (
	typeEthernet = 1
	typePPP      = 512
	typeTunnel4  = 768
	typeTunnel6  = 769
	typeLoopback = 772
	typeSit      = 776
	typeGRE      = 778
	typeNone     = 65534
)

// interfaceKind goes from the surest sign to the vaguest: a wireless card, for
// one, calls itself Ethernet too.
func interfaceKind(fsys host.FS, dir string, kernelType int, driver string) string {
	devtype := uevent(fsys, dir, "DEVTYPE")
	has := func(name string) bool { return exists(fsys, path.Join(dir, name)) }
	switch {
	case kernelType == typeLoopback:
		return "loopback"
	case devtype == "wwan" || driver == "cdc_mbim" || driver == "qmi_wwan":
		return "wwan"
	case has("wireless") || has("phy80211") || devtype == "wlan":
		return "wifi"
	case has("tun_flags") || devtype == "wireguard" || devtype == "ppp" || isTunnelType(kernelType):
		return "tunnel"
	case has("bridge") || devtype == "bridge":
		return "bridge"
	case !has("device"):
		return "virtual"
	case linkBase(fsys, path.Join(dir, "device/subsystem")) == "usb" || overUSB(driver):
		return "usb"
	case kernelType == typeEthernet:
		return "ethernet"
	}
	return "unknown"
}

// isTunnelType: interfaces without a link layer of their own are tunnels, and so
// are those of the kernel's point-to-point encapsulations.
func isTunnelType(kernelType int) bool {
	return slices.Contains([]int{typePPP, typeTunnel4, typeTunnel6, typeSit, typeGRE, typeNone}, kernelType)
}

// overUSB knows the drivers of Ethernet over USB, for recordings that lack the
// link to the bus.
func overUSB(driver string) bool {
	return strings.HasPrefix(driver, "cdc_") || strings.HasPrefix(driver, "rndis") ||
		strings.HasPrefix(driver, "ax88") || driver == "r8152" || driver == "asix" || driver == "smsc95xx"
}

func uevent(fsys host.FS, dir, key string) string {
	for line := range strings.Lines(attribute(fsys, path.Join(dir, "uevent"))) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), key+"="); ok {
			return value
		}
	}
	return ""
}

// addRoute says whether the way to the internet leads through an interface, and
// past which router. Without a table neither is known.
func (i *networkInterface) addRoute(fsys fs.FS, table routes) {
	if table == nil {
		return
	}
	gateway, ok := table[i.Name]
	i.DefaultRoute = yes(ok)
	i.Gateway = gatewayMAC(fsys, gateway, i.Name)
	i.GatewayOUI = makerPrefix(i.Gateway)
}

func gatewayMAC(fsys fs.FS, gateway netip.Addr, device string) string {
	if !gateway.IsValid() {
		return ""
	}
	f, err := fsys.Open("proc/net/arp")
	if err != nil {
		return ""
	}
	defer done(f)
	return neighbour(f, gateway, device)
}
