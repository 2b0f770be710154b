package sensor

import (
	"context"
	"math/bits"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// observedName is a name that was looked up or that a connection was opened for.
// It is compared with the domains of known tools and never leaves.
type observedName struct {
	Host     string `column:"name,key,local" about:"the name"`
	Kind     string `column:"kind,key,public" about:"dns for a name looked up, tls or quic for one that a connection was opened for"`
	*program `keys:"file" without:"name"`
	ECH      string `column:"ech,public" about:"true when the connection hides the name it is really for, and this one is its provider's"`
	Count    int    `column:"count,public" about:"how often it was seen in the last day, rounded down to a power of two"`
}

// Names looks at the names that are looked up and connected to.
func Names() Sensor { return newOwners().names() }

func (t *ownerTable) names() Sensor {
	w := newNameWindow(t)
	return Define(Options{
		Class: "observed_names", Every: 10 * time.Second, Steady: true, Watch: w.watch,
		About: "Looks at which names are looked up (DNS) and connected to (TLS and QUIC), and by which program, and compares them with those of known remote-access tools. Nothing else of what is sent is looked at, and the names never leave the laptop.",
		Limits: []Limit{
			{OS: "linux", Reach: Partial, Why: "A name that is asked for over TCP, on another port than 53 or inside another connection (DNS over HTTPS) is seen only when a connection is opened for it, and not at all where that hides it (ECH). Of a name that a resolver of the system asks for it is known which program wanted it once one connects to what was answered."},
			{OS: "windows", Reach: Partial, Why: "Windows tells of names that its own DNS client is asked for and of no connection, so that a program which asks by itself, as browsers with DNS over HTTPS do, is not heard; without administrator's rights it does not say which program asked."},
			{OS: "darwin", Reach: Partial, Why: "macOS looks names up in the place of all programs: which one wanted it is known once one stays connected to what was answered for a few seconds. A name that is asked for inside another connection (DNS over HTTPS, iCloud Private Relay) is seen only when the connection is opened, if at all."},
		},
	}, w.collect)
}

const (
	namesLimit = 4096
	askedLimit = 512
	namesAge   = 24 * time.Hour
)

// nameWindow keeps the names of the last day, at most namesLimit of them. Its
// clock is that of the frames, so that a recording gives what the machine gave.
type nameWindow struct {
	*gathering
	owners *ownerTable
	wired  atomic.Bool // whether it is the wire that is listened to

	asked *recency[string, struct{}] // names of questions heard lately, of the capture's goroutine alone

	mu     sync.Mutex
	known  *recency[nameKey, sighting] // those of unknown programs are of less use
	newest time.Time
}

// A nameKey is a name by the program that wants it. A program that is not known
// yet is its process number, 0 where nobody says.
type nameKey struct {
	name, kind, file string
	pid              int
}

type sighting struct {
	by    *program // nil while it is not known
	who   *party   // who may become known
	ech   bool
	count int
	last  time.Time
}

func newNameWindow(t *ownerTable) *nameWindow {
	w := &nameWindow{gathering: newGathering("listen for names"), owners: t, asked: newRecency[string, struct{}](askedLimit), known: newRecency[nameKey, sighting](namesLimit)}
	t.wire.onLookup(w.hearLookup)
	t.ties.onMeeting(w.hearOpening)
	t.ties.onReached(w.reach)
	return w
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
	return w.owners.wire.watch(ctx, h)
}

// state says how the listening goes, to whatever it listens.
func (w *nameWindow) state(ctx context.Context) error {
	if err := w.gathering.state(ctx); err != nil || !w.wired.Load() {
		return err
	}
	return w.owners.wire.state(ctx)
}

// hearLookup takes in a question, or what was answered. Anybody may send answers
// that nobody asked for: they count for nothing.
func (w *nameWindow) hearLookup(s parse.Segment, at time.Time) {
	if s.DestinedPort != portDNS {
		if answer, err := parse.ParseDNSAnswer(s.Payload); err == nil && w.asked.get(answer.Name) != nil {
			w.owners.ties.answered(answer)
		}
		return
	}
	names, _ := parse.ParseDNS(s.Payload) // what was read before an error is good
	if len(names) == 0 {
		return
	}
	w.asked.put(names[0], struct{}{}, false)
	asker := w.owners.ties.whose(ends{"udp", netip.AddrPortFrom(s.Source.Unmap(), s.SourcePort), netip.AddrPortFrom(s.Destination.Unmap(), s.DestinedPort)})
	if asker.known() && resolves(asker.by) {
		asker = party{}
	}
	for _, name := range names {
		w.see(nameKey{name: name, kind: "dns"}, sighting{by: asker.by, last: at})
	}
}

// hearOpening takes in what a client says first, which is this laptop: what others
// want of it they may call as they like.
func (w *nameWindow) hearOpening(m meeting) {
	if m.inbound || m.kind != "tls" && m.kind != "quic" || m.hello.Name == "" || m.again {
		return
	}
	w.see(nameKey{name: m.hello.Name, kind: m.kind}, sighting{by: w.owners.ties.resolved(m.who).by, who: m.who, ech: m.hello.ECH, last: m.at})
}

// see counts a name. A frame that is not later than the name's last one is not
// counted, so that a recording played twice counts once.
func (w *nameWindow) see(key nameKey, s sighting) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.last.IsZero() {
		s.last = w.newest // nobody says when
	}
	if s.last.After(w.newest) {
		w.newest = s.last
	}
	s.count = 1
	w.add(key, s)
}

