package sensor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	programs "github.com/farmwatch/farmwatch/agent/internal/program"
)

// refreshAfter is the number of looks after which owners are read anew, so that
// a number the system gave to a new process is not taken for the old one.
const refreshAfter = 10

// ownerTable remembers which program a process number is, for all sensors that
// name programs. Reading every process every two seconds would be most of the
// agent's cost; reading them when a socket shows an unknown process is not.
type ownerTable struct {
	programs *programs.Reader

	mu       sync.Mutex
	known    map[int]*owner
	distinct map[program]*program // that run
	shooting map[int]bool         // take pictures of the screen, as far as that can be seen
	gone     map[int]bool         // had a socket and could not be found; not asked for again
	looks    int

	wire    *wire         // what passes the interfaces
	banners *bannerWindow // how programs greet those who connect to them
	ties    *ties         // whose the connections are that pass them
}

// An owner is a process met before: what the host said of it, what is known of
// its program, and its row.
type owner struct {
	said   host.Process
	script string // that its program interprets
	unread error  // why its program could not be looked at
	row    process
}

func newOwners() *ownerTable {
	t := &ownerTable{
		programs: programs.NewReader(), known: map[int]*owner{}, distinct: map[program]*program{}, gone: map[int]bool{},
		wire: newWire(), banners: newBannerWindow(),
	}
	t.ties = newTies(t)
	t.wire.own, t.wire.owns = t.banners.own, t.banners.owns
	t.wire.onBegin(t.ties.begin)
	t.wire.onOpening(t.ties.take)
	t.wire.onSegment(t.banners.take)
	return t
}

// meet gives the rows of the processes that run now, those met before as they
// are, and forgets all others. Its error says which programs could not be looked at.
func (t *ownerTable) meet(ctx context.Context, h host.Host, running []host.Process) ([]process, error) {
	rows := make([]process, len(running))
	met := make(map[int]*owner, len(running))
	unread, late, first := 0, 0, error(nil)
	for i, p := range running {
		o := t.known[p.PID]
		if o == nil || !o.is(p) {
			o = t.owner(ctx, h, p, o)
		}
		o.row.Parent = p.Parent
		met[p.PID] = o
		rows[i] = o.row
		switch {
		case errors.Is(o.unread, host.ErrNotYet):
			late++
		case o.unread != nil:
			unread, first = unread+1, cmp.Or(first, o.unread)
		}
	}
	t.known = met
	t.forget()
	for i := range rows {
		if t.forked(rows[i].PID) {
			rows[i].Forked = "true"
		}
	}
	if unread > 0 {
		return rows, fmt.Errorf("%d of %d programs could not be read: %w", unread, len(running), first)
	}
	if late > 0 {
		return rows, fmt.Errorf("the system has not yet judged the signatures of %d of %d programs: %w", late, len(running), host.ErrNotYet)
	}
	return rows, nil
}

// forked says whether a process is a copy that its parent made of itself.
func (t *ownerTable) forked(pid int) bool {
	child := t.known[pid]
	parent := t.known[child.row.Parent]
	return parent != nil && parent != child && child.said.Path != "" && child.said.Path == parent.said.Path && child.script == parent.script
}

// itself says whether two processes are parts of one program: of one package,
// or one started the other.
func (t *ownerTable) itself(a, b int) bool {
	one, other := t.known[a], t.known[b]
	if one == nil || other == nil {
		return false
	}
	return a == b || one.row.Parent == b || other.row.Parent == a || one.row.Package != "" && one.row.Package == other.row.Package
}

// within marks the connections of this laptop that lead from a program to itself.
func (t *ownerTable) within(owned []ownedSocket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	behind := map[netip.AddrPort]int{}
	for _, s := range owned {
		if s.Protocol == "tcp" && s.PID != 0 && s.Remote.IsValid() && s.Local.Addr().IsLoopback() {
			behind[s.Local] = s.PID
		}
	}
	for i := range owned {
		if other := behind[owned[i].Remote]; other != 0 && behind[owned[i].Local] != 0 {
			owned[i].within = t.itself(owned[i].PID, other)
		}
	}
}

// forget drops the programs that no process runs any more, when they outnumber
// those that run.
func (t *ownerTable) forget() {
	if len(t.distinct) <= len(t.known)+refreshAfter {
		return
	}
	clear(t.distinct)
	for _, o := range t.known {
		t.distinct[*o.row.program] = o.row.program
	}
}

