package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// How often the descriptors of all processes are swept for sockets whose owner
// is not known. New TCP listeners are what remote control looks like, so they do
// not wait as long, and inbound connections that a listener's family does not
// hold do not wait at all.
const (
	sweepEvery  = 10 * time.Second
	urgentEvery = time.Second
	maxTries    = 2 // sweeps that may miss a socket before it is left alone
)

// A socketTable lists sockets and remembers who owns them.
type socketTable struct {
	mu     sync.Mutex
	files  FS
	now    func() time.Time
	dial   func() (*diagSocket, error) // nil leaves /proc/net
	diag   *diagSocket
	rows   []kernelSocket
	known  map[socketID]*owner
	finder ownerFinder
	look   uint64
	swept  time.Time
	hidden int // processes whose descriptors the last sweep could not see
}

// A socketID is what tells one socket from all others of this boot.
type socketID struct{ cookie, inode uint64 }

// owner is what is known of the process that holds a socket.
type owner struct {
	inode   uint64
	pid     int
	told    int // the process it was last said to belong to
	tries   int
	settled bool   // an inbound connection may be handed to a child right after it came
	look    uint64 // the last look that met the socket
}

func newSocketTable(proc string, files FS, now func() time.Time) *socketTable {
	return &socketTable{files: files, now: now, dial: dialDiag, known: map[socketID]*owner{}, finder: ownerFinder{proc: proc}}
}

// list gives the sockets, and the processes that own one they did not own before.
func (t *socketTable) list(ctx context.Context) (sockets []Socket, fresh []int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.read(); err != nil {
		return nil, nil, err
	}
	sockets = make([]Socket, len(t.rows))
	for i := range t.rows {
		sockets[i] = t.rows[i].Socket
	}
	markInbound(sockets)
	owners := t.recall()
	err = t.attribute(ctx, sockets, owners)
	unknown := 0
	for i, o := range owners {
		sockets[i].PID = o.pid
		if o.pid != o.told {
			o.told = o.pid
			fresh = append(fresh, o.pid)
		}
		if o.pid == 0 && o.inode != 0 {
			unknown++
		}
	}
	if err == nil && t.hidden > 0 && unknown > 0 && os.Geteuid() != 0 { // root can be granted no more
		err = fmt.Errorf("the owners of %d of %d sockets are hidden: %w: run as root, or grant CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH", unknown, len(sockets), ErrDenied)
	}
	return sockets, fresh, err
}

// read fills rows from the kernel, by netlink where it lets us.
func (t *socketTable) read() error {
	t.rows = t.rows[:0]
	err := t.readDiag()
	if err == nil {
		return nil
	}
	t.rows = t.rows[:0]
	if tables := t.readProcNet(); tables != nil {
		return errors.Join(err, tables)
	}
	return nil
}

var errNoDiag = errors.New("sock_diag is not used")

func (t *socketTable) readDiag() (err error) {
	if t.dial == nil {
		return errNoDiag
	}
	if t.diag == nil {
		if t.diag, err = t.dial(); err != nil {
			return err
		}
	}
	for _, q := range diagQuestions() {
		rows, err := t.diag.ask(q, t.rows)
		t.rows = rows
		if q.family == familyIPv6 && errors.Is(err, unix.ENOENT) {
			continue // a kernel without IPv6
		}
		if err != nil {
			t.diag.close() // the next question starts on a clean socket
			t.diag = nil
			return err
		}
	}
	return nil
}

func (t *socketTable) readProcNet() error {
	tables := 0
	for _, name := range procNetTables() {
		text, err := fs.ReadFile(t.files, "proc/net/"+name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a kernel without IPv6
		}
		if err != nil {
			return fmt.Errorf("read /proc/net/%s: %w", name, err)
		}
		tables++
		rows, err := parseProcNet(strings.TrimSuffix(name, "6"), text)
		if err != nil {
			return fmt.Errorf("read /proc/net/%s: %w", name, err)
		}
		for _, row := range rows {
			if row.State != stateOther {
				t.rows = append(t.rows, row)
			}
		}
	}
	if tables == 0 {
		return fmt.Errorf("no socket table in /proc/net: %w", ErrAbsent)
	}
	return nil
}

// recall gives each row its remembered owner and forgets sockets that are gone.
func (t *socketTable) recall() []*owner {
	t.look++
	owners := make([]*owner, len(t.rows))
	for i, row := range t.rows {
		id := socketID{row.cookie, row.inode}
		o := t.known[id]
		if o == nil {
			o = &owner{inode: row.inode}
			t.known[id] = o
		}
		o.look, owners[i] = t.look, o
	}
	for id, o := range t.known {
		if o.look != t.look {
			delete(t.known, id)
		}
	}
	return owners
}

// attribute finds the owners that are not known: of inbound connections at the
// listener and its children, of the rest in a sweep when one is due.
func (t *socketTable) attribute(ctx context.Context, sockets []Socket, owners []*owner) error {
	if err := t.finder.open(); err != nil {
		return fmt.Errorf("find the owners of sockets: %w", orDenied(err, "run as root"))
	}
	defer t.finder.close()
	t.finder.bury(owners)
	wanted := wants(sockets, owners)
	if len(wanted.byInode) == 0 {
		return nil
	}
	t.finder.wanted = wanted
	t.attributeInbound(sockets, owners)
	since := t.now().Sub(t.swept)
	if !t.swept.IsZero() && since >= 0 && since < patience(sockets, owners) {
		return nil
	}
	if wanted.missing() == 0 {
		return nil
	}
	t.swept = t.now()
	var err error
	t.hidden, err = t.finder.sweep(ctx, owners)
	for _, o := range owners {
		if o.pid == 0 {
			o.tries++
		}
	}
	return err
}

// attributeInbound looks for the owners of inbound connections where they must
// be. A connection is looked up twice, at its first and its second sight,
// because a server may accept it and only then hand it to a child.
func (t *socketTable) attributeInbound(sockets []Socket, owners []*owner) {
	before := map[int]int{}
	for i, o := range owners {
		if sockets[i].Inbound && !o.settled {
			before[i], o.pid = o.pid, 0
		}
	}
	for i := range before {
		if owners[i].pid == 0 { // else found beside another one
			t.nearListener(sockets, owners, i)
		}
	}
	for i, pid := range before {
		o := owners[i]
		o.settled = pid != 0 || o.tries >= maxTries
		if o.pid == 0 {
			o.pid = pid
		}
	}
}

// nearListener asks every process that listens where the connection came in.
func (t *socketTable) nearListener(sockets []Socket, owners []*owner, i int) {
	for l := range sockets {
		s := &sockets[l]
		if s.State != stateListen || s.Protocol != sockets[i].Protocol || s.Local.Port() != sockets[i].Local.Port() || owners[l].pid == 0 {
			continue
		}
		if t.finder.family(owners[l].pid, owners[i]) {
			return
		}
	}
}

// patience is how long after a sweep the next one may come.
func patience(sockets []Socket, owners []*owner) time.Duration {
	wait := sweepEvery
	for i, o := range owners {
		s := &sockets[i]
		switch {
		case o.pid != 0 || o.tries >= maxTries || o.inode == 0:
		case s.Inbound:
			return 0
		case s.Protocol == "tcp" && s.State == stateListen:
			wait = urgentEvery
		}
	}
	return wait
}