// add takes in a sighting, together with those of the same program.
func (w *nameWindow) add(key nameKey, s sighting) {
	if s.by != nil {
		s.by = filed(s.by)
		key.file, key.pid, s.who = s.by.File, 0, nil
	}
	old := w.known.get(key)
	if old == nil {
		w.known.put(key, s, s.by == nil)
		return
	}
	old.ech = old.ech || s.ech
	if s.who != nil {
		old.who = s.who
	}
	if s.last.After(old.last) {
		old.count, old.last = old.count+s.count, s.last
		w.known.touch(key)
	}
}

// filed is a program that has a file name: of one whose file may not be seen its own.
func filed(p *program) *program {
	if p.File != "" || p.Name == "" {
		return p
	}
	named := *p
	named.File = p.Name
	return &named
}

// reach gives a name that was looked up to the program that connects to what was answered.
func (w *nameWindow) reach(name string, by *program) {
	w.mu.Lock()
	defer w.mu.Unlock()
	unknown := nameKey{name: name, kind: "dns"}
	if s := w.known.get(unknown); s != nil {
		moved := *s
		moved.by = by
		w.known.drop(unknown)
		w.add(unknown, moved)
	}
}

// resolve gives names to the programs that became known meanwhile.
func (w *nameWindow) resolve() {
	for key, s := range w.known.all() {
		if s.by != nil || s.who == nil {
			continue
		}
		if p := w.owners.ties.resolved(s.who); p.known() {
			moved := *s
			moved.by = p.by
			w.known.drop(key)
			w.add(key, moved)
		}
	}
}

// collect gives the window's names and how the capture goes.
func (w *nameWindow) collect(ctx context.Context, h host.Host) ([]observedName, error) {
	trouble := w.state(ctx)
	w.owners.ties.settle(ctx, h)
	w.nameFiles(ctx, h)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.resolve()
	rows := make([]observedName, 0, len(w.known.known))
	for key, s := range w.known.all() {
		if w.newest.Sub(s.last) > namesAge {
			w.known.drop(key)
			continue
		}
		row := observedName{Host: key.name, Kind: key.kind, program: unknownProgram, Count: powerOfTwo(s.count)}
		if s.ech {
			row.ECH = "true"
		}
		if s.by != nil {
			row.program = s.by
		}
		rows = append(rows, row)
	}
	return rows, trouble
}

// powerOfTwo rounds a count down, so that a busy thing is not news at every look.
func powerOfTwo(n int) int { return 1 << (bits.Len(uint(max(n, 1))) - 1) }
