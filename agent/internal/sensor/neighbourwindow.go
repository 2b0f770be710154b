package sensor

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// Bounds of what is remembered of other devices.
const (
	neighbourLimit = 1024       // of one network, and between two looks
	heardLimit     = 32         // announcements of one device that are read between two looks
	networksLimit  = 8          // at once
	neighbourAge   = 24 * 3600. // seconds
)

// neighbourWindow remembers which devices stand beside this laptop: their
// addresses, and what follows from what they said, never a name. A network that
// was left is forgotten, and another router means another network, so that what
// stands at home and in an office is not added up.
type neighbourWindow struct {
	wire *wire
	seed maphash.Seed // of this run: what is kept of a scheme of names says nothing elsewhere

	mu       sync.Mutex
	heard    map[[6]byte]*neighbourDevice // since the last look
	networks map[networkKey]*neighbourNetwork
	held     map[string]time.Duration
	asked    bool // whether held was asked for
}

// A networkKey is an interface and the router behind it.
type networkKey struct{ name, gateway string }

type neighbourNetwork struct {
	on          attached
	gateway     [6]byte
	since, last float64
	devices     map[[6]byte]*neighbourDevice
	told        networkNeighbourhood // at the last turn
	toldAt      float64
}

// A neighbourDevice is a device beside this laptop.
type neighbourDevice struct {
	last   float64
	heard  int    // announcements since the last look
	known  bool   // to the system itself, which spoke with it
	said   traits // without the scheme of its names, of which the hash is kept
	scheme uint64
}

func newNeighbourWindow(w *wire) *neighbourWindow {
	n := &neighbourWindow{wire: w, seed: maphash.MakeSeed(), heard: map[[6]byte]*neighbourDevice{}, networks: map[networkKey]*neighbourNetwork{}}
	w.onNeighbour(n.hearNeighbour)
	w.onAnnouncement(n.hearAnnouncement)
	return n
}

// hearNeighbour takes in that a device is there. What it says of addresses is
// not needed for that.
func (w *neighbourWindow) hearNeighbour(said parse.Neighbour, _ time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hear(said.FrameSource)
}

func (w *neighbourWindow) hearAnnouncement(said parse.Announcement, _ time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if d := w.hear(said.Source); d != nil && d.heard < heardLimit {
		d.heard++
		t := traitsOf(said)
		d.learn(t, w.hash(t.scheme))
	}
}

// hear gives what is remembered of a device until the next look; nil for an
// address of several, and when there are too many.
func (w *neighbourWindow) hear(mac [6]byte) *neighbourDevice {
	if ofGroup(mac) || redundant(mac) {
		return nil
	}
	d := w.heard[mac]
	if d == nil && len(w.heard) < neighbourLimit {
		d = &neighbourDevice{said: traits{class: unknownClass}}
		w.heard[mac] = d
	}
	return d
}

func (w *neighbourWindow) hash(scheme string) uint64 {
	if scheme == "" {
		return 0
	}
	return max(maphash.String(w.seed, scheme), 1)
}

// learn adds what a device said of itself. Of several names the longest counts,
// since NetBIOS cuts them: one device has one scheme.
func (d *neighbourDevice) learn(t traits, scheme uint64) {
	d.said.kvm |= t.kvm
	if t.class != unknownClass && (t.sure || !d.said.sure) {
		d.said.class, d.said.sure = t.class, t.sure
	}
	if t.lengths > d.said.lengths {
		d.said.lengths, d.scheme = t.lengths, scheme
	}
}

func (d *neighbourDevice) class(mac [6]byte) makerClass { return refined(makerOf(mac), d.said) }

// remember asks once for what only a recording can know: for how long the laptop
// had been on a network.
func (w *neighbourWindow) remember(ctx context.Context, h host.Host) (err error) {
	if !w.asked {
		w.asked = true
		w.held, err = heldBefore(ctx, h)
	}
	return err
}

// network gives the network behind an interface, begun anew after a break.
func (w *neighbourWindow) network(on attached, now float64) *neighbourNetwork {
	key := networkKey{on.Name, on.Gateway}
	n := w.networks[key]
	if n == nil || now < n.last || now-n.last > lookGap.Seconds() {
		n = &neighbourNetwork{since: now - w.held["network "+on.Name].Seconds(), devices: map[[6]byte]*neighbourDevice{}}
		n.gateway, _ = hardwareAddress(on.Gateway)
		w.networks[key] = n
	}
	n.on, n.last = on, now
	return n
}

// meet takes in the devices that the system knows on a network. They count
// before those that were only heard, which anybody can make up.
func (n *neighbourNetwork) meet(known [][6]byte, now float64) {
	for _, mac := range known {
		if d := n.device(mac, true); d != nil {
			d.last, d.known = now, true
		}
	}
	if n.gateway != [6]byte{} {
		if d := n.device(n.gateway, true); d != nil {
			d.last, d.known = now, true
		}
	}
}

// device gives the one with an address, also one that was not there before while
// there is room. One that the system knows takes the room of one that was only heard.
func (n *neighbourNetwork) device(mac [6]byte, known bool) *neighbourDevice {
	if d := n.devices[mac]; d != nil {
		return d
	}
	if len(n.devices) >= neighbourLimit && (!known || !n.makeRoom()) {
		return nil
	}
	d := &neighbourDevice{said: traits{class: unknownClass}}
	n.devices[mac] = d
	return d
}

func (n *neighbourNetwork) makeRoom() bool {
	for mac, d := range n.devices {
		if !d.known {
			delete(n.devices, mac)
			return true
		}
	}
	return false
}

// place adds what was heard to the networks it was heard on. A frame does not say
// on which: it is the one on which the device is known, else the one that leads to
// the internet. What is known between virtual machines only is on none.
func (w *neighbourWindow) place(here []*neighbourNetwork, known neighbourTable, now float64) {
	var main *neighbourNetwork
	for _, n := range here {
		if main == nil || main.on.DefaultRoute != "true" && n.on.DefaultRoute == "true" {
			main = n
		}
	}
	for mac, heard := range w.heard {
		if main == nil || known.own[mac] || known.elsewhere[mac] {
			continue
		}
		on := main
		for _, n := range here {
			if n.devices[mac] != nil {
				on = n
			}
		}
		if d := on.device(mac, false); d != nil {
			d.last = now
			d.learn(heard.said, heard.scheme)
		}
	}
	clear(w.heard)
}

// part forgets the devices that were not seen for long, and the networks that
// were left.
func (w *neighbourWindow) part(now float64) {
	for key, n := range w.networks {
		if now < n.last || now-n.last > lookGap.Seconds() || len(w.networks) > networksLimit && n.last < now {
			delete(w.networks, key)
			continue
		}
		for mac, d := range n.devices {
			if now-d.last > neighbourAge {
				delete(n.devices, mac)
			}
		}
	}
}
