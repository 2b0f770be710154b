package host

import (
	"context"
	"fmt"
	"net"
	"regexp"
)

// A NeighbourHost is a host whose system tells which devices it knows on the
// networks next to it. Nobody is asked: it is what the system needs for itself.
type NeighbourHost interface {
	// Neighbours are the devices, each with every interface behind which it is
	// known, and this machine's own addresses.
	Neighbours(ctx context.Context) ([]Neighbour, error)
}

// Neighbour is one device on a local network.
type Neighbour struct {
	Interface string // by which it is reached, as Interface.Name
	Hardware  string // its hardware address, "02:00:5e:10:00:01"
	Own       bool   // it is this machine's own address there
}

type neighbourRow struct {
	Interface string `yaml:"interface"`
	Hardware  string `yaml:"hardware"`
	Own       bool   `yaml:"own,omitempty"`
}

var _ NeighbourHost = (*recording)(nil)

// Neighbours come from neighbours.yaml.
func (r *recording) Neighbours(context.Context) ([]Neighbour, error) {
	rows, err := readRows(r.archive, "neighbours.yaml", neighbourRow.neighbour)
	return rows, r.orDenied("neighbours", err)
}

var hardwareText = regexp.MustCompile(`^([0-9a-f]{2}:){5}[0-9a-f]{2}$`)

func (r neighbourRow) neighbour() (Neighbour, error) {
	switch {
	case r.Interface == "":
		return Neighbour{}, fmt.Errorf("no interface")
	case !hardwareText.MatchString(r.Hardware):
		return Neighbour{}, fmt.Errorf("hardware address %q", r.Hardware)
	}
	return Neighbour(r), nil
}

// neighbour keeps of an address its maker alone.
func (s scrubber) neighbour(n Neighbour) neighbourRow {
	n.Interface, n.Hardware = s.text(n.Interface), s.text(n.Hardware)
	return neighbourRow(n)
}

// maxNeighbours bounds what is read of a system's table, which anybody on the
// network can fill.
const maxNeighbours = 4096

// ownAddresses are this machine's own, and the names of its interfaces by number.
func ownAddresses() (own []Neighbour, names map[int]string, err error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, nil, fmt.Errorf("list network interfaces: %w", err)
	}
	names = make(map[int]string, len(interfaces))
	for _, i := range interfaces {
		names[i.Index] = i.Name
		if len(i.HardwareAddr) == 6 {
			own = append(own, Neighbour{Interface: i.Name, Hardware: i.HardwareAddr.String(), Own: true})
		}
	}
	return own, names, nil
}
