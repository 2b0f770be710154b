package sensor

import (
	"context"
	"fmt"
	"regexp"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// How long a program that nobody lists has to be connected to a server elsewhere,
// and to a port for remote control of this laptop, to be taken for a way between them.
const (
	outsideFor = 10 * time.Minute
	insideFor  = time.Minute
)

// tunnelWindow remembers since when programs are connected to both sides.
type tunnelWindow struct {
	owners   *ownerTable
	settings memory[[]parse.Passage]
	ssh      memory[[]parse.SSHHost]

	mu      sync.Mutex
	outside map[int]*span    // by process: connected to a machine in the internet
	inside  map[inward]*span // connected to a port of this laptop
	held    map[string]time.Duration
	asked   bool
}

// An inward is a process connected to a port of this laptop itself.
type inward struct{ pid, port int }

func newTunnelWindow(t *ownerTable) *tunnelWindow {
	return &tunnelWindow{owners: t, outside: map[int]*span{}, inside: map[inward]*span{}}
}

// remember asks once for what only a recording can know.
func (w *tunnelWindow) remember(ctx context.Context, h host.Host) {
	if !w.asked {
		w.asked = true
		w.held, _ = heldBefore(ctx, h) // a recording without it held nothing
	}
}

// follow takes in the connections there are now, and forgets those that ended.
func (w *tunnelWindow) follow(sockets []ownedSocket, now float64) {
	for _, s := range sockets {
		if s.PID == 0 || s.Protocol != "tcp" || s.State != "established" || s.Inbound || !s.Remote.IsValid() || s.within {
			continue
		}
		before := w.held[fmt.Sprintf("connection of %d", s.PID)].Seconds()
		switch scope := scopeOf(s.Remote.Addr()); {
		case scope == "public":
			extend(w.outside, s.PID, now, before)
		case scope == "loopback" || s.Remote.Addr() == s.Local.Addr():
			extend(w.inside, inward{s.PID, int(s.Remote.Port())}, now, before)
		}
	}
	part(w.outside, now)
	part(w.inside, now)
}

// extend notes that something still is; of too many no more are taken in.
func extend[K comparable](spans map[K]*span, key K, now, before float64) {
	switch known := spans[key]; {
	case known != nil:
		known.last = now
	case len(spans) < tunnelLimit:
		spans[key] = &span{first: now - before, last: now}
	}
}

func part[K comparable](spans map[K]*span, now float64) {
	for key, s := range spans {
		if now < s.last || now-s.last > insideFor.Seconds() {
			delete(spans, key)
		}
	}
}

// joined takes in programs that are connected to a server elsewhere and to a port
// of this laptop: a known one as soon as it is, any other when it goes on and what
// waits there is remote control.
func (l *tunnelLook) joined(known map[int]string) {
	for key, inside := range l.window.inside {
		outside := l.window.outside[key.pid]
		at, waits := l.waiting[key.port]
		if outside == nil || !waits || at.PID == key.pid {
			continue
		}
		row := tunnel{
			PID: key.pid, program: l.window.owners.who(key.pid).row.program, Kind: known[key.pid], ExposesPort: portText(key.port), TargetScope: "loopback",
			Exposes: l.door(at), Waits: "true", WaitsFile: at.owner.File, ToldBy: "connection",
		}
		if row.Kind == "" {
			if row.Kind = "unlisted"; !l.remoteControl(row.Exposes, at) || inside.lasted(inside.last) < insideFor || outside.lasted(outside.last) < outsideFor {
				continue
			}
		}
		l.add(row)
	}
}

// door is what whoever waits at a port is, as far as can be told.
func (l *tunnelLook) door(at ownedSocket) string {
	return exposed(int(at.Local.Port()), l.window.owners.banners.of(at.Socket))
}

// remoteControl says whether what waits is a desktop's or a shell's door of this
// laptop: not of a machine within it, and not the near end of a way to another's.
func (l *tunnelLook) remoteControl(what string, at ownedSocket) bool {
	if parse.OpensTunnels(at.owner.File) || machineWithin.MatchString(at.owner.File) {
		return false
	}
	return what == exposesDesktop || what == exposesVNC || what == exposesShell
}

// machineWithin are programs that serve the ports of virtual machines and containers.
var machineWithin = regexp.MustCompile(`(?i)^(qemu-system-.*|virtualboxvm|vboxheadless|vboxsdl|vmware-vmx|docker-proxy|com\.docker\..*|rootlessport|slirp4netns|pasta|gvproxy|vpnkit.*|limactl|orbstack.*|prl_.*|utm.*|wslrelay)(\.exe)?$`)
