package host

import (
	"context"
	"fmt"
	"slices"
)

// An InterfaceHost is a host that lists its network interfaces itself. Linux
// shows them among its files.
type InterfaceHost interface {
	// Interfaces are the ways onto a network, with the router behind each.
	Interfaces(ctx context.Context) ([]Interface, error)
}

// Interface is one way onto a network.
type Interface struct {
	Name    string // as the system names it: "en0", "Ethernet 2"
	Kind    string // of interfaceKinds
	Up      bool
	Default bool   // a default route, or a half of one, leads through it
	Gateway string // hardware address of the router that route leads to, "02:00:5e:10:00:01"; empty when not known
	Driver  string // of its hardware, or what made it: "Intel(R) Wi-Fi 6 AX201", "WireGuard Tunnel"
	MTU     int    // bytes; 0 when not known
	Number  int    // by which the system knows it, whatever it is called; 0 when not known
}

// interfaceKinds are the kinds of an Interface, as network_interfaces says them.
var interfaceKinds = []string{"ethernet", "wifi", "tunnel", "bridge", "virtual", "loopback", "usb", "wwan", "unknown"}

type interfaceRow struct {
	Name    string `yaml:"name"`
	Kind    string `yaml:"kind"`
	Up      bool   `yaml:"up,omitempty"`
	Default bool   `yaml:"default,omitempty"`
	Gateway string `yaml:"gateway,omitempty"`
	Driver  string `yaml:"driver,omitempty"`
	MTU     int    `yaml:"mtu,omitempty"`
	Number  int    `yaml:"number,omitempty"`
}

var _ InterfaceHost = (*recording)(nil)

// Interfaces come from interfaces.yaml.
func (r *recording) Interfaces(context.Context) ([]Interface, error) {
	rows, err := readRows(r.archive, "interfaces.yaml", interfaceRow.networkInterface)
	return rows, r.orDenied("interfaces", err)
}

func (r interfaceRow) networkInterface() (Interface, error) {
	switch {
	case r.Name == "":
		return Interface{}, fmt.Errorf("no name")
	case !slices.Contains(interfaceKinds, r.Kind):
		return Interface{}, fmt.Errorf("kind %q, want one of %v", r.Kind, interfaceKinds)
	}
	return Interface(r), nil
}

// networkInterface keeps of a router's address its maker alone, and of a name
// that people may have chosen what is not theirs.
func (s scrubber) networkInterface(i Interface) interfaceRow {
	i.Name, i.Driver, i.Gateway = s.text(i.Name), s.text(i.Driver), s.text(i.Gateway)
	return interfaceRow(i)
}