// is says whether the host says of a process what it said before.
func (o *owner) is(p host.Process) bool {
	return !o.cutShort() && o.runs(p) && o.said.Name == p.Name && o.said.User == p.User && o.said.Unit == p.Unit && slices.Equal(o.said.Args, p.Args)
}

// runs says whether it is the same process with the same program.
func (o *owner) runs(p host.Process) bool {
	return o.said.Started.Equal(p.Started) && o.said.Path == p.Path
}

// cutShort says whether the time was over before its program had been read, its
// disk did not answer, or the system has not judged it yet.
func (o *owner) cutShort() bool {
	return errors.Is(o.unread, programs.ErrStuck) || errors.Is(o.unread, host.ErrNotYet) || errors.Is(o.unread, context.DeadlineExceeded) || errors.Is(o.unread, context.Canceled)
}

// owner makes the row of a process that is new or became something else. Its
// program is read once: a process that only writes another command line keeps it.
func (t *ownerTable) owner(ctx context.Context, h host.Host, p host.Process, old *owner) *owner {
	who := identify(p)
	o := &owner{said: p, script: who.read}
	var is program
	if old != nil && old.runs(p) && old.script == who.read && !old.cutShort() {
		is, o.unread = *old.row.program, old.unread
	} else {
		var known host.Program
		known, o.unread = t.programs.Read(ctx, h, p, who.read)
		is = programOf(known)
	}
	is.Name, is.File, is.Script, is.Unit = who.name, who.file, who.script, p.Unit
	o.row = process{
		PID: p.PID, program: t.shared(is), Path: who.path, Args: joined(p.Args), Flags: joined(p.Args[who.rest:]),
		User: p.User, Started: moment(p.Started),
	}
	return o
}

// shared gives the one program that all rows of it embed, so that they stay the
// same rows from look to look.
func (t *ownerTable) shared(is program) *program {
	if known, ok := t.distinct[is]; ok {
		return known
	}
	t.distinct[is] = &is
	return &is
}

// all gives the rows of all processes that run now.
func (t *ownerTable) all(ctx context.Context, h host.Host) ([]process, error) {
	running, err := h.Processes(ctx)
	if err != nil {
		err = fmt.Errorf("list processes: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	rows, unread := t.meet(ctx, h, running[:min(len(running), rowLimit)])
	return rows, cmp.Or(err, unread)
}

// ownedSocket is a socket with the program behind it.
type ownedSocket struct {
	host.Socket
	owner  *program
	within bool // the other end is the same program
}

// look gives the sockets there are now, each with the program behind it.
func (t *ownerTable) look(ctx context.Context, h host.Host) ([]ownedSocket, error) {
	sockets, err := h.Sockets(ctx)
	if err != nil {
		err = fmt.Errorf("list sockets: %w", err)
	}
	if len(sockets) == 0 {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.looks++
	if t.looks >= refreshAfter || t.stranger(sockets) {
		if t.looks >= refreshAfter { // a stranger in between leaves the beat, which the process sensor shares
			t.looks = 0
		}
		if failure := t.refresh(ctx, h, sockets); failure != nil && err == nil {
			err = failure
		}
	}
	owned := make([]ownedSocket, len(sockets))
	for i, s := range sockets {
		owned[i] = ownedSocket{Socket: s, owner: t.behind(s.PID)}
	}
	t.banners.learn(owned)
	t.ties.learn(owned)
	return owned, err
}

func (t *ownerTable) behind(pid int) *program {
	if o := t.known[pid]; o != nil && pid != 0 {
		return o.row.program
	}
	return unknownProgram
}

func (t *ownerTable) stranger(sockets []host.Socket) bool {
	for _, s := range sockets {
		if t.known[s.PID] == nil && !t.gone[s.PID] && s.PID != 0 {
			return true
		}
	}
	return false
}

func (t *ownerTable) refresh(ctx context.Context, h host.Host, sockets []host.Socket) error {
	running, err := h.Processes(ctx)
	if err != nil {
		err = fmt.Errorf("name the processes behind sockets: %w", err)
	}
	_, unread := t.meet(ctx, h, running[:min(len(running), rowLimit)])
	clear(t.gone)
	for _, s := range sockets {
		if t.known[s.PID] == nil {
			t.gone[s.PID] = true
		}
	}
	return cmp.Or(err, unread)
}
