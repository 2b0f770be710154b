package sensor

import (
	"context"
	"net/netip"
	"slices"
	"sync"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// Bounds of what is remembered to tie what passes the wire to programs.
const (
	answersLimit = 4096 // addresses that names were answered with
	waitingLimit = 512  // connections whose program is not known yet
	aliasLimit   = 4    // names of one address; with more it is nobody's
	introduced   = 4096 // processes known at most before a newcomer is looked at
)

// ends are the two ends of a connection, ours first.
type ends struct {
	protocol      string
	local, remote netip.AddrPort
}

// A party is who is at this machine's end of a connection.
type party struct {
	pid int
	by  *program // nil until it is known
}

// known says whether there is anybody.
func (p *party) known() bool { return p != nil && p.by != nil }

// ties tell which program is behind what passes the wire: by asking the host
// for exactly that socket while it is open, by the last look at all sockets, or
// by the next one; and of names that a resolver asks for in the place of others,
// by who then connects to what was answered.
type ties struct {
	table *ownerTable

	mu      sync.Mutex
	ctx     context.Context // of the watch that goes on
	host    host.Host
	seen    []ownedSocket // at the last look
	index   map[ends]int  // of them by their ends, and of those without a peer by theirs alone; made when it is needed
	answers *recency[netip.Addr, []string]
	waiting *recency[ends, *party]
	newly   bool                             // somebody waits since after the last look
	reached []func(name string, by *program) // hear who connected to what a name was answered with
	met     []func(meeting)                  // hear how connections begin, and whose they are
}

// A meeting is an opening of which it is known which end is ours.
type meeting struct {
	opening
	ends
	inbound bool   // the other side opened it
	who     *party // may become known later: see resolved
}

// onReached adds one who hears who connects to what a name was answered with.
func (t *ties) onReached(hear func(name string, by *program)) { t.reached = append(t.reached, hear) }

// onMeeting adds one who hears how connections begin, and whose they are.
func (t *ties) onMeeting(hear func(meeting)) { t.met = append(t.met, hear) }

// take finds out whose a connection is, and tells.
func (t *ties) take(o opening) {
	m := meeting{opening: o}
	m.ends, m.inbound = t.between(o)
	m.who = t.await(m.ends, m.inbound)
	for _, hear := range t.met {
		hear(m)
	}
	if p := t.resolved(m.who); p.known() && !m.inbound {
		t.opened(m.ends, o.hello.Name, p.by)
	}
}

func newTies(t *ownerTable) *ties {
	return &ties{
		table:   t,
		answers: newRecency[netip.Addr, []string](answersLimit), waiting: newRecency[ends, *party](waitingLimit),
	}
}

// begin is called when a watch begins: which addresses are this machine's own is
// not to wait for the first look at its sockets.
func (t *ties) begin(ctx context.Context, h host.Host) {
	sockets, _ := h.Sockets(ctx) // how it went is said by those who list them
	owned := make([]ownedSocket, len(sockets))
	for i, s := range sockets {
		owned[i] = ownedSocket{Socket: s, owner: unknownProgram}
	}
	t.table.banners.learn(owned)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ctx, t.host = ctx, h
}

// learn takes in the sockets that there are now. It tells those who wait for it
// whose they are, and who is connected to what a name was answered with.
func (t *ties) learn(sockets []ownedSocket) {
	t.mu.Lock()
	t.seen, t.index, t.newly = sockets, nil, false
	type arrival struct {
		name string
		by   *program
	}
	var arrivals []arrival
	for _, s := range sockets {
		if s.PID == 0 || s.Inbound || !s.Remote.IsValid() || s.owner == unknownProgram {
			continue
		}
		if name, ok := t.nameOf(s.Remote.Addr().Unmap()); ok {
			arrivals = append(arrivals, arrival{name, s.owner})
		}
	}
	for c, p := range t.waiting.all() {
		if found := t.lastSeen(c); found.known() {
			**p = found
			t.waiting.drop(c)
		}
	}
	t.mu.Unlock()
	for _, a := range arrivals {
		t.tell(a.name, a.by)
	}
}

// tell is not to be called while anything is locked.
func (t *ties) tell(name string, by *program) {
	if resolves(by) {
		return
	}
	for _, hear := range t.reached {
		hear(name, by)
	}
}

// nameOf is the only name that an address was the answer to: what many names
// share says nothing of any of them.
func (t *ties) nameOf(a netip.Addr) (string, bool) {
	names := t.answers.get(a)
	if names == nil || len(*names) != 1 {
		return "", false
	}
	return (*names)[0], true
}

// lastSeen is who had a connection at the last look.
func (t *ties) lastSeen(c ends) party {
	if t.index == nil {
		t.index = make(map[ends]int, len(t.seen))
		for i, s := range t.seen {
			t.index[ends{s.Protocol, unmapped(s.Local), unmapped(s.Remote)}] = i
		}
	}
	i, ok := t.index[c]
	for _, bound := range []netip.Addr{c.local.Addr(), netip.IPv4Unspecified(), netip.IPv6Unspecified()} {
		if !ok {
			i, ok = t.index[ends{protocol: c.protocol, local: netip.AddrPortFrom(bound, c.local.Port())}]
		}
	}
	if !ok || t.seen[i].PID == 0 || t.seen[i].owner == unknownProgram {
		return party{}
	}
	return party{t.seen[i].PID, t.seen[i].owner}
}

func unmapped(a netip.AddrPort) netip.AddrPort {
	if !a.IsValid() {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// between says which end of an opening is ours, and whether it is the server's.
func (t *ties) between(o opening) (c ends, inbound bool) {
	protocol := "tcp"
	if o.udp {
		protocol = "udp"
	}
	if o.way == host.WayIn || o.way == host.WayUnknown && t.table.banners.own(o.to) && !t.table.banners.own(o.from) {
		return ends{protocol, o.to, o.from}, true
	}
	return ends{protocol, o.from, o.to}, false
}

// answered remembers what addresses a name leads to.
func (t *ties) answered(a parse.Answer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, address := range a.Addresses {
		address = address.Unmap()
		known := t.answers.get(address)
		switch {
		case known == nil:
			t.answers.put(address, []string{a.Name}, false)
		case len(*known) < aliasLimit && !slices.Contains(*known, a.Name):
			*known = append(*known, a.Name)
			fallthrough
		default:
			t.answers.touch(address)
		}
	}
}

// opened tells who connected to what a name was answered with: by the name the
// client says, or by the address where only one name leads to it.
func (t *ties) opened(c ends, name string, by *program) {
	if name == "" {
		t.mu.Lock()
		name, _ = t.nameOf(c.remote.Addr())
		t.mu.Unlock()
	}
	if name != "" {
		t.tell(name, by)
	}
}

// resolvers ask for names in the place of others.
func resolves(p *program) bool {
	switch p.Name {
	case "systemd-resolved", "systemd-resolve", "dnsmasq", "unbound", "named", "nscd", "kresd", "pdns_recursor", "coredns",
		"dnscrypt-proxy", "stubby", "connmand", "mDNSResponder", "avahi-daemon", "NetworkManager", "cloudflared-dns":
		return true
	}
	return false
}
