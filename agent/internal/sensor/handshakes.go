package sensor

import (
	"cmp"
	"context"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// networkHandshake is how a program begins connections to one place, or how one
// place begins them with a program of this laptop.
type networkHandshake struct {
	PID           int           `column:"pid,key,public" about:"number of the process; 0 when nobody knows, or once it has ended"`
	*program      `keys:"file"` // never nil
	Kind          string        `column:"kind,key,public" about:"what begins: tls, quic, dtls, stun, turn (a relay of STUN's), wireguard, openvpn or ike"`
	Direction     string        `column:"direction,public" about:"outbound when this laptop began it, inbound when the other side did"`
	RemoteScope   string        `column:"remote_scope,public" about:"where the other side is: loopback (this laptop), private (the local network) or public"`
	RemoteAddress string        `column:"remote_address,key,pseudonym" about:"address of the other side"`
	RemotePort    string        `column:"remote_port,key,public" about:"port number of the other side, where this laptop began it"`
	LocalPort     string        `column:"local_port,key,public" about:"port number on this laptop, where the other side began it"`
	Named         string        `column:"named,public" about:"whether the client says which server it wants (tls, quic and dtls): yes, no, hidden (ECH), or strange for a name that no server can have"`
	Resolver      string        `column:"resolver,public" about:"how names of the internet are asked for through it, unseen by this laptop's own resolver: doh (HTTPS, by the name of the server), dot (TLS) or doq (QUIC) by the port"`
	ALPN          string        `column:"alpn,public" about:"first protocol that the client offers to speak inside, such as h2"`
	JA4           string        `column:"ja4,public" about:"fingerprint of the client's TLS library and its settings (JA4)"`
	Version       string        `column:"version,public" about:"highest version that the client offers: 1.0 to 1.3, of DTLS d1.0, d1.2 or d1.3"`
	Software      string        `column:"software,public" people:"out" about:"software that a STUN message names"`
	Count         int           `column:"count,public" about:"how often it was seen in the last day, rounded down to a power of two"`
}

// handshakes gives the sensor of how connections begin.
func (t *ownerTable) handshakes() Sensor {
	w := newHandshakeWindow(t)
	return Define(Options{
		Class: "network_handshakes", Every: 10 * time.Second, Steady: true, Watch: t.wire.watch,
		About: "Looks at how connections begin: which kind of tunnel, call or encrypted connection a program opens, to where, and with which fingerprint. Of what follows nothing reaches the agent, but for the last piece of some uploads, enciphered, which it drops unread.",
		Limits: []Limit{
			{OS: "linux", Reach: Partial, Why: "What hides that it is a handshake (WireGuard or OpenVPN made unreadable on purpose, or inside TLS) is not recognised, and a connection that began before the agent is not seen. Nor is one whose first packet comes in fragments of IP or holds less than six bytes, or that is QUIC of another version than 1 and 2. A TLS client that needs more than two packets to begin, or more than one at another port than 443, has no fingerprint."},
			{OS: "windows", Reach: Impossible, Why: "Windows shows packets only to a driver, and this agent brings none and uses none that others installed: which programs are connected to whom is in process_open_sockets and network_flows, and the names they look up in observed_names."},
			{OS: "darwin", Reach: Partial, Why: "What hides that it is a handshake is not recognised, and a connection that began before the agent is not seen. Which program it is macOS tells only of connections that last for some seconds."},
		},
	}, w.collect)
}

const (
	handshakesLimit = 1024
	handshakesShare = handshakesLimit / 4 // of one program, where there are too many
	handshakesAge   = 24 * time.Hour
)

// handshakeWindow keeps how connections began in the last day, at most
// handshakesLimit of them. Its clock is that of the frames.
type handshakeWindow struct {
	owners *ownerTable

	mu     sync.Mutex
	known  *recency[handshakeKey, greeted] // those that others begin, and of unknown programs, are of less use
	newest time.Time
}

type handshakeKey struct {
	pid     int
	file    string // of the program
	kind    string
	remote  netip.Addr
	port    uint16 // of the side that serves
	inbound bool
}

// greeted is what is known of the connections of one key.
type greeted struct {
	by                                            *program
	who                                           *party // who may become known
	named, resolver, alpn, ja4, version, software string
	count                                         int
	last                                          time.Time
}

func newHandshakeWindow(t *ownerTable) *handshakeWindow {
	w := &handshakeWindow{owners: t, known: newRecency[handshakeKey, greeted](handshakesLimit)}
	t.ties.onMeeting(w.hear)
	return w
}

func (w *handshakeWindow) hear(m meeting) {
	key := handshakeKey{kind: m.kind, remote: m.remote.Addr(), port: m.remote.Port(), inbound: m.inbound}
	if m.inbound {
		key.port = m.local.Port()
	}
	g := greeted{who: m.who, resolver: resolverOf(m.kind, key.port, m.hello.Name), alpn: m.hello.ALPN, ja4: m.hello.JA4, version: m.hello.Version, software: m.software, count: 1, last: m.at}
	switch {
	case m.hello.Strange:
		g.named = "strange"
	case m.hello.ECH:
		g.named = "hidden"
	case m.hello.Name != "":
		g.named = "yes"
	case m.hello.JA4 != "": // the whole of it is known
		g.named = "no"
	}
	if m.again {
		g.count = 0
	}
	p := w.owners.ties.resolved(m.who)
	w.mu.Lock()
	defer w.mu.Unlock()
	if m.at.After(w.newest) {
		w.newest = m.at
	}
	w.add(key, g, p)
}

// add takes in how a connection began. What is not later than the last one is
// not counted, so that a recording played twice counts once; what the first one
// did not say a later one may.
func (w *handshakeWindow) add(key handshakeKey, g greeted, p party) {
	if p.known() {
		key.pid, key.file, g.by, g.who = p.pid, p.by.File, p.by, nil
	}
	old := w.known.get(key)
	if old == nil {
		w.makeRoom(key.file)
		w.known.put(key, g, g.by == nil || key.inbound)
		return
	}
	old.who = g.who
	old.named, old.alpn, old.ja4 = cmp.Or(old.named, g.named), cmp.Or(old.alpn, g.alpn), cmp.Or(old.ja4, g.ja4)
	old.resolver = cmp.Or(old.resolver, g.resolver)
	old.version, old.software = cmp.Or(old.version, g.version), cmp.Or(old.software, g.software)
	if g.last.After(old.last) {
		old.count, old.last = old.count+g.count, g.last
		w.known.touch(key)
	}
}

// makeRoom lets a program that has more than its share push out its own oldest
// row: one that goes everywhere is not to hide where another one goes.
func (w *handshakeWindow) makeRoom(file string) {
	if len(w.known.known) < handshakesLimit {
		return
	}
	count, oldest := 0, handshakeKey{}
	for key := range w.known.all() {
		if key.file == file {
			count, oldest = count+1, key
		}
	}
	if count >= handshakesShare {
		w.known.drop(oldest)
	}
}

// resolve gives connections to the programs that became known meanwhile.
func (w *handshakeWindow) resolve() {
	for key, g := range w.known.all() {
		if g.by != nil || g.who == nil {
			continue
		}
		if p := w.owners.ties.resolved(g.who); p.known() {
			moved := *g
			w.known.drop(key)
			w.add(key, moved, p)
		}
	}
}

// ended gives the processes that are no longer known.
func (w *handshakeWindow) ended() map[int]bool {
	gone := map[int]bool{}
	w.mu.Lock()
	for key := range w.known.all() {
		gone[key.pid] = false
	}
	w.mu.Unlock()
	for pid := range gone {
		gone[pid] = pid != 0 && w.owners.who(pid) == noOwner
	}
	return gone
}

// bury makes one of what a program began in processes that have ended: one that
// is started every minute is not a thousand programs.
func (w *handshakeWindow) bury(ended map[int]bool) {
	for key, g := range w.known.all() {
		if ended[key.pid] {
			moved := *g
			w.known.drop(key)
			key.pid = 0
			if old := w.known.get(key); old != nil {
				old.count += moved.count
				moved.count = 0
			}
			w.add(key, moved, party{0, moved.by})
		}
	}
}

func (w *handshakeWindow) collect(ctx context.Context, h host.Host) ([]networkHandshake, error) {
	if h.Platform().OS == "windows" {
		return nil, missing(h, "how connections begin")
	}
	trouble := w.owners.wire.state(ctx)
	w.owners.ties.settle(ctx, h)
	ended := w.ended()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.resolve()
	w.bury(ended)
	rows := make([]networkHandshake, 0, len(w.known.known))
	for key, g := range w.known.all() {
		if w.newest.Sub(g.last) > handshakesAge {
			w.known.drop(key)
			continue
		}
		rows = append(rows, g.row(key))
	}
	return rows, trouble
}

func (g *greeted) row(key handshakeKey) networkHandshake {
	row := networkHandshake{
		PID: key.pid, program: unknownProgram, Kind: key.kind, Direction: "outbound",
		RemoteScope: scopeOf(key.remote), RemoteAddress: key.remote.String(), RemotePort: strconv.Itoa(int(key.port)),
		Named: g.named, Resolver: g.resolver, ALPN: g.alpn, JA4: g.ja4, Version: g.version, Software: g.software, Count: powerOfTwo(g.count),
	}
	if key.inbound {
		row.Direction, row.LocalPort, row.RemotePort = "inbound", row.RemotePort, ""
	}
	if g.by != nil {
		row.program = g.by
	}
	return row
}
