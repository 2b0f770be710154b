package sensor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// A neighbourTable is what the system itself knows of the devices next to it.
type neighbourTable struct {
	at        map[string][][6]byte // by interface
	own       map[[6]byte]bool     // this machine's addresses
	elsewhere map[[6]byte]bool     // known only behind what joins this laptop to no others
}

// knownNeighbours reads what the system knows: on Linux of its files, and with
// what the kernel knows beside them where it can be asked.
func knownNeighbours(ctx context.Context, h host.Host, found []attached) (neighbourTable, error) {
	t := neighbourTable{at: map[string][][6]byte{}, own: map[[6]byte]bool{}, elsewhere: map[[6]byte]bool{}}
	linux := h.Platform().OS == "linux"
	var failure error
	if linux {
		failure = t.readFiles(h, found)
	}
	asked, err := host.Can[host.NeighbourHost](h, "the devices next to it")
	if err == nil {
		var told []host.Neighbour
		told, err = asked.Neighbours(ctx)
		for _, one := range told[:min(len(told), 2*neighbourLimit*networksLimit)] {
			t.add(one.Interface, one.Hardware, one.Own)
		}
	}
	if err != nil && linux && errors.Is(err, host.ErrAbsent) {
		err = nil // a recording has the files alone
	}
	if err != nil {
		failure = errors.Join(failure, fmt.Errorf("ask for the devices next to this one: %w", err))
	}
	t.sort(found)
	return t, failure
}

func (t neighbourTable) add(name, hardware string, own bool) {
	mac, ok := hardwareAddress(hardware)
	switch {
	case !ok || ofGroup(mac) || redundant(mac):
	case own:
		t.own[mac] = true
	case len(t.at[name]) < neighbourLimit:
		t.at[name] = append(t.at[name], mac)
	}
}

// readFiles reads /proc/net/arp, and the addresses of the interfaces themselves.
func (t neighbourTable) readFiles(h host.Host, found []attached) error {
	for _, one := range found {
		t.add(one.Name, attribute(h.Files(), path.Join(interfaceFolder, one.Name, "address")), true)
	}
	f, err := h.Files().Open("proc/net/arp")
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a machine without the older protocol
	}
	if err != nil {
		return fmt.Errorf("read proc/net/arp: %w", err)
	}
	defer done(f)
	const complete = 2 // ATF_COM
	return eachLine(f, func(line string) {
		fields := strings.Fields(line)
		if len(fields) < 6 {
			return
		}
		if flags, err := strconv.ParseUint(fields[2], 0, 32); err == nil && flags&complete != 0 {
			t.add(fields[5], fields[3], false)
		}
	})
}

// sort takes out this machine's own addresses, and tells which devices are known
// only behind an interface that joins it to no others.
func (t neighbourTable) sort(found []attached) {
	joined := map[string]bool{}
	for _, one := range found {
		joined[one.Name] = joined[one.Name] || joins(one)
	}
	near := map[[6]byte]bool{}
	for name, macs := range t.at {
		kept := macs[:0]
		for _, mac := range macs {
			if !t.own[mac] {
				kept = append(kept, mac)
				near[mac] = near[mac] || joined[name]
			}
		}
		t.at[name] = kept
	}
	for mac, joined := range near {
		if !joined {
			t.elsewhere[mac] = true
		}
	}
}
