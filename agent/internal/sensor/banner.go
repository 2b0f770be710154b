package sensor

import (
	"net/netip"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// Bounds of what is remembered of greetings.
const (
	bannerLimit = 256 // places from which one was heard
	ownLimit    = 256 // addresses of this machine
)

// bannerWindow remembers in which protocol programs greet those who connect to
// them: of the frames on this machine's interfaces, the first bytes of those that
// begin as the kernel's filter says. Nobody is asked anything.
type bannerWindow struct {
	mu        sync.Mutex
	heard     map[netip.AddrPort]*banner // by the place that said it
	addresses map[netip.Addr]bool        // addresses of this machine, as its sockets show them
}

// A banner is what was heard from one place.
type banner struct {
	protocol string
	last     time.Time
	pid      int // who listened there when it was first asked for
}

func newBannerWindow() *bannerWindow {
	return &bannerWindow{heard: map[netip.AddrPort]*banner{}, addresses: map[netip.Addr]bool{}}
}

func (w *bannerWindow) take(segment parse.Segment, at time.Time) {
	if protocol, err := parse.ParseBanner(segment.Payload); err == nil && !segment.UDP {
		w.hear(netip.AddrPortFrom(segment.Source.Unmap(), segment.SourcePort), protocol, at)
	}
}

// hear remembers a greeting. A place that greets in another way than before is
// another program's now. Of too many, the one not heard for longest is forgotten,
// those of other machines before this one's: anybody may send what sounds like one.
func (w *bannerWindow) hear(from netip.AddrPort, protocol string, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b := w.heard[from]; b != nil && b.protocol == protocol {
		if at.Sub(b.last) > time.Minute { // the port may have changed hands meanwhile
			b.pid = 0
		}
		b.last = at
		return
	}
	if _, known := w.heard[from]; !known && len(w.heard) >= bannerLimit {
		oldest, found := w.oldest(false)
		if !found && !w.ours(from) {
			return
		}
		if !found {
			oldest, _ = w.oldest(true)
		}
		delete(w.heard, oldest)
	}
	w.heard[from] = &banner{protocol: protocol, last: at}
}

// oldest is the place not heard for longest, of this machine or of others.
func (w *bannerWindow) oldest(ours bool) (oldest netip.AddrPort, found bool) {
	for place, b := range w.heard {
		if w.ours(place) == ours && (!found || b.last.Before(w.heard[oldest].last)) {
			oldest, found = place, true
		}
	}
	return oldest, found
}

// ours says whether a place is this machine's, as far as its sockets have shown.
func (w *bannerWindow) ours(place netip.AddrPort) bool {
	return place.Addr().IsLoopback() || w.addresses[place.Addr()]
}

// own is ours for who does not hold the lock.
func (w *bannerWindow) own(place netip.AddrPort) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ours(place)
}

// learn takes in which addresses are this machine's own: a listener on all of
// them is not to be given what a server elsewhere said from the same port.
func (w *bannerWindow) learn(sockets []ownedSocket) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range sockets {
		w.learnOne(s.Local.Addr().Unmap())
	}
}

// owns takes in an address from which this machine sends: a socket that is bound to
// all of them shows none.
func (w *bannerWindow) owns(a netip.Addr) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.learnOne(a)
}

func (w *bannerWindow) learnOne(a netip.Addr) {
	if !a.IsUnspecified() && len(w.addresses) < ownLimit {
		w.addresses[a] = true
	}
}

// of is how the listener on a socket greets; empty when nobody connected to it
// since we listen, or when it waits for the other side to speak first in a
// protocol that is not looked for. What one program said is not another's.
func (w *bannerWindow) of(s host.Socket) string {
	if s.Protocol != "tcp" {
		return ""
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var best *banner
	for place, b := range w.heard {
		if !w.at(s, place) || b.pid != 0 && b.pid != s.PID {
			continue
		}
		if best == nil || b.last.After(best.last) {
			best = b
		}
	}
	if best == nil {
		return ""
	}
	best.pid = s.PID
	return best.protocol
}

func (w *bannerWindow) at(listener host.Socket, place netip.AddrPort) bool {
	if listener.Local.Port() != place.Port() {
		return false
	}
	a := listener.Local.Addr().Unmap()
	return a == place.Addr() || a.IsUnspecified() && (place.Addr().IsLoopback() || w.addresses[place.Addr()])
}
