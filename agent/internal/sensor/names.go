package sensor

import (
	"container/list"
	"context"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// observedName is a name that was looked up or that a TLS connection was opened
// for. It is compared with the domains of known tools and never leaves.
type observedName struct {
	Name  string `column:"name,key,local" about:"the name"`
	Kind  string `column:"kind,key,public" about:"dns for a name looked up, tls for one a connection was opened for"`
	File  string `column:"file,public" people:"out" about:"file name of the program that looked it up, where the system says which"`
	Count int    `column:"count,public" about:"how often it was seen in the last day, rounded down to a power of two"`
}

// Names looks at the names that are looked up and connected to.
func Names() Sensor { return newOwners().names() }

func (t *ownerTable) names() Sensor {
	w := newNameWindow(t.wire)
	return Define(Options{
		Class: "observed_names", Every: 10 * time.Second, Watch: w.watch,
		About: "Looks at which names are looked up (DNS) and connected to (TLS) and compares them with those of known remote-access tools. Nothing else of what is sent reaches the agent, and the names never leave the laptop.",
		Limits: []Limit{
			{OS: "linux", Reach: Partial, Why: "Linux does not say which program looks a name up, and one that is asked for inside another connection (DNS over HTTPS) is seen only when the connection is opened."},
			{OS: "windows", Reach: Partial, Why: "Windows tells of names that its own DNS client is asked for and of no connection, so that a program which asks by itself, as browsers with DNS over HTTPS do, is not heard; without administrator's rights it does not say which program asked."},
			{OS: "darwin", Reach: Partial, Why: "macOS does not say which program looks a name up, and one that is asked for inside another connection (DNS over HTTPS, iCloud Private Relay) is seen only when the connection is opened, if at all."},
		},
	}, w.collect)
}

const (
	namesLimit = 4096
	namesAge   = 24 * time.Hour
)

// nameWindow keeps the names of the last day, at most namesLimit of them. Its
// clock is that of the frames, so that a recording gives what the machine gave.
type nameWindow struct {
	*gathering
	wire  *wire
	wired atomic.Bool // whether it is the wire that is listened to

	mu     sync.Mutex
	known  map[nameKey]*list.Element
	order  *list.List // of *sighting, the latest first
	newest time.Time
}

func newNameWindow(wire *wire) *nameWindow {
	w := &nameWindow{gathering: newGathering("listen for names"), wire: wire, known: map[nameKey]*list.Element{}, order: list.New()}
	wire.onLookup(func(segment parse.Segment, at time.Time) {
		names, _ := parse.ParseDNS(segment.Payload)
		for _, name := range names {
			w.see(nameKey{name, "dns"}, at, 0)
		}
	})
	wire.onOpening(func(o opening) {
		if o.hello.Name != "" && !o.again {
			w.see(nameKey{o.hello.Name, o.kind}, o.at, 0)
		}
	})
	return w
}

type nameKey struct{ name, kind string }

type sighting struct {
	nameKey
	count int
	last  time.Time
	pid   int    // of the program that looked it up, until its file is known
	file  string // its file
}

// watch listens until ctx ends or the recording does: to the system, where it
// tells which names are looked up, else to the network.
func (w *nameWindow) watch(ctx context.Context, h host.Host) error {
	told, err := w.hearLookups(ctx, h)
	if told {
		return w.ended(ctx, err)
	}
	w.wired.Store(true)
	w.began(nil)
	return w.wire.watch(ctx, h)
}

// state says how the listening goes, to whatever it listens.
func (w *nameWindow) state(ctx context.Context) error {
	if err := w.gathering.state(ctx); err != nil || !w.wired.Load() {
		return err
	}
	return w.wire.state(ctx)
}

// see counts a name, and remembers the process that looked it up first, 0 where
// nobody says. A frame that is not later than the name's last one is not counted,
// so that a recording played twice counts once.
func (w *nameWindow) see(key nameKey, at time.Time, pid int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if at.After(w.newest) {
		w.newest = at
	}
	if element, ok := w.known[key]; ok {
		s := element.Value.(*sighting)
		if s.pid == 0 && s.file == "" {
			s.pid = pid
		}
		if at.After(s.last) {
			s.count, s.last = s.count+1, at
			w.order.MoveToFront(element)
		}
		return
	}
	if len(w.known) >= namesLimit {
		w.forget(w.order.Back())
	}
	w.known[key] = w.order.PushFront(&sighting{nameKey: key, count: 1, last: at, pid: pid})
}

func (w *nameWindow) forget(element *list.Element) {
	delete(w.known, element.Value.(*sighting).nameKey)
	w.order.Remove(element)
}

// collect gives the window's names and how the capture goes.
func (w *nameWindow) collect(ctx context.Context, h host.Host) ([]observedName, error) {
	trouble := w.state(ctx)
	w.nameFiles(ctx, h)
	w.mu.Lock()
	defer w.mu.Unlock()
	for back := w.order.Back(); back != nil; back = w.order.Back() {
		if w.newest.Sub(back.Value.(*sighting).last) <= namesAge {
			break
		}
		w.forget(back)
	}
	rows := make([]observedName, 0, len(w.known))
	for element := w.order.Front(); element != nil; element = element.Next() {
		s := element.Value.(*sighting)
		// Rounded, so that a busy name is not news at every look.
		rows = append(rows, observedName{Name: s.name, Kind: s.kind, File: s.file, Count: 1 << (bits.Len(uint(s.count)) - 1)})
	}
	return rows, trouble
}
