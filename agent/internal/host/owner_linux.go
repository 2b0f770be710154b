package host

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// ownersRemembered is how many processes that held a socket lately are looked
// through before all others: a browser opens one connection after another.
const ownersRemembered = 8

// An ownerSearch finds the process behind one socket: the kernel is asked for
// exactly that socket, and then descriptors are looked through for its number,
// those of likely processes first.
type ownerSearch struct {
	mu     sync.Mutex
	diag   *diagSocket
	finder ownerFinder
	lately []int // processes that held what was asked for, the latest first
	left   allowance
	spent  func() time.Duration // CPU time of this thread, unless a test says otherwise
}

// searchPatience is how long one search may take on a machine that is busy with
// something else; what it may cost is the allowance's.
const searchPatience = 250 * time.Millisecond

// threadTime is what this thread has cost so far: how long it waited for others
// does not count.
func threadTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

var _ OwnerHost = (*LiveHost)(nil)

// Owner asks the kernel, within an allowance of time.
func (h *LiveHost) Owner(ctx context.Context, protocol string, local, remote netip.AddrPort) (int, error) {
	s := &h.owners
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.sockets.dial == nil {
		return 0, fmt.Errorf("ask whose one socket is: %w", errNoDiag)
	}
	if !s.left.some(h.options.Now()) {
		return 0, fmt.Errorf("so many sockets were asked for lately that this one is not: %w", ErrNotYet)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if s.spent == nil {
		s.spent = threadTime
	}
	before := s.spent()
	defer func() { s.left.spend(s.spent() - before) }()
	found, err := s.exact(protocol, local, remote)
	if err != nil {
		return 0, err
	}
	if pid := h.sockets.holder(found); pid != 0 {
		s.remember(pid)
		return pid, nil
	}
	if user := os.Geteuid(); user != 0 && user != found.UID {
		return 0, fmt.Errorf("find the process of a socket of user %d: %w: run as root, or grant CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH", found.UID, ErrDenied)
	}
	return s.search(ctx, found)
}

// exact gives the kernel's row of one socket. A connection that its server has
// not accepted yet is held by nobody: the one that listens there stands for it.
func (s *ownerSearch) exact(protocol string, local, remote netip.AddrPort) (found kernelSocket, err error) {
	if s.diag == nil {
		if s.diag, err = dialDiag(); err != nil {
			return found, err
		}
	}
	found, err = s.diag.askFor(protocol, local, remote)
	if err == nil && found.inode == 0 && protocol == "tcp" {
		anybody := netip.IPv4Unspecified()
		if local.Addr().Unmap().Is6() {
			anybody = netip.IPv6Unspecified()
		}
		found, err = s.diag.askFor(protocol, local, netip.AddrPortFrom(anybody, 0))
	}
	switch {
	case errors.Is(err, unix.ENOENT):
		return found, fmt.Errorf("no %s socket at %s: %w", protocol, local, ErrAbsent)
	case err != nil:
		s.diag.close() // the next question starts on a clean socket
		s.diag = nil
		return found, err
	case found.inode == 0:
		return found, fmt.Errorf("nobody holds the %s socket at %s any more: %w", protocol, local, ErrAbsent)
	}
	return found, nil
}

// search looks through the descriptors of processes, until the allowance is spent.
func (s *ownerSearch) search(ctx context.Context, found kernelSocket) (int, error) {
	if err := s.finder.open(); err != nil {
		return 0, fmt.Errorf("find the process of a socket: %w", orDenied(err, "run as root"))
	}
	defer s.finder.close()
	o := &owner{inode: found.inode}
	s.finder.wanted = wantedSockets{byInode: map[uint64]*owner{found.inode: o}}
	for _, pid := range s.lately {
		if s.finder.claim(pid) == nil && o.pid != 0 {
			s.remember(o.pid)
			return o.pid, nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, searchPatience)
	defer cancel()
	hidden, err := s.finder.sweep(ctx, nil)
	switch {
	case o.pid != 0:
		s.remember(o.pid)
		return o.pid, nil
	case err != nil:
		return 0, fmt.Errorf("%w: %w", err, ErrNotYet)
	case hidden > 0:
		return 0, fmt.Errorf("the descriptors of %d processes are hidden: %w", hidden, ErrDenied)
	}
	return 0, fmt.Errorf("no process holds the socket at %s: %w", found.Local, ErrAbsent)
}

func (s *ownerSearch) remember(pid int) {
	if i := slices.Index(s.lately, pid); i >= 0 {
		s.lately = slices.Delete(s.lately, i, i+1)
	}
	s.lately = slices.Insert(s.lately, 0, pid)
	s.lately = s.lately[:min(len(s.lately), ownersRemembered)]
}

// holder is who is known to hold a socket since the last look at all of them.
func (t *socketTable) holder(s kernelSocket) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if o := t.known[socketID{s.cookie, s.inode}]; o != nil && o.pid != initPID {
		return o.pid
	}
	return 0
}

// ProcessOf reads one process.
func (h *LiveHost) ProcessOf(_ context.Context, pid int) (Process, error) {
	return h.processes.one(pid)
}

func (t *processTable) one(pid int) (Process, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	proc, err := unix.Open(t.proc, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return Process{}, fmt.Errorf("open %s: %w", t.proc, orDenied(err, "run as root"))
	}
	defer closeFD(proc)
	var folder unix.Stat_t
	if err := unix.Fstatat(proc, strconv.Itoa(pid), &folder, 0); err != nil {
		return Process{}, fmt.Errorf("process %d has ended: %w", pid, ErrAbsent)
	}
	if t.users.names == nil {
		t.users.refresh()
	}
	k := t.meet(proc, pid, folder.Ino)
	if k == nil || k.row.PID == 0 {
		return Process{}, fmt.Errorf("process %d has ended: %w", pid, ErrAbsent)
	}
	return k.row, nil
}
